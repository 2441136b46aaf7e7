import type { ConditionCode, Severity } from '../monitor/conditions.ts'
import { andParams, type Measurement, rank, type Signal } from '../monitor/signal.ts'
import type { Incident, TimelineEntry, TimelineKind } from './incident.ts'
import type { IncidentBook } from './incident-book.ts'
import { isListed, place, releaseHeld, type Surroundings, touchDigests } from './placing.ts'

const HOUR = 3_600_000
/** Entries of all timelines together, half a kilobyte of memory each. Those of many incidents are shorter. */
const ENTRIES_OF_FLEET = 40_000
const LEAST_ENTRIES = 20
/** More than a thread will ever be read for. */
const MOST_ENTRIES = 200

/** Writes one line into the timeline and marks the message as outdated. */
export function note(
  book: IncidentBook,
  id: string,
  at: number,
  kind: TimelineKind,
  more: Partial<Pick<TimelineEntry, 'by' | 'params' | 'ping'>> = {},
): void {
  const share = Math.floor(ENTRIES_OF_FLEET / book.incidents.size)
  const limit = Math.max(LEAST_ENTRIES, Math.min(MOST_ENTRIES, share))
  const noted = book.incidents.edit(id, (incident) => {
    const { timeline, level } = incident
    const { by = null, params = {}, ping = false } = more
    timeline.push({ at, kind, level, by, params, ping })
    const surplus = Math.max(0, timeline.length - limit)
    timeline.splice(0, surplus)
    incident.timelineStart += surplus
    incident.revision += 1
  })
  touchDigests(book, noted)
}

/** Opens an incident for a confirmed level, or reopens the one that ended a moment ago. */
export function openIncident(
  book: IncidentBook,
  signal: Signal,
  seen: Measurement,
  level: Severity,
  around: Surroundings,
): void {
  const recent = book.newestBy(signal.key)
  const { now, settings } = around
  if (recent && recent.resolvedAt !== null && now - recent.resolvedAt <= settings.reopenWithin)
    return reopen(book, recent.id, seen, level, around)
  const id = `I-${book.takeNumber()}`
  book.incidents.put(id, newIncident(id, signal, seen, level, now))
  note(book, id, now, 'opened', { params: seen.params })
  place(book, id, around)
}

function newIncident(
  id: string,
  { key, topic, subject }: Signal,
  { cause, params }: Measurement,
  level: Severity,
  now: number,
): Incident {
  return {
    id,
    key,
    topic,
    subject,
    state: 'open',
    level,
    peak: level,
    cause,
    causes: [cause],
    params,
    openedAt: now,
    levelSince: now,
    resolvedAt: null,
    acknowledged: null,
    snoozed: null,
    reopenedAt: [],
    flapping: false,
    clearSince: null,
    unseenSince: null,
    paused: null,
    notifiedLevel: level,
    notifiedAt: now,
    escalatedAt: null,
    place: 'held',
    digestIds: [],
    timeline: [],
    timelineStart: 0,
    revision: 0,
  }
}

function reopen(
  book: IncidentBook,
  id: string,
  seen: Measurement,
  level: Severity,
  around: Surroundings,
): void {
  const { now, settings } = around
  const back = book.incidents.edit(id, (incident) => {
    incident.state = 'open'
    // Whoever took it had finished with it.
    incident.acknowledged = null
    incident.resolvedAt = null
    incident.clearSince = null
    incident.reopenedAt = [...incident.reopenedAt.filter((at) => now - at < HOUR), now]
    incident.causes = []
    setLevel(incident, level, seen, now)
  })
  // Its digest may have been put away with the last of its lines resolved.
  if (back.place === 'digest' && !isListed(book, back)) place(book, id, around)
  note(book, id, now, 'reopened', { params: seen.params, ping: announce(book, id, around) })
  const count = back.reopenedAt.length
  if (back.flapping || count < settings.flapCount) return
  book.incidents.edit(id, (incident) => {
    incident.flapping = true
  })
  note(book, id, now, 'flapping', { params: { count } })
}

function setLevel(incident: Incident, level: Severity, seen: Measurement, now: number): void {
  if (incident.level !== level) incident.levelSince = now
  incident.level = level
  if (rank(level) > rank(incident.peak)) incident.peak = level
  takeCause(incident, seen)
}

function takeCause(incident: Incident, { cause, params }: Measurement): void {
  incident.cause = cause
  incident.params = params
  if (!incident.causes.includes(cause)) incident.causes = [...incident.causes, cause]
}

