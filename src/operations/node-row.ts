import type { NodeRecord } from '../../registry/schema.ts'
import type { NodeSnapshot, NodeState, SessionFacts } from '../openclaw/snapshot.ts'
import type { Reading } from '../reading.ts'
import { mapReading, unknown } from '../reading.ts'
import type { NodeRow } from './results.ts'

/** Worst first; unreachable before down, because it hides more. */
const STATE_ORDER: readonly NodeState[] = ['unreachable', 'service-down', 'not-serving', 'unknown', 'serving']

/** One row of a list from what is known of a node. `age` tells how the snapshot relates to this moment. */
export function rowOf(
  node: NodeRecord,
  snapshot: NodeSnapshot | undefined,
  age: { freshness: NodeRow['freshness']; pending: boolean },
): NodeRow {
  const identity = {
    id: node.id,
    name: node.name,
    tags: node.tags,
    recordState: node.state,
    pending: age.pending,
  }
  if (!snapshot) {
    const nothing = unknown<never>({ code: 'not-read-yet' }, 0)
    return {
      ...identity,
      state: 'unknown',
      reason: nothing.freshness === 'unknown' ? nothing.reason : null,
      agents: nothing,
      sessions: nothing,
      fullest: nothing,
      version: nothing,
      uptimeSeconds: nothing,
      load: nothing,
      diskUsedPercent: nothing,
      observedAt: null,
      freshness: 'never',
      tookMs: null,
    }
  }
  const { host, install, agents, sessions } = snapshot
  return {
    ...identity,
    state: snapshot.state,
    reason: snapshot.reason,
    agents: mapReading(agents, (list) => list.length),
    sessions: mapReading(sessions, (list) => list.filter((session) => !session.archived).length),
    fullest: fullestOf(sessions, snapshot.observedAt),
    version: install.version,
    uptimeSeconds: host.uptimeSeconds,
    load: mapReading(host.load, ({ one }) => ({
      one,
      perCpu: host.cpuCount.value ? one / host.cpuCount.value : null,
    })),
    diskUsedPercent: mapReading(host.disk, (disk) => disk.usedPercent),
    observedAt: snapshot.observedAt,
    freshness: age.freshness,
    tookMs: snapshot.tookMs,
  }
}

/** When the oldest of what a row shows was read, epoch milliseconds: a quick look renews only a part of it. */
export function oldestOf({ observedAt, host, agents, sessions }: NodeSnapshot): number {
  const shown = [agents, sessions, host.load, host.disk].filter(({ freshness }) => freshness !== 'unknown')
  return Math.min(observedAt, ...shown.map((reading) => reading.observedAt))
}

/** Among fresh counters when there are any: a stale one must not hide a fresh lower one behind an old scare. */
function fullestOf(sessions: Reading<SessionFacts[]>, now: number): NodeRow['fullest'] {
  if (sessions.freshness === 'unknown') return sessions
  const live = sessions.value.filter((session) => !session.archived)
  const rank = (freshness: Reading<number>['freshness']) => ['unknown', 'stale', 'fresh'].indexOf(freshness)
  const best = live
    .filter((session) => session.context.usablePercent.value !== null)
    .sort(
      (a, b) =>
        rank(b.context.used.freshness) - rank(a.context.used.freshness) ||
        (b.context.usablePercent.value ?? 0) - (a.context.usablePercent.value ?? 0),
    )[0]
  if (!best) {
    const code = live.length === 0 ? 'not-reported' : 'counter-missing'
    return unknown({ code }, now, sessions.source)
  }
  return mapReading(best.context.usablePercent, (usablePercent) => ({
    agentId: best.agentId,
    sessionKey: best.key,
    usablePercent,
  }))
}

/** Worst state first, then the fullest context, then the id, so that equal rows never jump. */
export function worstFirst(a: NodeRow, b: NodeRow): number {
  return (
    STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) ||
    (b.fullest.value?.usablePercent ?? -1) - (a.fullest.value?.usablePercent ?? -1) ||
    (a.id < b.id ? -1 : 1)
  )
}
