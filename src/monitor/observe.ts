import type { NodeRecord } from '../../registry/schema.ts'
import type { NodeLink, NodesPort, SnapshotCache } from '../openclaw/ports.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { HistoriesPort } from './history.ts'

/** What a look takes of the world and where it leaves what it saw. */
export interface ObservePorts {
  nodes: Pick<NodesPort, 'link'>
  snapshots: Pick<SnapshotCache, 'set'>
  histories: Pick<HistoriesPort, 'observe'>
  /** How old what a pass does not read again may be, milliseconds. */
  limits: { refreshIntervalMs: number }
}

/** How much a look may cost and how long it may take. */
export interface Effort {
  /**
   * `pass`: one of many nodes in a list or a sweep. What moves is read, the rest when it is due.
   * `whole`: nothing from memory.
   * `asked`: a person waits for this very node. Nothing from memory, also what is slow to ask, and a node that failed a
   * moment ago is tried again.
   */
  kind: 'pass' | 'whole' | 'asked'
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
  const { nodes, limits } = ports
  const snapshot = await nodes.link(node).snapshot({
    ...limitsOf(effort),
    ...(effort.kind === 'pass' ? { acceptAgeMs: limits.refreshIntervalMs } : {}),
  })
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
  { snapshots, histories }: Pick<ObservePorts, 'snapshots' | 'histories'>,
  snapshot: NodeSnapshot,
): void {
  snapshots.set(snapshot)
  histories.observe(snapshot)
}

function limitsOf({ kind, deadlineMs, signal }: Effort): CallLimits {
  return {
    deadlineMs,
    ...(kind === 'asked' ? { fresh: true } : {}),
    ...(signal === undefined ? {} : { signal }),
  }
}
