import type { Severity } from '../monitor/conditions.ts'
import { type Measurement, rank, type Signal } from '../monitor/signal.ts'
import { followClock } from './clock-jumps.ts'
import { crowdSignals, isBeyondBudget, isCrowded, noteCrowdedLook } from './crowds.ts'
import { fitting } from './fitting-params.ts'
import type { Incident } from './incident.ts'
import { type IncidentBook, muteKey } from './incident-book.ts'
import { changeCause, changeLevel, note, openIncident, outranksLevels, resolve } from './lifecycle.ts'
import { isActive, type Surroundings, setPlace, touchDigests } from './placing.ts'
import { endMute, tick } from './tick.ts'
import { confirmedLevel, depthOf, isSameWatch, noteLook, sustainedLevel } from './watch.ts'

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
  /** Someone deleted the message of an incident or a digest, and it comes back. */
  | { kind: 'reposted'; id: string }
  /** Someone deleted it again: nobody wants to see it. */
  | { kind: 'dropped'; id: string }

/**
 * The life of all incidents: a step from what is known and what happened to what is known next, which costs what it
 * changes. What has to be sent is not an output but a difference, the revision against the one that a channel shows, so
 * a crash at any instant neither forgets nor repeats it.
 * @param atMost about how many incidents time itself may move in this step
 * @returns whether time moves more: a tick is due at once
 */
export function step(
  book: IncidentBook,
  input: IncidentInput,
  around: Surroundings,
  atMost = Number.POSITIVE_INFINITY,
): boolean {
  begin(book, around)
  switch (input.kind) {
    case 'signals':
      for (const signal of widestFirst(input.signals)) takeSignal(book, signal, around)
      return pass(book, around, atMost)
    case 'tick':
      return pass(book, around, atMost)
    case 'reposted':
      takeReposted(book, input.id, around)
      return false
    case 'dropped':
      takeDropped(book, input.id)
      return false
    case 'mute': {
      const { nodeId, agentId, tag, by } = input
      book.mutes.put(muteKey(input), { nodeId, agentId, tag, by, until: around.now + input.forMs })
      return false
    }
    case 'unmute':
      endMute(book, muteKey(input))
      return tick(book, around, atMost)
    default:
      takeHand(book, input, around)
      return false
  }
}

/** What was left out is told when all of a look is known; then time goes on. */
function pass(book: IncidentBook, around: Surroundings, atMost: number): boolean {
  for (const signal of crowdSignals(book)) takeSignal(book, signal, around)
  return tick(book, around, atMost)
}

/** What comes before every step. */
export function begin(book: IncidentBook, { now }: Surroundings): void {
  followClock(book, now)
}

/**
 * Whether a signal can change anything. Nearly all say that nothing is wrong where nothing was, and cost nothing more
 * than this.
 */
export function matters(book: IncidentBook, { key, seen, subject }: Signal): boolean {
  if (seen?.level != null || book.openBy(key) || book.watches.get(key)) return true
  const { nodeId } = subject
  return nodeId !== null && (book.index.pausedOn(nodeId).size > 0 || isCrowded(book, nodeId))
}

/** The wider condition first, so that what it explains finds it open. */
export function widestFirst(signals: readonly Signal[]): Signal[] {
  const [blind, availability, others]: [Signal[], Signal[], Signal[]] = [[], [], []]
  for (const signal of signals)
    if (signal.topic === 'blind') blind.push(signal)
    else if (signal.topic === 'availability') availability.push(signal)
    else others.push(signal)
  return [...blind, ...availability, ...others]
}

/** Takes up again what was put aside on a node that has just been looked at; the time until a call for help is new. */
function resumeWatched(book: IncidentBook, nodeId: string, { now }: Surroundings): void {
  const paused = book.index.pausedOn(nodeId)
  if (paused.size === 0) return
  for (const id of [...paused]) {
    book.incidents.edit(id, (incident) => {
      incident.paused = null
      incident.levelSince = now
    })
    note(book, id, now, 'resumed')
  }
}

/** Whether a look counts, with what it means for its node as a whole. */
function isWatched(book: IncidentBook, { subject, topic, at }: Signal, around: Surroundings): boolean {
  const { nodeId } = subject
  if (nodeId === null) return true
  // A look that was under way when its node went into maintenance.
  if (around.unwatched.has(nodeId)) return false
  resumeWatched(book, nodeId, around)
  if (topic !== 'crowd' && isCrowded(book, nodeId)) noteCrowdedLook(book, nodeId, at)
  return true
}

