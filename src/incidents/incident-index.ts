import { DueTimes } from './due-times.ts'
import type { Incident } from './incident.ts'
import type { IncidentSettings } from './settings.ts'

/** What an incident is found by. */
interface Facets {
  key: string
  nodeId: string | null
  active: boolean
  /** Explains others: the bot is blind, or a node is away. */
  wide: 'blind' | 'availability' | null
  /** Says that its node has more open than is shown. */
  crowd: boolean
  held: boolean
  own: boolean
  paused: boolean
  digestIds: readonly string[]
  dueAt: number | null
}

/** The incidents that a digest lists. */
interface Members {
  ids: Set<string>
  /** How many of them last. */
  active: number
}

const NONE: ReadonlySet<string> = new Set()

/** The ids of incidents by what they are looked for. Kept up to date record by record; see {@link IncidentIndex.moved}. */
export class IncidentIndex {
  /** What has to be looked at again at its time. */
  readonly due = new DueTimes()
  readonly active = new Set<string>()
  /** Over, in the order in which they ended. */
  readonly resolved = new Set<string>()
  readonly held = new Set<string>()
  /** With a message of their own. */
  readonly own = new Set<string>()
  /** Open ones that say that the bot sees nothing. */
  readonly blind = new Set<string>()
  readonly #settings: IncidentSettings
  readonly #facets = new Map<string, Facets>()
  readonly #latest = new Map<string, string>()
  readonly #activeOn = new Map<string | null, Set<string>>()
  readonly #heldOn = new Map<string | null, Set<string>>()
  readonly #pausedOn = new Map<string | null, Set<string>>()
  readonly #availability = new Map<string | null, Set<string>>()
  readonly #crowded = new Map<string | null, Set<string>>()
  readonly #members = new Map<string, Members>()

  constructor(settings: IncidentSettings) {
    this.#settings = settings
  }

  /** The newest incident with this key; if one is open, it is this one. */
  latest(key: string): string | undefined {
    return this.#latest.get(key)
  }

  /** Open incidents about a node or something on it. */
  activeOn(nodeId: string | null): ReadonlySet<string> {
    return this.#activeOn.get(nodeId) ?? NONE
  }

  heldOn(nodeId: string | null): ReadonlySet<string> {
    return this.#heldOn.get(nodeId) ?? NONE
  }

  /** Incidents of a node that are put aside. */
  pausedOn(nodeId: string | null): ReadonlySet<string> {
    return this.#pausedOn.get(nodeId) ?? NONE
  }

  /** Open incidents that say that a node is away. */
  availability(nodeId: string): ReadonlySet<string> {
    return this.#availability.get(nodeId) ?? NONE
  }

  /** Open incidents that say that a node has more open than is shown. */
  crowded(nodeId: string): ReadonlySet<string> {
    return this.#crowded.get(nodeId) ?? NONE
  }

  /** What a digest lists, in the order in which it was added. */
  members(digestId: string): ReadonlySet<string> {
    return this.#members.get(digestId)?.ids ?? NONE
  }

  /** How many of the incidents that a digest lists are not over. */
  activeMembers(digestId: string): number {
    return this.#members.get(digestId)?.active ?? 0
  }

