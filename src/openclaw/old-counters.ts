import { type Reading, type Reason, stale } from '../base/reading.ts'
import type { ContextFacts, NodeSnapshot, SessionFacts } from './snapshot.ts'

/** OpenClaw compacted a session and left its counter as it was (2026.2.17 and 2026.3.31, where it does not know the size). */
const OLD: Reason = { code: 'counter-before-compaction' }

/** The snapshot with one session's counter out of date: it was compacted, and is counted again with its next turn. */
export function withOldCounter(snapshot: NodeSnapshot, sessionKey: string): NodeSnapshot {
  return markOld(snapshot, new Set([sessionKey]))
}

/** What the look before knew of counters that were left as they were holds until they move or a turn has begun since. */
export function keepOldCounters(now: NodeSnapshot, before: NodeSnapshot | undefined): NodeSnapshot {
  const old = (before?.sessions.value ?? []).filter(({ context }) => isOld(context.used))
  if (old.length === 0) return now
  const present = new Map((now.sessions.value ?? []).map((session) => [session.key, session]))
  const still = old.filter((session) => isSameCount(session, present.get(session.key)))
  return still.length === 0 ? now : markOld(now, new Set(still.map(({ key }) => key)))
}

function isOld(used: Reading<number>): boolean {
  return used.freshness === 'stale' && used.reason.code === OLD.code
}

function isSameCount(before: SessionFacts, now: SessionFacts | undefined): boolean {
  return (
    now !== undefined &&
    now.context.used.value === before.context.used.value &&
    now.sessionId === before.sessionId &&
    now.startedAt === before.startedAt &&
    now.usage.outputTokens === before.usage.outputTokens
  )
}

function markOld(snapshot: NodeSnapshot, keys: ReadonlySet<string>): NodeSnapshot {
  const { sessions } = snapshot
  if (sessions.freshness === 'unknown') return snapshot
  const value = sessions.value.map((session) =>
    keys.has(session.key) ? { ...session, context: outdated(session.context) } : session,
  )
  return { ...snapshot, sessions: { ...sessions, value } }
}

function outdated(context: ContextFacts): ContextFacts {
  const { used, headroom, usablePercent } = context
  return {
    ...context,
    used: old(used),
    headroom: old(headroom),
    usablePercent: old(usablePercent),
  }
}

function old(reading: Reading<number>): Reading<number> {
  const { value, source, observedAt } = reading
  return value === null || source === null ? reading : stale(value, source, observedAt, OLD)
}
