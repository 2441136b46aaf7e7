import type { Severity } from '../monitor/conditions.ts'
import { type Measurement, nodeOfKey, rank, type Signal } from '../monitor/signal.ts'
import type { Incident, IncidentState, TimelineEntry, TimelineKind } from './incident.ts'
import { nothingDelivered } from './incident.ts'
import {
  absorbedBy,
  isActive,
  isListed,
  place,
  releaseHeld,
  type Surroundings,
  touchDigest,
} from './placing.ts'

const HOUR = 3_600_000
/** More than a thread will ever be read for; the oldest lines that were already sent go first. */
const TIMELINE_LIMIT = 200

/** Writes one line into the timeline and marks the message as outdated. */
export function note(
  state: IncidentState,
  incident: Incident,
  at: number,
  kind: TimelineKind,
  more: Partial<Pick<TimelineEntry, 'by' | 'params' | 'ping'>> = {},
): void {
  incident.timeline.push({ at, kind, level: incident.level, by: null, params: {}, ping: false, ...more })
  const surplus = Math.min(incident.timeline.length - TIMELINE_LIMIT, incident.delivery.timeline)
  if (surplus > 0) {
    incident.timeline.splice(0, surplus)
    incident.delivery.timeline -= surplus
  }
  touch(state, incident)
}

/** The message no longer shows what is known. */
export function touch(state: IncidentState, incident: Incident): void {
  incident.revision += 1
  touchDigest(state, incident)
}

/** Opens an incident for a confirmed level, or reopens the one that ended a moment ago. */
export function openIncident(
  state: IncidentState,
  signal: Signal,
  seen: Measurement,
  level: Severity,
  around: Surroundings,
): Incident {
  const recent = state.incidents.findLast(
    (incident) =>
      incident.key === signal.key &&
      incident.resolvedAt !== null &&
      around.now - incident.resolvedAt <= around.settings.reopenWithin,
  )
  if (recent) return reopen(state, recent, seen, level, around)
  const incident: Incident = {
    id: `I-${state.nextNumber}`,
    key: signal.key,
    topic: signal.topic,
    subject: signal.subject,
    state: 'open',
    level,
    peak: level,
    cause: seen.cause,
    params: seen.params,
    openedAt: around.now,
    levelSince: around.now,
    resolvedAt: null,
    acknowledged: null,
    snoozed: null,
    reopenedAt: [],
    flapping: false,
    clearSince: null,
    unseenSince: null,
    paused: null,
    notifiedLevel: level,
    notifiedAt: around.now,
    escalatedAt: null,
    place: 'held',
    timeline: [],
    revision: 0,
    delivery: nothingDelivered(),
  }
  state.nextNumber += 1
  state.incidents.push(incident)
  note(state, incident, around.now, 'opened', { params: seen.params })
  place(state, incident, around)
  return incident
}

function reopen(
  state: IncidentState,
  incident: Incident,
  seen: Measurement,
  level: Severity,
  around: Surroundings,
): Incident {
  const { now, settings } = around
  incident.state = 'open'
  // Whoever took it had finished with it.
  incident.acknowledged = null
  incident.resolvedAt = null
  incident.clearSince = null
  incident.reopenedAt = [...incident.reopenedAt.filter((at) => now - at < HOUR), now]
  setLevel(incident, level, seen, now)
  // Its digest may have been put away with the last of its lines resolved.
  if (incident.place === 'digest' && !isListed(state, incident)) place(state, incident, around)
  note(state, incident, now, 'reopened', { params: seen.params, ping: announce(incident, around) })
  if (!incident.flapping && incident.reopenedAt.length >= settings.flapCount) {
    incident.flapping = true
    note(state, incident, now, 'flapping', { params: { count: incident.reopenedAt.length } })
  }
  return incident
}

function setLevel(incident: Incident, level: Severity, seen: Measurement, now: number): void {
  if (incident.level !== level) incident.levelSince = now
  incident.level = level
  if (rank(level) > rank(incident.peak)) incident.peak = level
  incident.cause = seen.cause
  incident.params = seen.params
}

/** Whether a change is worth a notification: a level higher than the last one announced, or its cool-down is over. */
function announce(incident: Incident, { now, settings }: Surroundings): boolean {
  const higher = rank(incident.level) > rank(incident.notifiedLevel)
  const cooled = now - incident.notifiedAt >= settings.coolDown[incident.level]
  if (!higher && !cooled) return false
  incident.notifiedLevel = incident.level
  incident.notifiedAt = now
  return true
}

