import type { Maintenance, NodeRecord } from '../../registry/schema.ts'
import type { Reading, Reason } from '../base/reading.ts'
import { mapReading, unknown } from '../base/reading.ts'
import type { Anomaly, Severity } from '../monitor/conditions.ts'
import { anomaliesOf, type Judgement } from '../monitor/judge.ts'
import { portRemarks } from '../monitor/rules/service.ts'
import { rank } from '../monitor/signal.ts'
import type { NodeSnapshot, NodeState, SessionFacts } from '../openclaw/snapshot.ts'
import type { Proven } from './backup-book.ts'
import type { OpenIncident } from './open-incidents.ts'

/** One node in a list. `pending` while the live answer is still to come. */
export interface NodeRow {
  id: string
  name: string
  tags: readonly string[]
  recordState: NodeRecord['state']
  /** Why it is in maintenance or retired; untrusted. */
  stateReason: string | null
  maintenance: Maintenance | null
  state: NodeState
  reason: Reason | null
  agents: Reading<number>
  sessions: Reading<number>
  /** The session that is nearest to the point where the provider refuses; null where there is none at all. */
  fullest: Reading<{ agentId: string; sessionKey: string; usablePercent: number } | null>
  version: Reading<string>
  uptimeSeconds: Reading<number>
  load: Reading<{ one: number; perCpu: number | null }>
  diskUsedPercent: Reading<number>
  /** When the newest proven backup was taken, epoch milliseconds; null when there is none. */
  backupAt: Reading<number | null>
  /** How bad the fullest context and the disk are by the rules of the node. */
  levels: { context: Severity | null; disk: Severity | null }
  /** What is wrong by this reading, worst first. */
  anomalies: readonly Anomaly[]
  /** What is open about the node and its sessions, worst first. */
  incidents: readonly OpenIncident[]
  /** Epoch ms of the snapshot behind the row; null when the node was never read. */
  observedAt: number | null
  freshness: 'live' | 'cached' | 'stale' | 'never'
  pending: boolean
  tookMs: number | null
}

/** Worst first; unreachable before down, because it hides more. */
const STATE_RANK: Readonly<Record<NodeState, number>> = {
  unreachable: 0,
  'service-down': 1,
  'not-serving': 2,
  unknown: 3,
  serving: 4,
}

const TRUST: Readonly<Record<Reading<number>['freshness'], number>> = { unknown: 0, stale: 1, fresh: 2 }

const NOT_READ: Reason = { code: 'not-read-yet' }
const NOTHING = unknown<never>(NOT_READ, 0)
const NO_LEVELS: NodeRow['levels'] = Object.freeze({ context: null, disk: null })
const NO_ANOMALIES: readonly Anomaly[] = Object.freeze([])

/** What is known of a node besides its snapshot. */
export interface RowAround {
  /** What the snapshot says under the rules that hold; null without a snapshot. */
  judgement: Judgement | null
  incidents: readonly OpenIncident[]
  backup: Proven
  pending: boolean
}

/**
 * One row of a list from what is known of a node. `age` tells how the snapshot relates to this moment. A list of the
 * whole fleet is made often and from memory: rows are literals of one shape, without copies of a part in between.
 */
export function rowOf(
  node: NodeRecord,
  snapshot: NodeSnapshot | undefined,
  freshness: NodeRow['freshness'],
  { judgement, incidents, backup, pending }: RowAround,
): NodeRow {
  if (!snapshot) return emptyRow(node, { incidents, backup, pending })
  const { host, install, agents, observedAt } = snapshot
  const { sessions, fullest } = sessionParts(snapshot.sessions, observedAt)
  return {
    id: node.id,
    name: node.name,
    tags: node.tags,
    recordState: node.state,
    stateReason: node.stateReason,
    maintenance: node.maintenance,
    state: snapshot.state,
    reason: snapshot.reason,
    agents: mapReading(agents, (list) => list.length),
    sessions,
    fullest,
    version: install.version,
    uptimeSeconds: host.uptimeSeconds,
    load: mapReading(host.load, ({ one }) => ({
      one,
      perCpu: host.cpuCount.value ? one / host.cpuCount.value : null,
    })),
    diskUsedPercent: mapReading(host.disk, (disk) => disk.usedPercent),
    backupAt: takenAtOf(backup),
    levels: judgement === null ? NO_LEVELS : levelsOf(judgement, fullest),
    anomalies:
      judgement === null ? NO_ANOMALIES : anomaliesOf(judgement, portRemarks(node.gatewayPort, snapshot)),
    incidents,
    observedAt,
    freshness,
    pending,
    tookMs: snapshot.tookMs,
  }
}

function levelsOf({ levels }: Judgement, { value }: NodeRow['fullest']): NodeRow['levels'] {
  return { context: value === null ? null : (levels.contexts[value.sessionKey] ?? null), disk: levels.disk }
}

function takenAtOf(backup: Proven): NodeRow['backupAt'] {
  return mapReading(backup, (proven) => proven?.takenAt ?? null)
}

function emptyRow(node: NodeRecord, { incidents, backup, pending }: Omit<RowAround, 'judgement'>): NodeRow {
  return {
    id: node.id,
    name: node.name,
    tags: node.tags,
    recordState: node.state,
    stateReason: node.stateReason,
    maintenance: node.maintenance,
    state: 'unknown',
    reason: NOT_READ,
    agents: NOTHING,
    sessions: NOTHING,
    fullest: NOTHING,
    version: NOTHING,
    uptimeSeconds: NOTHING,
    load: NOTHING,
    diskUsedPercent: NOTHING,
    backupAt: takenAtOf(backup),
    levels: NO_LEVELS,
    anomalies: NO_ANOMALIES,
    incidents,
    observedAt: null,
    freshness: 'never',
    pending,
    tookMs: null,
  }
}

