import type { Incident } from './incident.ts'
import type { IncidentBook } from './incident-book.ts'
import { callsForHelp, dueAt } from './incident-index.ts'
import { announce, note, resolve, showReleased } from './lifecycle.ts'
import { absorbedBy, isActive, type Surroundings } from './placing.ts'
import { isQuiet } from './settings.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** What is due and cannot be done yet (a message is not up to date, a wider incident explains it) is tried again. */
const AGAIN_AFTER = MINUTE
/** The tags of a node may change without anybody saying so. */
const TAGS_CHECKED_EVERY = 10_000
/** While no channel can show them, so many times as many that are over are kept, and so many digests. */
const UNTOLD_FACTOR = 2
const UNTOLD_DIGESTS = 100

/**
 * What happens by itself as time passes: snoozes end, flapping ends, somebody is called, what was held is shown, and
 * what is over for long is forgotten.
 * @param atMost about how many incidents this may move
 * @returns whether there is more to do at once
 */
export function tick(book: IncidentBook, around: Surroundings, atMost: number): boolean {
  const { now } = around
  let left = atMost
  forgetTimes(book, around)
  left -= pauseUnwatched(book, around, left)
  noticeReleases(book, around)
  const examined = Math.min(book.toRelease.size, left)
  showReleased(book, around, left)
  left -= examined
  while (left > 0) {
    const id = book.index.due.take(now)
    if (id === undefined) break
    settleDue(book, id, around)
    left -= 1
  }
  left -= forgetSurplus(book, around, left)
  putAwayDigests(book, around)
  sweepWatches(book, around)
  return left <= 0
}

function forgetTimes(book: IncidentBook, { now }: Surroundings): void {
  const { posts } = book.counted
  const recent = posts.filter((at) => now - at < HOUR)
  if (recent.length < posts.length) book.count({ posts: recent })
  for (const [key, mute] of [...book.mutes.entries()]) if (mute.until <= now) endMute(book, key)
}

/** Ends a mute; what it held is looked at again. */
export function endMute(book: IncidentBook, key: string): void {
  book.mutes.delete(key)
  lookAtHeld(book)
}

function lookAtHeld({ index, toRelease }: IncidentBook): void {
  for (const id of index.held) toRelease.add(id)
}

/** Notices what may release held incidents besides the end of the wider incident that explained them. */
function noticeReleases(book: IncidentBook, { now, settings }: Surroundings): void {
  const quiet = isQuiet(settings, now)
  if (book.wasQuiet === true && !quiet) lookAtHeld(book)
  book.wasQuiet = quiet
  const byTag = book.mutes.size > 0 && [...book.mutes.values()].some(({ tag }) => tag !== null)
  const age = now - book.tagsCheckedAt
  if (!byTag || (age >= 0 && age < TAGS_CHECKED_EVERY)) return
  book.tagsCheckedAt = now
  lookAtHeld(book)
}

/**
 * Puts aside what is open on nodes that nobody looks at: not looking is no recovery, and no reason to call anybody
 * either. Looks from before count for nothing when the node is looked at again.
 * @returns how many it moved
 */
function pauseUnwatched(book: IncidentBook, { now, unwatched }: Surroundings, atMost: number): number {
  let moved = 0
  for (const [nodeId, why] of unwatched) {
    for (const { id, paused } of book.all(book.index.activeOn(nodeId))) {
      if (moved >= atMost) return moved
      if (paused?.why === why) continue
      moved += 1
      book.incidents.edit(id, (incident) => {
        incident.paused = { since: paused?.since ?? now, why }
        incident.clearSince = null
        incident.unseenSince = null
      })
      note(book, id, now, 'paused', { params: { why } })
    }
    for (const key of [...book.watchIndex.on(nodeId)]) book.watches.delete(key)
    book.crowds.delete(nodeId)
  }
  return moved
}

