import type { Severity } from '../monitor/conditions.ts'
import { type Measurement, rank, type Signal } from '../monitor/signal.ts'
import { followClock } from './clock-jumps.ts'
import type { Delivery, Digest, Incident, IncidentState } from './incident.ts'
import { nothingDelivered } from './incident.ts'
import {
  changeLevel,
  escalateOverdue,
  note,
  openIncident,
  pauseUnwatched,
  resolve,
  resumeWatched,
  settleTimers,
  touch,
} from './lifecycle.ts'
import { isActive, releaseHeld, type Surroundings, touchDigest } from './placing.ts'
import { confirmedLevel, noteLook, sustainedLevel } from './watch.ts'

const HOUR = 3_600_000

/** Everything that can happen to the incidents. */
export type IncidentInput =
  | { kind: 'signals'; signals: readonly Signal[] }
  | { kind: 'tick' }
  | { kind: 'acknowledge'; incidentId: string; by: string }
  | { kind: 'snooze'; incidentId: string; by: string; forMs: number }
  | { kind: 'unsnooze'; incidentId: string; by: string }
  | {
      kind: 'mute'
      nodeId: string | null
      agentId: string | null
      tag: string | null
      forMs: number
      by: string
    }
  | { kind: 'unmute'; nodeId: string | null; agentId: string | null; tag: string | null }
  | { kind: 'acted'; incidentId: string; by: string; params: Record<string, string | number> }
  /** What Discord answered about an incident or a digest. `told`: so many more timeline entries are in the thread. */
  | { kind: 'delivered'; id: string; delivery: Partial<Omit<Delivery, 'timeline'>>; told?: number }
  /** Someone deleted the message. */
  | { kind: 'message-gone'; id: string }

/**
 * The life of all incidents: a pure step from what is known and what happened to what is known next. What has to be
 * sent is not an output but a difference, `revision` against `delivery.revision`, so a crash at any instant neither
 * forgets nor repeats it.
 */
export function advance(before: IncidentState, input: IncidentInput, around: Surroundings): IncidentState {
  const state = structuredClone(before)
  followClock(state, around.now)
  switch (input.kind) {
    case 'signals':
      resumeWatched(state, input.signals, around)
      for (const signal of widestFirst(input.signals)) takeSignal(state, signal, around)
      tick(state, around)
      break
    case 'tick':
      tick(state, around)
      break
    case 'delivered':
      takeDelivery(state, input)
      break
    case 'message-gone':
      takeLostMessage(state, input.id, around)
      break
    case 'mute': {
      const { nodeId, agentId, tag, by } = input
      state.mutes = [
        ...state.mutes.filter((mute) => !sameScope(mute, input)),
        { nodeId, agentId, tag, by, until: around.now + input.forMs },
      ]
      break
    }
    case 'unmute':
      state.mutes = state.mutes.filter((mute) => !sameScope(mute, input))
      tick(state, around)
      break
    default:
      takeHand(state, input, around)
  }
  return state
}

type Scope = { nodeId: string | null; agentId: string | null; tag: string | null }

function sameScope(a: Scope, b: Scope): boolean {
  return a.nodeId === b.nodeId && a.agentId === b.agentId && a.tag === b.tag
}

/** The wider condition first, so that what it explains finds it open. */
function widestFirst(signals: readonly Signal[]): Signal[] {
  const width = ({ topic }: Signal) => (topic === 'blind' ? 0 : topic === 'availability' ? 1 : 2)
  return [...signals].sort((a, b) => width(a) - width(b))
}

function takeSignal(state: IncidentState, signal: Signal, around: Surroundings): void {
  // A look that was under way when its node went into maintenance.
  if (signal.subject.nodeId !== null && around.unwatched.has(signal.subject.nodeId)) return
  const incident = state.incidents.find((candidate) => candidate.key === signal.key && isActive(candidate))
  if (signal.seen === null) {
    if (!incident) return
    incident.clearSince = null
    if (incident.unseenSince !== null) return
    incident.unseenSince = around.now
    note(state, incident, around.now, 'unseen')
    return
  }
  const confirmation = around.settings.confirmation[signal.topic]
  const epoch = signal.epoch ?? null
  const watch = noteLook(state.watches[signal.key], signal.seen, { at: signal.at, epoch, confirmation })
  state.watches[signal.key] = watch
  const reached = signal.seen.immediate ? signal.seen.level : confirmedLevel(watch, confirmation)
  if (!incident) {
    if (reached) openIncident(state, signal, signal.seen, reached, around)
    else if (watch.levels.every((level) => level === null)) delete state.watches[signal.key]
    return
  }
  if (incident.unseenSince !== null) {
    incident.unseenSince = null
    note(state, incident, around.now, 'seen-again')
  }
  follow(state, incident, signal.seen, reached, sustainedLevel(watch, incident.level, confirmation), around)
}