/** Takes one look in. */
export function takeSignal(book: IncidentBook, signal: Signal, around: Surroundings): void {
  const { key, topic } = signal
  const seen = signal.seen && { ...signal.seen, params: fitting(signal.seen.params) }
  if (!isWatched(book, signal, around)) return
  const incident = book.openBy(key)
  if (seen === null) {
    if (incident) loseSight(book, incident, around)
    return
  }
  const before = book.watches.get(key)
  if (!incident && !before && seen.level === null) return
  if (!incident && seen.level !== null && isBeyondBudget(book, signal, around)) return
  const confirmation = around.settings.confirmation[topic]
  const watch = noteLook(before, seen, { at: signal.at, epoch: signal.epoch ?? null, confirmation })
  const reached = seen.immediate ? seen.level : confirmedLevel(watch, confirmation)
  const forgettable = depthOf(confirmation) === 1 || (!incident && watch.levels.every((one) => one === null))
  if (forgettable) book.watches.delete(key)
  else if (!before || !isSameWatch(before, watch)) book.watches.put(key, watch)
  if (!incident) {
    if (reached) openIncident(book, signal, seen, reached, around)
    return
  }
  if (incident.unseenSince !== null) {
    book.incidents.edit(incident.id, (draft) => {
      draft.unseenSince = null
    })
    note(book, incident.id, around.now, 'seen-again')
  }
  follow(book, incident.id, seen, reached, sustainedLevel(watch, incident.level, confirmation), around)
}

/** Not seeing is never a recovery. */
function loseSight(
  book: IncidentBook,
  { id, clearSince, unseenSince }: Incident,
  around: Surroundings,
): void {
  if (clearSince === null && unseenSince !== null) return
  book.incidents.edit(id, (incident) => {
    incident.clearSince = null
    incident.unseenSince ??= around.now
  })
  if (unseenSince === null) note(book, id, around.now, 'unseen')
}

function follow(
  book: IncidentBook,
  id: string,
  seen: Measurement,
  reached: Severity | null,
  sustained: Severity | null,
  around: Surroundings,
): void {
  const incident = book.incidents.get(id)
  if (!incident || standsStill(incident, seen)) return
  if (rank(reached) > rank(incident.level))
    return changeLevel(book, incident, seen, reached as Severity, around)
  if (sustained === null) {
    if (!incident.flapping) return resolve(book, id, around)
    if (incident.clearSince === null) setClearSince(book, id, around.now)
    return
  }
  if (sustained !== incident.level) return changeLevel(book, incident, seen, sustained, around)
  if (incident.clearSince !== null) setClearSince(book, id, null)
  if (seen.level === null) return
  if (seen.cause !== incident.cause) changeCause(book, incident, seen, around)
  else if (!isSameFigures(seen.params, incident.params)) showFigures(book, id, seen)
}

/**
 * Whether a look at a mere level says nothing new: the provider refused, and the counter has not moved since. What it
 * shows was there before the refusal.
 */
function standsStill({ cause, params }: Incident, seen: Measurement): boolean {
  const outranked = outranksLevels(cause) && !outranksLevels(seen.cause)
  return outranked && params.used !== undefined && params.used === seen.params.used
}

function setClearSince(book: IncidentBook, id: string, at: number | null): void {
  book.incidents.edit(id, (incident) => {
    incident.clearSince = at
  })
}

/** Only figures moved: the message of its own shows them, a line of a digest does not. */
function showFigures(book: IncidentBook, id: string, { params }: Measurement): void {
  book.incidents.edit(id, (incident) => {
    incident.params = params
    incident.revision += 1
  })
}

function isSameFigures(a: Measurement['params'], b: Measurement['params']): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}

/** As long as a name may be in a timeline. */
const LONGEST_NAME = 128

function takeHand(
  book: IncidentBook,
  input: Extract<IncidentInput, { kind: 'acknowledge' | 'snooze' | 'unsnooze' | 'acted' }>,
  { now }: Surroundings,
): void {
  const { incidentId: id } = input
  const by = input.by.slice(0, LONGEST_NAME)
  const incident = book.incidents.get(id)
  if (!incident) return
  if (input.kind === 'acted') return note(book, id, now, 'acted', { by, params: fitting(input.params) })
  if (!isActive(incident)) return
  switch (input.kind) {
    case 'acknowledge':
      book.incidents.edit(id, (draft) => {
        draft.acknowledged = { by, at: now }
        if (draft.state === 'open') draft.state = 'acknowledged'
      })
      return note(book, id, now, 'acknowledged', { by })
    case 'snooze': {
      const until = now + input.forMs
      book.incidents.edit(id, (draft) => {
        draft.snoozed = { by, until, level: draft.level }
        draft.state = 'snoozed'
      })
      const minutes = Math.round(input.forMs / 60_000)
      return note(book, id, now, 'snoozed', { by, params: { minutes, until } })
    }
    case 'unsnooze':
      if (incident.state !== 'snoozed') return
      book.incidents.edit(id, (draft) => {
        draft.snoozed = null
        draft.state = draft.acknowledged ? 'acknowledged' : 'open'
      })
      return note(book, id, now, 'unsnoozed', { by })
  }
}

function takeReposted(book: IncidentBook, id: string, { now }: Surroundings): void {
  if (book.incidents.get(id)) note(book, id, now, 'reposted')
  else if (book.digests.get(id))
    book.digests.edit(id, (digest) => {
      digest.revision += 1
    })
}

/** A message that was deleted again is taken as a wish; a digest takes its lines along. */
function takeDropped(book: IncidentBook, id: string): void {
  const incident = book.incidents.get(id)
  if (incident) {
    setPlace(book, id, 'dropped')
    touchDigests(book, incident)
    return
  }
  book.digests.delete(id)
  for (const member of book.all([...book.index.members(id)]))
    if (member.place === 'digest') setPlace(book, member.id, 'dropped')
}
