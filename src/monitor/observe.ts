import type { NodeRecord } from '../../registry/schema.ts'
import { keepLastKnown } from '../openclaw/last-known.ts'
import { keepOldCounters, withOldCounter } from '../openclaw/old-counters.ts'
import type { NodeLink, NodesPort, PassAges, SnapshotCache } from '../openclaw/ports.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { HistoriesPort } from './history.ts'

/** What a look takes of the world and where it leaves what it saw. */
export interface ObservePorts {
  nodes: Pick<NodesPort, 'link'>
  snapshots: Pick<SnapshotCache, 'get' | 'set'>
  histories: Pick<HistoriesPort, 'observe'>
  /** Between two sweeps, milliseconds. */
  limits: { refreshIntervalMs: number }
}

/** What rarely moves is read again after so many refresh intervals: ten minutes with the usual one. */
const RESTING_INTERVALS = 20

/** How much a look may cost and how long it may take. */
export interface Effort {
  /**
   * `sweep`: one of many nodes, in the rhythm of the refresh interval. What moves is read, the rest when it is due.
   * `list`: one of many that a person looks at: what a sweep has just read is not read again.
   * `whole`: nothing from memory.
   * `asked`: a person waits for this very node. Nothing from memory, also what is slow to ask, and a node that failed a
   * moment ago is tried again.
   */
  kind: 'sweep' | 'list' | 'whole' | 'asked'
  deadlineMs: number
  signal?: AbortSignal
}

/**
 * Looks at a node: reads it, remembers what was seen, and feeds the curves of its sessions. The only way to look, so
 * that whatever anyone sees is what everyone knows. Never rejects for a sick node: the snapshot says so.
 * @throws OperatorError cancelled, or the signal's reason; nothing is remembered then
 */
export async function observeNode(
  ports: ObservePorts,
  node: NodeRecord,
  effort: Effort,
): Promise<NodeSnapshot> {
  const pass = agesOf(effort.kind, ports.limits)
  const seen = await ports.nodes
    .link(node)
    .snapshot({ ...limitsOf(effort), ...(pass === null ? {} : { pass }) })
  const before = ports.snapshots.get(node.id)
  const snapshot = keepOldCounters(keepLastKnown(seen, before), before)
  effort.signal?.throwIfAborted()
  rememberSnapshot(ports, snapshot)
  return snapshot
}

/** Looks through a link of one's own at a node that is not in the registry yet. Nothing is remembered. */
export function lookThrough(link: Pick<NodeLink, 'snapshot'>, effort: Effort): Promise<NodeSnapshot> {
  return link.snapshot(limitsOf(effort))
}

/** Remembers what was seen of a node that was not in the registry at that time. */
export function rememberSnapshot(
  { snapshots, histories }: { snapshots: Pick<SnapshotCache, 'set'> } & Pick<ObservePorts, 'histories'>,
  snapshot: NodeSnapshot,
): void {
  snapshots.set(snapshot)
  histories.observe(snapshot)
}

/** Remembers that a session was compacted and still shows the counter from before; every later look knows it. */
export function rememberOldCounter(
  { snapshots }: Pick<ObservePorts, 'snapshots'>,
  nodeId: string,
  sessionKey: string,
): void {
  const last = snapshots.get(nodeId)
  if (last !== undefined) snapshots.set(withOldCounter(last, sessionKey))
}

/**
 * A list need not hurry with what rarely moves, because the sweep before it did. It reads what no sweep has read for
 * twice its time: the node is in maintenance, or nothing sweeps.
 */
function agesOf(kind: Effort['kind'], { refreshIntervalMs }: ObservePorts['limits']): PassAges | null {
  const restingMs = RESTING_INTERVALS * refreshIntervalMs
  if (kind === 'sweep') return { movingMs: 0, restingMs }
  return kind === 'list' ? { movingMs: refreshIntervalMs, restingMs: 2 * restingMs } : null
}

function limitsOf({ kind, deadlineMs, signal }: Effort): CallLimits {
  return {
    deadlineMs,
    ...(kind === 'asked' ? { fresh: true } : {}),
    ...(signal === undefined ? {} : { signal }),
  }
}
