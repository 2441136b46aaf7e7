import type { Incident } from './incident.ts'
import type { IncidentBook } from './incident-book.ts'

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
export function followClock(book: IncidentBook, now: number): void {
  const { steppedAt, posts } = book.counted
  const gap = steppedAt === null ? 0 : now - steppedAt
  const shift = gap > LONGEST_GAP ? gap : 0
  const back = now < book.latestAt
  if (shift > 0 || back) {
    const settle = (at: number) => Math.min(at + shift, now)
    if (posts.some((at) => settle(at) !== at)) book.count({ posts: posts.map(settle) })
    for (const { id, lastAddedAt } of [...book.digests.values()])
      if (settle(lastAddedAt) !== lastAddedAt)
        book.digests.edit(id, (digest) => {
          digest.lastAddedAt = settle(lastAddedAt)
        })
  }
  if (back)
    for (const incident of [...book.incidents.values()])
      if (liesAhead(incident, now)) book.incidents.edit(incident.id, (draft) => takeAsNow(draft, now))
  book.latestAt = now
  noteStep(book, now)
}

function liesAhead(incident: Incident, now: number): boolean {
  const { levelSince, notifiedAt, clearSince, paused, resolvedAt } = incident
  const latest = Math.max(levelSince, notifiedAt, clearSince ?? 0, paused?.since ?? 0, resolvedAt ?? 0)
  return latest > now
}

function takeAsNow(incident: Incident, now: number): void {
  incident.levelSince = Math.min(incident.levelSince, now)
  incident.notifiedAt = Math.min(incident.notifiedAt, now)
  if (incident.clearSince !== null) incident.clearSince = Math.min(incident.clearSince, now)
  if (incident.paused) incident.paused = { ...incident.paused, since: Math.min(incident.paused.since, now) }
  if (incident.resolvedAt !== null) incident.resolvedAt = Math.min(incident.resolvedAt, now)
}

function noteStep(book: IncidentBook, now: number): void {
  const { steppedAt, posts } = book.counted
  if (posts.length === 0 && book.digests.size === 0) {
    if (steppedAt !== null) book.count({ steppedAt: null })
  } else if (steppedAt === null || now < steppedAt || now - steppedAt >= NOTE_EVERY)
    book.count({ steppedAt: now })
}
