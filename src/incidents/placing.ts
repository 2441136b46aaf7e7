import type { Digest, Incident, Mute, Unwatched } from './incident.ts'
import type { IncidentBook } from './incident-book.ts'
import { numberOf } from './incident-index.ts'
import { type IncidentSettings, isQuiet } from './settings.ts'

const MINUTE = 60_000
const BURST_WINDOW = 10 * MINUTE
const HOUR = 60 * MINUTE

/** What the incidents know of the world besides the signals. */
export interface Surroundings {
  now: number
  settings: IncidentSettings
  tagsOf(nodeId: string): readonly string[]
  /** The nodes that nobody looks at now. */
  unwatched: ReadonlyMap<string, Unwatched>
  /** Whether people can see this revision of an incident or a digest: every channel that shows it is that far. */
  isShown(id: string, revision: number): boolean
}

/** An incident that is not over. */
export function isActive(incident: Incident): boolean {
  return incident.state !== 'resolved'
}

/** The wider incident that explains this one: its node is away, or the bot itself sees nothing. */
export function absorbedBy(book: IncidentBook, { id, topic, subject }: Incident): Incident | null {
  if (subject.nodeId === null) return null
  const { blind } = book.index
  const away = book.index.availability(subject.nodeId)
  if (blind.size === 0 && away.size === 0) return null
  let first: string | null = null
  for (const wide of topic === 'availability' ? [blind] : [blind, away])
    for (const other of wide)
      if (other !== id && (first === null || numberOf(other) < numberOf(first))) first = other
  return first === null ? null : (book.incidents.get(first) ?? null)
}

/** The open incidents that this one explains. */
export function explainedBy(book: IncidentBook, incident: Incident): Incident[] {
  if (!isActive(incident)) return []
  const { nodeId } = incident.subject
  const wide = incident.topic === 'blind' || incident.topic === 'availability'
  const near = !wide ? [] : incident.topic === 'blind' ? book.index.active : book.index.activeOn(nodeId)
  return book.all(near).filter((other) => absorbedBy(book, other)?.id === incident.id)
}

/** Decides where a new incident, or one that was held, is shown. */
export function place(book: IncidentBook, id: string, around: Surroundings): void {
  const incident = book.incidents.get(id)
  if (!incident) return
  if (mustHold(book, incident, around)) setPlace(book, id, 'held')
  else if (canPostOwn(book, around)) {
    setPlace(book, id, 'own')
    book.count({ posts: [...book.counted.posts, around.now] })
  } else addToDigest(book, id, around)
}

export function setPlace(book: IncidentBook, id: string, to: Incident['place']): void {
  book.incidents.edit(id, (incident) => {
    incident.place = to
  })
}

/** Whether an incident has to stay silent for now. */
export function mustHold(book: IncidentBook, incident: Incident, around: Surroundings): boolean {
  if (incident.paused) return true
  if (incident.level !== 'critical' && isQuiet(around.settings, around.now)) return true
  return isMuted(book, incident, around) || absorbedBy(book, incident) !== null
}

function isMuted(book: IncidentBook, { subject }: Incident, { now, tagsOf }: Surroundings): boolean {
  const covers = (mute: Mute) =>
    mute.until > now &&
    subject.nodeId !== null &&
    (mute.nodeId === null || mute.nodeId === subject.nodeId) &&
    (mute.agentId === null || mute.agentId === subject.agentId) &&
    (mute.tag === null || tagsOf(subject.nodeId).includes(mute.tag))
  return book.mutes.size > 0 && [...book.mutes.values()].some(covers)
}

/** A burst goes into one digest rather than into one message each; while it grows, nothing overtakes it. */
function canPostOwn(book: IncidentBook, { now, settings }: Surroundings): boolean {
  if (openDigest(book, now, settings)) return false
  const { posts } = book.counted
  const since = (window: number) => posts.filter((at) => at > now - window).length
  return since(BURST_WINDOW) < settings.burst && since(HOUR) < settings.hourly
}

function openDigest(book: IncidentBook, now: number, settings: IncidentSettings): Digest | undefined {
  for (const digest of book.digests.values())
    if (now - digest.lastAddedAt < settings.digestOpen) return digest
  return undefined
}

function addToDigest(book: IncidentBook, id: string, { now, settings }: Surroundings): void {
  const open = openDigest(book, now, settings)
  const digestId = open?.id ?? `D-${book.takeNumber()}`
  if (open)
    book.digests.edit(digestId, (digest) => {
      digest.lastAddedAt = now
      digest.revision += 1
    })
  else {
    book.digests.put(digestId, {
      id: digestId,
      openedAt: now,
      lastAddedAt: now,
      forgotten: 0,
      revision: 1,
    })
    book.count({ posts: [...book.counted.posts, now] })
  }
  book.incidents.edit(id, (incident) => {
    incident.place = 'digest'
    const others = incident.digestIds.filter((one) => one !== digestId && book.digests.get(one))
    incident.digestIds = [...others, digestId]
  })
}

/**
 * Shows what was held and no longer has to be, of those that may be concerned: worst first, and no more than `atMost`.
 * What ended unseen in the meantime becomes a line of the digest.
 * @returns the open ones that are shown now
 */
export function releaseHeld(book: IncidentBook, around: Surroundings, atMost: number): string[] {
  const released: string[] = []
  let left = atMost
  for (const level of ['critical', 'warning', 'notice'] as const)
    for (const id of book.toRelease) {
      if (left <= 0) return released
      const incident = book.incidents.get(id)
      const held = incident?.place === 'held'
      if (held && incident.level !== level) continue
      book.toRelease.delete(id)
      if (!held) continue
      left -= 1
      if (!mustHold(book, incident, around) && release(book, incident, around)) released.push(id)
    }
  return released
}

/** @returns whether it is open and shown now */
function release(book: IncidentBook, incident: Incident, around: Surroundings): boolean {
  const { id } = incident
  if (isActive(incident)) {
    place(book, id, around)
    return true
  }
  if (incident.topic === 'blind') setPlace(book, id, 'dropped')
  else addToDigest(book, id, around)
  return false
}

/** Whether a digest shows an incident; one that was put away shows nothing. */
export function isListed(book: IncidentBook, { digestIds }: Incident): boolean {
  return digestIds.some((id) => book.digests.get(id) !== undefined)
}

/** The digests that show an incident have to be drawn again. */
export function touchDigests(book: IncidentBook, incident: Incident): void {
  for (const digestId of incident.digestIds)
    if (book.digests.get(digestId))
      book.digests.edit(digestId, (digest) => {
        digest.revision += 1
      })
}
