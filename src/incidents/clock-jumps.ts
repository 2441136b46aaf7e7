import type { IncidentState } from './incident.ts'

const MINUTE = 60_000
/** Steps come every half minute; a longer gap is a suspended machine, a clock that was set, or a bot that was down. */
const LONGEST_GAP = 15 * MINUTE
/** Exact enough for a jump of that size, and seldom enough to spare the disk. */
const NOTE_EVERY = 5 * MINUTE

/**
 * Keeps the calm rules calm when the clock jumps. Ahead: what was posted just before the gap counts as just posted, or a
 * storm would get its messages twice. Back: a time that now lies ahead counts as now, or an escalation would wait for an
 * hour more and a digest stay open as long.
 */
export function followClock(state: IncidentState, now: number): void {
  const gap = state.steppedAt === null ? 0 : now - state.steppedAt
  const shift = gap > LONGEST_GAP ? gap : 0
  const settle = (at: number) => Math.min(at + shift, now)
  state.posts = state.posts.map(settle)
  for (const digest of state.digests) digest.lastAddedAt = settle(digest.lastAddedAt)
  for (const incident of state.incidents) {
    incident.levelSince = Math.min(incident.levelSince, now)
    incident.notifiedAt = Math.min(incident.notifiedAt, now)
    if (incident.clearSince !== null) incident.clearSince = Math.min(incident.clearSince, now)
    if (incident.paused) incident.paused.since = Math.min(incident.paused.since, now)
    if (incident.resolvedAt !== null) incident.resolvedAt = Math.min(incident.resolvedAt, now)
  }
  noteStep(state, now)
}

function noteStep(state: IncidentState, now: number): void {
  if (state.posts.length === 0 && state.digests.length === 0) state.steppedAt = null
  else if (state.steppedAt === null || now < state.steppedAt || now - state.steppedAt >= NOTE_EVERY)
    state.steppedAt = now
}