function follow(
  state: IncidentState,
  incident: Incident,
  seen: Measurement,
  reached: Severity | null,
  sustained: Severity | null,
  around: Surroundings,
): void {
  if (rank(reached) > rank(incident.level)) {
    incident.clearSince = null
    return changeLevel(state, incident, seen, reached as Severity, around)
  }
  if (sustained === null) {
    incident.clearSince ??= around.now
    if (incident.flapping) return
    return resolve(state, incident, around)
  }
  incident.clearSince = null
  if (sustained !== incident.level) return changeLevel(state, incident, seen, sustained, around)
  if (seen.level !== null && JSON.stringify(seen.params) !== JSON.stringify(incident.params)) {
    incident.params = seen.params
    incident.cause = seen.cause
    touch(state, incident)
  }
}

function tick(state: IncidentState, around: Surroundings): void {
  const { now, settings } = around
  state.posts = state.posts.filter((at) => now - at < HOUR)
  state.mutes = state.mutes.filter((mute) => mute.until > now)
  pauseUnwatched(state, around)
  settleTimers(state, around)
  for (const released of releaseHeld(state, around)) note(state, released, now, 'released')
  escalateOverdue(state, around)
  forgetOld(state, around)
  for (const [key, watch] of Object.entries(state.watches))
    if (now - watch.at > settings.keepResolved) delete state.watches[key]
}

function forgetOld(state: IncidentState, { now, settings }: Surroundings): void {
  const done = (incident: Incident) =>
    incident.resolvedAt !== null &&
    (incident.delivery.revision >= incident.revision || incident.place !== 'own') &&
    now - incident.resolvedAt > settings.keepResolved
  const surplus = state.incidents.length - settings.keepAtMost
  const resolved = state.incidents.filter((incident) => !isActive(incident))
  const tooMany = new Set(surplus > 0 ? resolved.slice(0, surplus).map(({ id }) => id) : [])
  state.incidents = state.incidents.filter((incident) => !done(incident) && !tooMany.has(incident.id))
  const known = new Set(state.incidents.map(({ id }) => id))
  const over = (digest: Digest) =>
    digest.delivery.revision >= digest.revision &&
    now - digest.lastAddedAt >= settings.digestOpen &&
    digest.members.every((id) => {
      const member = state.incidents.find((incident) => incident.id === id)
      return !known.has(id) || member?.state === 'resolved'
    })
  state.digests = state.digests.filter((digest) => !over(digest))
}

function takeHand(
  state: IncidentState,
  input: Extract<IncidentInput, { kind: 'acknowledge' | 'snooze' | 'unsnooze' | 'acted' }>,
  around: Surroundings,
): void {
  const incident = state.incidents.find(({ id }) => id === input.incidentId)
  if (!incident) return
  const { now } = around
  if (input.kind === 'acted')
    return note(state, incident, now, 'acted', { by: input.by, params: input.params })
  if (!isActive(incident)) return
  switch (input.kind) {
    case 'acknowledge':
      incident.acknowledged = { by: input.by, at: now }
      if (incident.state === 'open') incident.state = 'acknowledged'
      return note(state, incident, now, 'acknowledged', { by: input.by })
    case 'snooze':
      incident.snoozed = { by: input.by, until: now + input.forMs, level: incident.level }
      incident.state = 'snoozed'
      return note(state, incident, now, 'snoozed', {
        by: input.by,
        params: { minutes: Math.round(input.forMs / 60_000), until: now + input.forMs },
      })
    case 'unsnooze':
      if (incident.state !== 'snoozed') return
      incident.snoozed = null
      incident.state = incident.acknowledged ? 'acknowledged' : 'open'
      return note(state, incident, now, 'unsnoozed', { by: input.by })
  }
}

function deliveryOf(state: IncidentState, id: string): Delivery | undefined {
  return [...state.incidents, ...state.digests].find((target) => target.id === id)?.delivery
}

/** Entries are counted from where the thread stood: the timeline may have been shortened meanwhile. */
function takeDelivery(
  state: IncidentState,
  { id, delivery, told = 0 }: Extract<IncidentInput, { kind: 'delivered' }>,
): void {
  const known = deliveryOf(state, id)
  if (known) Object.assign(known, delivery, { timeline: known.timeline + told })
}

/** A message that was deleted by hand comes back once; deleted again, it is taken as a wish. */
function takeLostMessage(state: IncidentState, id: string, { now }: Surroundings): void {
  const incident = state.incidents.find((candidate) => candidate.id === id)
  const digest = state.digests.find((candidate) => candidate.id === id)
  const target = incident ?? digest
  if (!target || target.delivery.messageId === null) return
  if (!target.delivery.reposted) {
    target.delivery = { ...nothingDelivered(), reposted: true }
    if (incident) note(state, incident, now, 'reposted')
    else if (digest) digest.revision += 1
    return
  }
  if (incident) {
    incident.place = 'dropped'
    touchDigest(state, incident)
    return
  }
  state.digests = state.digests.filter((candidate) => candidate.id !== id)
  for (const member of state.incidents)
    if (digest?.members.includes(member.id) && member.place === 'digest') member.place = 'dropped'
}