function settleDue(book: IncidentBook, id: string, around: Surroundings): void {
  const { now, settings } = around
  const current = () => book.incidents.get(id) as Incident
  if (isLeftBehind(current(), around)) endLeftBehind(book, current(), around)
  const { snoozed, paused } = current()
  if (isActive(current()) && !paused && snoozed && snoozed.until <= now) {
    book.incidents.edit(id, (incident) => {
      incident.snoozed = null
      incident.state = 'open'
    })
    note(book, id, now, 'woken', { ping: announce(book, id, around) })
  }
  const { flapping, clearSince } = current()
  if (isActive(current()) && !paused && flapping && clearSince !== null)
    if (now - clearSince >= settings.flapQuiet) resolve(book, id, around)
  escalateOverdue(book, current(), around)
  if (isDone(current(), around)) return forget(book, current())
  const next = dueAt(current(), settings)
  if (next !== null && next <= now) book.index.due.set(id, now + AGAIN_AFTER)
}

/** Nobody has looked at its node for long, and nobody means to. */
function isLeftBehind({ paused, state }: Incident, { now, settings }: Surroundings): boolean {
  return paused?.why === 'retired' && state !== 'resolved' && now - paused.since >= settings.keepResolved
}

/** What nobody has been shown ends without a word. */
function endLeftBehind(book: IncidentBook, { id }: Incident, around: Surroundings): void {
  book.incidents.edit(id, (incident) => {
    incident.paused = null
    if (incident.place === 'held') incident.place = 'dropped'
  })
  resolve(book, id, around)
}

/** Calls for help once for a critical incident that nobody took in time. */
function escalateOverdue(book: IncidentBook, incident: Incident, { now, settings }: Surroundings): void {
  if (!callsForHelp(incident) || now - incident.levelSince < settings.escalateAfter) return
  if (absorbedBy(book, incident)) return
  book.incidents.edit(incident.id, (draft) => {
    draft.escalatedAt = now
  })
  note(book, incident.id, now, 'escalated', { ping: true })
}

/** Over for long, and its message says so. */
function isDone(incident: Incident, around: Surroundings): boolean {
  const { resolvedAt } = incident
  if (resolvedAt === null || around.now - resolvedAt < around.settings.keepResolved) return false
  return isTold(incident, around)
}

/** Whether nobody waits for its message to say how it is now. */
function isTold({ id, place, revision }: Incident, { isShown }: Surroundings): boolean {
  return place !== 'own' || isShown(id, revision)
}

function forget(book: IncidentBook, { id, digestIds }: Incident): void {
  book.incidents.delete(id)
  for (const digestId of digestIds)
    if (book.digests.get(digestId))
      book.digests.edit(digestId, (digest) => {
        digest.forgotten += 1
      })
}

/**
 * Of too many that are over, forgets those that ended first; but none that might still come back, and of those whose message
 * could not say so yet only what is far too much.
 */
function forgetSurplus(book: IncidentBook, around: Surroundings, atMost: number): number {
  const { now, settings } = around
  const { resolved } = book.index
  const surplus = resolved.size - settings.keepAtMost
  if (surplus <= 0) return 0
  const untold = resolved.size - settings.keepAtMost * UNTOLD_FACTOR
  const old: Incident[] = []
  for (const id of resolved) {
    const incident = book.incidents.get(id)
    if (old.length >= Math.min(surplus, atMost) || incident === undefined) break
    if (now - (incident.resolvedAt ?? now) <= settings.reopenWithin) break
    old.push(incident)
  }
  const gone = old.filter((incident, index) => index < untold || isTold(incident, around))
  for (const incident of gone) forget(book, incident)
  return gone.length
}

/**
 * A digest whose lines are all over takes no new ones after a while, and once its message says so it is done. Of too many
 * that no message could be made of, the oldest go.
 */
function putAwayDigests(book: IncidentBook, { now, settings, isShown }: Surroundings): void {
  let untold = book.digests.size - UNTOLD_DIGESTS
  for (const { id, revision, lastAddedAt } of [...book.digests.values()]) {
    const open = now - lastAddedAt < settings.digestOpen || book.index.activeMembers(id) > 0
    if (open || (untold <= 0 && !isShown(id, revision))) continue
    book.digests.delete(id)
    untold -= 1
  }
}

function sweepWatches(book: IncidentBook, { now, settings }: Surroundings): void {
  if (now - book.watchesSweptAt < HOUR && now >= book.watchesSweptAt) return
  book.watchesSweptAt = now
  for (const [key, watch] of [...book.watches.entries()])
    if (now - watch.at > settings.keepResolved) book.watches.delete(key)
}