/** Whether a change is worth a notification: a level higher than the last one announced, or its cool-down is over. */
export function announce(book: IncidentBook, id: string, { now, settings }: Surroundings): boolean {
  const incident = book.incidents.get(id)
  if (!incident) return false
  const { level, notifiedLevel, notifiedAt } = incident
  if (rank(level) <= rank(notifiedLevel) && now - notifiedAt < settings.coolDown[level]) return false
  book.incidents.edit(id, (draft) => {
    draft.notifiedLevel = level
    draft.notifiedAt = now
  })
  return true
}

/** Follows a level up or down. A rise wakes what was acknowledged, or snoozed at a lower level. */
export function changeLevel(
  book: IncidentBook,
  before: Incident,
  seen: Measurement,
  level: Severity,
  around: Surroundings,
): void {
  const { now } = around
  const { id, level: from, place: was, causes } = before
  const rises = rank(level) > rank(from)
  const params = andParams<string | number>(seen.params, { from })
  const moved = book.incidents.edit(id, (incident) => {
    setLevel(incident, level, seen, now)
    incident.clearSince = null
    if (!rises) return
    incident.acknowledged = null
    if (incident.snoozed === null || rank(level) > rank(incident.snoozed.level)) {
      incident.snoozed = null
      incident.state = 'open'
    }
  })
  if (!rises) return note(book, id, now, 'better', { params })
  const ping = announce(book, id, around) && moved.state === 'open'
  note(book, id, now, 'worse', { params, ping })
  if (!causes.includes(seen.cause)) noteCause(book, id, seen, now, false)
  if (was === 'held' || (was === 'digest' && level === 'critical')) {
    place(book, id, around)
    if (was === 'digest') touchDigests(book, moved)
  }
}

/**
 * Follows another cause at the same level. A cause that was not there before is a change: it is told once, and may call.
 * One that outranks every level wakes whoever had taken the incident for less.
 */
export function changeCause(
  book: IncidentBook,
  before: Incident,
  seen: Measurement,
  around: Surroundings,
): void {
  const { id } = before
  const isNew = !before.causes.includes(seen.cause)
  const wakes = isNew && outranksLevels(seen.cause)
  const after = book.incidents.edit(id, (incident) => {
    takeCause(incident, seen)
    incident.revision += 1
    if (!wakes) return
    incident.acknowledged = null
    incident.snoozed = null
    incident.state = 'open'
    incident.notifiedAt = around.now
  })
  if (!isNew) return
  const ping = after.state === 'open' && (wakes || announce(book, id, around))
  noteCause(book, id, seen, around.now, ping)
}

function noteCause(book: IncidentBook, id: string, seen: Measurement, now: number, ping: boolean): void {
  note(book, id, now, 'cause', {
    params: andParams<string | number>(seen.params, { cause: seen.cause }),
    ping,
  })
}

/** Causes that say more than how full something is: what the level warned of has happened. */
const OUTRANKING: ReadonlySet<ConditionCode> = new Set(['context-overflow'])

export function outranksLevels(cause: ConditionCode): boolean {
  return OUTRANKING.has(cause)
}

/** Ends an incident, and shows what it had absorbed and is still open. */
export function resolve(book: IncidentBook, id: string, around: Surroundings): void {
  const { now } = around
  const over = book.incidents.edit(id, (incident) => {
    incident.state = 'resolved'
    incident.resolvedAt = now
    incident.snoozed = null
    incident.unseenSince = null
    incident.flapping = false
    incident.clearSince ??= now
  })
  book.watches.delete(over.key)
  const minutes = Math.round((now - over.openedAt) / 60_000)
  note(book, id, now, 'resolved', { params: { minutes } })
  if (over.topic === 'blind' || over.topic === 'availability') noLongerExplained(book, over)
  showReleased(book, around, RELEASED_AT_ONCE)
}

/** What a wider incident explained may be shown, and call for help, without waiting. */
function noLongerExplained(
  { incidents, index, toRelease }: IncidentBook,
  { topic, subject }: Incident,
): void {
  const [held, active] =
    topic === 'blind'
      ? [index.held, index.active]
      : [index.heldOn(subject.nodeId), index.activeOn(subject.nodeId)]
  for (const id of held) toRelease.add(id)
  for (const id of active) index.renew(id, incidents.get(id))
}

/** What a single end releases at once; the rest follows with the next ticks. */
const RELEASED_AT_ONCE = 100

/** Shows what may be shown again, no more than `atMost`. */
export function showReleased(book: IncidentBook, around: Surroundings, atMost: number): void {
  for (const id of releaseHeld(book, around, atMost)) note(book, id, around.now, 'released')
}