  /** Takes in that an incident is now so, or gone. */
  moved(id: string, incident: Incident | undefined): void {
    const was = this.#facets.get(id)
    const is = incident === undefined ? undefined : facetsOf(incident, this.#settings)
    if (is === undefined) this.#facets.delete(id)
    else this.#facets.set(id, is)
    this.#moveKey(id, was, is)
    toggle(this.active, id, is?.active === true)
    toggle(this.resolved, id, is?.active === false)
    toggle(this.held, id, is?.held === true)
    toggle(this.own, id, is?.own === true)
    toggle(this.blind, id, is?.active === true && is.wide === 'blind')
    const nodeId = (is ?? was)?.nodeId ?? null
    toggleIn(this.#activeOn, nodeId, id, is?.active === true)
    toggleIn(this.#heldOn, nodeId, id, is?.held === true)
    toggleIn(this.#pausedOn, nodeId, id, is?.paused === true)
    toggleIn(this.#availability, nodeId, id, is?.active === true && is.wide === 'availability')
    toggleIn(this.#crowded, nodeId, id, is?.active === true && is.crowd)
    this.#moveMembership(id, was, is)
    this.due.set(id, is?.dueAt ?? null)
  }

  /** What was put off is due at its own time again. */
  renew(id: string, incident: Incident | undefined): void {
    this.due.set(id, incident === undefined ? null : dueAt(incident, this.#settings))
  }

  #moveKey(id: string, was: Facets | undefined, is: Facets | undefined): void {
    if (is === undefined) {
      if (was && this.#latest.get(was.key) === id) this.#latest.delete(was.key)
      return
    }
    if (was !== undefined) return
    const known = this.#latest.get(is.key)
    if (known === undefined || numberOf(id) > numberOf(known)) this.#latest.set(is.key, id)
  }

  #moveMembership(id: string, was: Facets | undefined, is: Facets | undefined): void {
    if (was?.digestIds === is?.digestIds && was?.active === is?.active) return
    for (const digestId of was?.digestIds ?? []) {
      const members = this.#members.get(digestId)
      if (members === undefined) continue
      if (was?.active) members.active -= 1
      if (is?.digestIds.includes(digestId)) continue
      members.ids.delete(id)
      if (members.ids.size === 0) this.#members.delete(digestId)
    }
    for (const digestId of is?.digestIds ?? []) {
      const members = this.#members.get(digestId) ?? { ids: new Set(), active: 0 }
      this.#members.set(digestId, members)
      members.ids.add(id)
      if (is?.active) members.active += 1
    }
  }
}

function toggle(ids: Set<string>, id: string, belongs: boolean): void {
  if (belongs) ids.add(id)
  else ids.delete(id)
}

function toggleIn(
  sets: Map<string | null, Set<string>>,
  group: string | null,
  id: string,
  belongs: boolean,
): void {
  const ids = sets.get(group)
  if (belongs) {
    if (ids === undefined) sets.set(group, new Set([id]))
    else ids.add(id)
  } else if (ids?.delete(id) && ids.size === 0) sets.delete(group)
}

function facetsOf(incident: Incident, settings: IncidentSettings): Facets {
  const { topic, place, subject } = incident
  const active = incident.state !== 'resolved'
  return {
    key: incident.key,
    nodeId: subject.nodeId,
    active,
    wide: topic === 'blind' || topic === 'availability' ? topic : null,
    crowd: topic === 'crowd',
    held: place === 'held',
    own: place === 'own',
    paused: incident.paused !== null,
    digestIds: incident.digestIds,
    dueAt: dueAt(incident, settings),
  }
}

/** When something happens to an incident by itself; null when only a look or a person moves it. */
export function dueAt(incident: Incident, settings: IncidentSettings): number | null {
  if (incident.resolvedAt !== null && incident.state === 'resolved')
    return incident.resolvedAt + settings.keepResolved
  if (incident.paused?.why === 'retired') return incident.paused.since + settings.keepResolved
  if (incident.paused) return null
  const times: number[] = []
  if (incident.snoozed) times.push(incident.snoozed.until)
  if (incident.flapping && incident.clearSince !== null) times.push(incident.clearSince + settings.flapQuiet)
  if (callsForHelp(incident)) times.push(incident.levelSince + settings.escalateAfter)
  return times.length === 0 ? null : Math.min(...times)
}

/** Whether nobody has taken a critical incident that is shown. */
export function callsForHelp({ state, level, escalatedAt, place, paused }: Incident): boolean {
  return (
    state === 'open' && level === 'critical' && escalatedAt === null && place !== 'held' && paused === null
  )
}

/** The number in an id such as I-12. */
export function numberOf(id: string): number {
  return Number(id.slice(2))
}
