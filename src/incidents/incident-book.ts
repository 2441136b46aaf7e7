import type { Crowd } from './crowds.ts'
import type { Counters, Digest, Incident, Mute, Watch } from './incident.ts'
import { IncidentIndex } from './incident-index.ts'
import { RecordTable } from './record-table.ts'
import type { IncidentSettings } from './settings.ts'
import { WatchIndex } from './watch-index.ts'

/** The key of the only record of its kind. */
export const COUNTERS = 'all'
const NOTHING_COUNTED: Counters = { nextNumber: 1, posts: [], steppedAt: null }

/**
 * Everything that is known about incidents, as records that are found without searching. A step writes into it and is
 * then settled or reverted as a whole.
 */
export class IncidentBook {
  readonly index: IncidentIndex
  readonly watchIndex = new WatchIndex()
  readonly incidents: RecordTable<Incident>
  readonly digests = new RecordTable<Digest>((digest) => ({ ...digest }))
  readonly watches = new RecordTable<Watch>(
    (watch) => ({ ...watch }),
    (key, watch) => this.watchIndex.moved(key, watch !== undefined),
  )
  readonly mutes = new RecordTable<Mute>((mute) => ({ ...mute }))
  readonly counters = new RecordTable<Counters>((counters) => ({ ...counters }))
  /** Held incidents that may no longer have to be: those that changed, and those whose reason may be over. */
  readonly toRelease = new Set<string>()
  /** Nodes that would have more open than they may, by what the last look left out; known to this process only. */
  readonly crowds = new Map<string, Crowd>()
  /** Those of them of which more is known than was told. */
  readonly crowdsMoved = new Set<string>()
  /** No time in the records lies after this one; infinite while that is not known. */
  latestAt = Number.POSITIVE_INFINITY
  /** Whether the last tick fell into the quiet hours. */
  wasQuiet = false
  /** When it was last asked whether mutes by tag still cover what they hold. */
  tagsCheckedAt = Number.NEGATIVE_INFINITY
  /** When the watches were last looked through for those that nobody needs. */
  watchesSweptAt = Number.NEGATIVE_INFINITY
  readonly #tables: readonly Pick<RecordTable<object>, 'touched' | 'settle' | 'revert'>[]

  constructor(settings: IncidentSettings) {
    this.index = new IncidentIndex(settings)
    this.incidents = new RecordTable<Incident>(copyIncident, (id, incident) => {
      this.index.moved(id, incident)
      if (incident?.place === 'held') this.toRelease.add(id)
    })
    this.#tables = [this.incidents, this.digests, this.watches, this.mutes, this.counters]
  }

  /** The open incident with this key. */
  openBy(key: string): Incident | undefined {
    const incident = this.newestBy(key)
    return incident?.state === 'resolved' ? undefined : incident
  }

  /** The newest incident with this key, open or over. */
  newestBy(key: string): Incident | undefined {
    const id = this.index.latest(key)
    return id === undefined ? undefined : this.incidents.get(id)
  }

  /** The records behind ids; what is gone meanwhile is left out. */
  all(ids: Iterable<string>): Incident[] {
    const found: Incident[] = []
    for (const id of ids) {
      const incident = this.incidents.get(id)
      if (incident) found.push(incident)
    }
    return found
  }

  get counted(): Counters {
    return this.counters.get(COUNTERS) ?? NOTHING_COUNTED
  }

  count(changes: Partial<Counters>): void {
    this.counters.put(COUNTERS, { ...this.counted, ...changes })
  }

  /** Takes the next number for an incident or a digest. */
  takeNumber(): number {
    const { nextNumber } = this.counted
    this.count({ nextNumber: nextNumber + 1 })
    return nextNumber
  }

  get changed(): boolean {
    return this.#tables.some((table) => table.touched)
  }

  settle(): void {
    for (const table of this.#tables) table.settle()
  }

  revert(): void {
    for (const table of this.#tables) table.revert()
  }

  /** What was found out on the way may not hold: held incidents, and that no time lies ahead, are looked at again. */
  doubt(): void {
    for (const id of this.index.held) this.toRelease.add(id)
    this.latestAt = Number.POSITIVE_INFINITY
  }
}

/** The name of a mute: one for each scope. */
export function muteKey({ nodeId, agentId, tag }: Pick<Mute, 'nodeId' | 'agentId' | 'tag'>): string {
  return JSON.stringify([nodeId, agentId, tag])
}

function copyIncident(incident: Incident): Incident {
  return { ...incident, timeline: [...incident.timeline] }
}