/** Follows a level up or down. A rise wakes what was acknowledged, or snoozed at a lower level. */
export function changeLevel(
  state: IncidentState,
  incident: Incident,
  seen: Measurement,
  level: Severity,
  around: Surroundings,
): void {
  const rises = rank(level) > rank(incident.level)
  const from = incident.level
  setLevel(incident, level, seen, around.now)
  if (!rises) return note(state, incident, around.now, 'better', { params: { ...seen.params, from } })
  incident.acknowledged = null
  if (incident.snoozed === null || rank(level) > rank(incident.snoozed.level)) {
    incident.snoozed = null
    incident.state = 'open'
  }
  const ping = announce(incident, around) && incident.state === 'open'
  note(state, incident, around.now, 'worse', { params: { ...seen.params, from }, ping })
  if (incident.place === 'held' || (incident.place === 'digest' && level === 'critical')) {
    const before = incident.place
    place(state, incident, around)
    if (before === 'digest') touchDigest(state, incident)
  }
}

/** Ends an incident, and shows what it had absorbed and is still open. */
export function resolve(state: IncidentState, incident: Incident, around: Surroundings): void {
  incident.state = 'resolved'
  incident.resolvedAt = around.now
  incident.snoozed = null
  incident.unseenSince = null
  incident.flapping = false
  note(state, incident, around.now, 'resolved', { params: { minutes: minutesOpen(incident, around.now) } })
  for (const released of releaseHeld(state, around)) note(state, released, around.now, 'released')
}

function minutesOpen(incident: Incident, now: number): number {
  return Math.round((now - incident.openedAt) / 60_000)
}

/** Calls for help once for a critical incident that nobody took in time. */
export function escalateOverdue(state: IncidentState, around: Surroundings): void {
  const { now, settings } = around
  for (const incident of state.incidents) {
    const overdue =
      incident.state === 'open' &&
      incident.level === 'critical' &&
      incident.escalatedAt === null &&
      incident.place !== 'held' &&
      incident.paused === null &&
      now - incident.levelSince >= settings.escalateAfter
    if (!overdue || absorbedBy(state, incident)) continue
    incident.escalatedAt = now
    note(state, incident, now, 'escalated', { ping: true })
  }
}

/** Ends snoozes that ran out and flapping incidents that stayed quiet. */
export function settleTimers(state: IncidentState, around: Surroundings): void {
  const { now, settings } = around
  for (const incident of state.incidents) {
    if (!isActive(incident) || incident.paused) continue
    if (incident.snoozed && incident.snoozed.until <= now) {
      incident.snoozed = null
      incident.state = 'open'
      note(state, incident, now, 'woken', { ping: announce(incident, around) })
    }
    if (incident.flapping && incident.clearSince !== null && now - incident.clearSince >= settings.flapQuiet)
      resolve(state, incident, around)
  }
}

/**
 * Puts aside what is open on nodes that nobody looks at: not looking is no recovery, and no reason to call anybody
 * either. Looks from before count for nothing when the node is looked at again.
 */
export function pauseUnwatched(state: IncidentState, { now, unwatched }: Surroundings): void {
  if (unwatched.size === 0) return
  for (const incident of state.incidents) {
    const why = incident.subject.nodeId === null ? undefined : unwatched.get(incident.subject.nodeId)
    if (why === undefined || !isActive(incident) || incident.paused?.why === why) continue
    incident.paused = { since: incident.paused?.since ?? now, why }
    incident.clearSince = null
    incident.unseenSince = null
    note(state, incident, now, 'paused', { params: { why } })
  }
  for (const key of Object.keys(state.watches)) {
    const nodeId = nodeOfKey(key)
    if (nodeId !== null && unwatched.has(nodeId)) delete state.watches[key]
  }
}

/** Takes up again what was put aside on nodes that have just been looked at; the time until a call for help is new. */
export function resumeWatched(state: IncidentState, signals: readonly Signal[], around: Surroundings): void {
  const { now, unwatched } = around
  const looked = new Set(signals.map(({ subject }) => subject.nodeId))
  for (const incident of state.incidents) {
    const { nodeId } = incident.subject
    if (!incident.paused || nodeId === null || unwatched.has(nodeId) || !looked.has(nodeId)) continue
    incident.paused = null
    incident.levelSince = now
    note(state, incident, now, 'resumed')
  }
}
