import { limited, type Reading } from '../base/reading.ts'
import type { SessionFacts } from './snapshot.ts'

/**
 * What one node may have of what ocm remembers, judges, draws and writes down. A real node has a dozen sessions; one that
 * invents 75,000 must not fill the memory and the files of all the others.
 */
export const MOST_SESSIONS = 1_000
export const MOST_AGENTS = 500

/** The sessions that a node may have: of too many, the fullest and the most recent, half of each. */
export function fitSessions(sessions: SessionFacts[]): SessionFacts[] {
  if (sessions.length <= MOST_SESSIONS) return sessions
  const fullest = sessions.toSorted((a, b) => fullness(b) - fullness(a)).slice(0, MOST_SESSIONS / 2)
  const kept = new Set(fullest)
  for (const session of sessions.toSorted((a, b) => lastSeen(b) - lastSeen(a))) {
    if (kept.size >= MOST_SESSIONS) break
    kept.add(session)
  }
  // In the order of the gateway, so that nothing jumps from look to look.
  return sessions.filter((session) => kept.has(session))
}

/** Says of a reading that was cut to its budget how much of it was taken; one that was not is as it was. */
export function sayLimit<T>(reading: Reading<T[]>, more: boolean): Reading<T[]> {
  return more && reading.freshness !== 'unknown' ? limited(reading, reading.value.length) : reading
}

function fullness({ archived, context }: SessionFacts): number {
  return archived ? -1 : (context.usablePercent.value ?? 0)
}

function lastSeen({ lastInteractionAt, startedAt }: SessionFacts): number {
  return Math.max(lastInteractionAt ?? 0, startedAt ?? 0)
}