/** The row that was last made of a snapshot, and what it was made for. */
interface MadeRow {
  node: NodeRecord
  around: RowAround
  oldestAt: number
  row: NodeRow
}

/**
 * Pure memory: a snapshot and a record never change once they are made, so neither does the row of them. A list from
 * memory then makes no objects that the collector has to carry away, which is what its slowest runs waited for.
 */
const made = new WeakMap<NodeSnapshot, MadeRow>()

/**
 * The row of a remembered snapshot: `cached` up to `freshForMs` after the oldest of what it shows was read, then `stale`.
 * The same object as the last time when nothing is different.
 */
export function rememberedRowOf(
  node: NodeRecord,
  snapshot: NodeSnapshot | undefined,
  { now, freshForMs, ...around }: RowAround & { now: number; freshForMs: number },
): NodeRow {
  if (!snapshot) return emptyRow(node, around)
  const last = made.get(snapshot)
  const oldestAt = last?.oldestAt ?? oldestOf(snapshot)
  const freshness = now - oldestAt <= freshForMs ? 'cached' : 'stale'
  if (last?.node === node && last.row.freshness === freshness && isSame(last.around, around)) return last.row
  const row = Object.freeze(rowOf(node, snapshot, freshness, around))
  made.set(snapshot, { node, around, oldestAt, row })
  return row
}

/** Until when (epoch milliseconds) a row of this snapshot is `cached` rather than `stale`. */
export function cachedUntil(snapshot: NodeSnapshot, freshForMs: number): number {
  return (made.get(snapshot)?.oldestAt ?? oldestOf(snapshot)) + freshForMs
}

function isSame(a: RowAround, b: RowAround): boolean {
  if (a.judgement !== b.judgement || a.pending !== b.pending || a.backup !== b.backup) return false
  if (a.incidents === b.incidents) return true
  return (
    a.incidents.length === b.incidents.length &&
    a.incidents.every(({ id, level }, index) => {
      const other = b.incidents[index]
      return id === other?.id && level === other.level
    })
  )
}

/**
 * When the oldest of what moves in a row was read, epoch milliseconds: a quick look renews only a part of it. Agents and
 * versions rarely move and have a longer age of their own.
 */
function oldestOf({ observedAt, host, sessions }: NodeSnapshot): number {
  return Math.min(observedAt, readAt(sessions), readAt(host.load), readAt(host.disk))
}

function readAt(reading: Reading<unknown>): number {
  return reading.freshness === 'unknown' ? Number.POSITIVE_INFINITY : reading.observedAt
}

/** How many sessions are in use and which is the fullest of them, in one pass. */
export function sessionParts(
  sessions: Reading<SessionFacts[]>,
  now: number,
): Pick<NodeRow, 'sessions' | 'fullest'> {
  if (sessions.freshness === 'unknown') return { sessions, fullest: sessions }
  let count = 0
  let best: SessionFacts | null = null
  for (const session of sessions.value) {
    if (session.archived) continue
    count += 1
    if (session.context.usablePercent.value === null) continue
    if (best === null || isFuller(session, best)) best = session
  }
  return { sessions: mapReading(sessions, () => count), fullest: fullestReading(best, count, sessions, now) }
}

/** Among fresh counters when there are any: a stale one must not hide a fresh lower one behind an old scare. */
function isFuller({ context: a }: SessionFacts, { context: b }: SessionFacts): boolean {
  const trust = TRUST[a.used.freshness] - TRUST[b.used.freshness]
  return trust === 0 ? (a.usablePercent.value ?? -1) > (b.usablePercent.value ?? -1) : trust > 0
}

function fullestReading(
  best: SessionFacts | null,
  count: number,
  sessions: Exclude<Reading<SessionFacts[]>, { freshness: 'unknown' }>,
  now: number,
): NodeRow['fullest'] {
  // None is not unknown: it was read that there is nothing.
  if (count === 0 && sessions.limitedTo === undefined) return mapReading(sessions, () => null)
  if (best === null)
    return unknown({ code: count === 0 ? 'not-reported' : 'counter-missing' }, now, sessions.source)
  const { agentId, key: sessionKey } = best
  return mapReading(best.context.usablePercent, (usablePercent) => ({ agentId, sessionKey, usablePercent }))
}

/**
 * Whether a row shows it nowhere else: neither its state nor one of its figures says it, and it is more than a notice, or
 * one that something can be done about.
 */
export function isUnseenInFigures({ code, severity }: Anomaly): boolean {
  const worth = severity !== 'notice' || code === 'port-moved'
  return worth && code !== 'disk-full' && !code.startsWith('context-')
}

/** How much a row asks for attention: by what is open, and by what is wrong. */
function urgency({ incidents, anomalies }: NodeRow): number {
  return Math.max(rank(incidents[0]?.level ?? null), rank(anomalies[0]?.severity ?? null))
}

/** Worst state first, then what is worse, then the fullest context, then the id, so that equal rows never jump. */
export function worstFirst(a: NodeRow, b: NodeRow): number {
  return (
    STATE_RANK[a.state] - STATE_RANK[b.state] ||
    urgency(b) - urgency(a) ||
    (b.fullest.value?.usablePercent ?? -1) - (a.fullest.value?.usablePercent ?? -1) ||
    (a.id < b.id ? -1 : 1)
  )
}
