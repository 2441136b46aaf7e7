import { rank } from '../monitor/signal.ts'
import type { Digest, Incident, IncidentState, Mute, Unwatched } from './incident.ts'
import { nothingDelivered } from './incident.ts'
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
}

/** An incident that is not over. */
export function isActive(incident: Incident): boolean {
  return incident.state !== 'resolved'
}

/** The wider incident that explains this one: its node is away, or the bot itself sees nothing. */
export function absorbedBy(state: IncidentState, incident: Incident): Incident | null {
  if (incident.subject.nodeId === null) return null
  const explains = (other: Incident) =>
    other.id !== incident.id &&
    isActive(other) &&
    (other.topic === 'blind' ||
      (other.topic === 'availability' &&
        incident.topic !== 'availability' &&
        other.subject.nodeId === incident.subject.nodeId))
  return state.incidents.find(explains) ?? null
}

/** Decides where a new incident, or one that was held, is shown. */
export function place(state: IncidentState, incident: Incident, around: Surroundings): void {
  if (mustHold(state, incident, around)) {
    incident.place = 'held'
    return
  }
  if (canPostOwn(state, around)) {
    incident.place = 'own'
    state.posts.push(around.now)
  } else addToDigest(state, incident, around)
}

/** Whether an incident has to stay silent for now. */
export function mustHold(state: IncidentState, incident: Incident, around: Surroundings): boolean {
  if (incident.paused) return true
  if (incident.level !== 'critical' && isQuiet(around.settings, around.now)) return true
  return isMuted(state, incident, around) || absorbedBy(state, incident) !== null
}

function isMuted(state: IncidentState, { subject }: Incident, { now, tagsOf }: Surroundings): boolean {
  const covers = (mute: Mute) =>
    mute.until > now &&
    subject.nodeId !== null &&
    (mute.nodeId === null || mute.nodeId === subject.nodeId) &&
    (mute.agentId === null || mute.agentId === subject.agentId) &&
    (mute.tag === null || tagsOf(subject.nodeId).includes(mute.tag))
  return state.mutes.some(covers)
}

/** A burst goes into one digest rather than into one message each; while it grows, nothing overtakes it. */
function canPostOwn(state: IncidentState, { now, settings }: Surroundings): boolean {
  if (openDigest(state, now, settings)) return false
  const since = (window: number) => state.posts.filter((at) => at > now - window).length
  return since(BURST_WINDOW) < settings.burst && since(HOUR) < settings.hourly
}

function openDigest(state: IncidentState, now: number, settings: IncidentSettings): Digest | undefined {
  return state.digests.find((digest) => now - digest.lastAddedAt < settings.digestOpen)
}

function addToDigest(state: IncidentState, incident: Incident, { now, settings }: Surroundings): void {
  incident.place = 'digest'
  const open = openDigest(state, now, settings)
  if (open) {
    open.members.push(incident.id)
    open.lastAddedAt = now
    open.revision += 1
    return
  }
  state.digests.push({
    id: `D-${state.nextNumber}`,
    openedAt: now,
    lastAddedAt: now,
    members: [incident.id],
    revision: 1,
    delivery: nothingDelivered(),
  })
  state.nextNumber += 1
  state.posts.push(now)
}

/** Shows what was held and no longer has to be. What ended unseen in the meantime becomes a line of the digest. */
export function releaseHeld(state: IncidentState, around: Surroundings): Incident[] {
  const released = state.incidents.filter(
    (incident) => incident.place === 'held' && !mustHold(state, incident, around),
  )
  released.sort((a, b) => rank(b.level) - rank(a.level))
  for (const incident of released) {
    if (isActive(incident)) place(state, incident, around)
    else if (incident.topic === 'blind' || incident.delivery.messageId !== null) incident.place = 'dropped'
    else addToDigest(state, incident, around)
  }
  return released.filter(isActive)
}

/** Whether a digest shows an incident. */
export function isListed(state: IncidentState, { id }: Incident): boolean {
  return state.digests.some(({ members }) => members.includes(id))
}

/** The digest that shows an incident has to be drawn again. */
export function touchDigest(state: IncidentState, incident: Incident): void {
  for (const digest of state.digests) if (digest.members.includes(incident.id)) digest.revision += 1
}
