import type { Digest, Incident, IncidentState, Mute, Watch } from './incident.ts'
import { IncidentIndex, numberOf } from './incident-index.ts'
import { RecordTable } from './record-table.ts'
import type { IncidentSettings } from './settings.ts'
import { WatchIndex } from './watch-index.ts'

/** A digest without its lines: those are the incidents that name it. */
export type DigestRecord = Omit<Digest, 'members'>

/** What is counted over all incidents. */
export interface Counters {
  nextNumber: number
  /** Times of the messages posted in the last hour. */
  posts: readonly number[]
  /** About when the last step was taken while posts or digests count; tells a jump of the clock from time passing. */
  steppedAt: number | null
}

const COUNTERS = 'all'

/**
 * Everything that is known about incidents, as records that are found without searching. A step writes into it and is
 * then settled or reverted as a whole.
 */
export class IncidentBook {
  readonly index: IncidentIndex
  readonly watchIndex = new WatchIndex()
  readonly incidents: RecordTable<Incident>
  readonly digests = new RecordTable<DigestRecord>((digest) => ({
    ...digest,
    delivery: { ...digest.delivery },
  }))
  readonly watches = new RecordTable<Watch>(
    (watch) => ({ ...watch }),
    (key, watch) => this.watchIndex.moved(key, watch !== undefined),
  )
  readonly mutes = new RecordTable<Mute>((mute) => ({ ...mute }))
  readonly counters = new RecordTable<Counters>((counters) => ({ ...counters }))
  /** Held incidents that may no longer have to be: those that changed, and those whose reason may be over. */
  readonly toRelease = new Set<string>()
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
    this.counters.load(COUNTERS, { nextNumber: 1, posts: [], steppedAt: null })
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
    return this.counters.get(COUNTERS) as Counters
  }

  count(changes: Partial<Counters>): void {
    this.counters.edit(COUNTERS, (counters) => void Object.assign(counters, changes))
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
    // What was found to be held for a reason is looked at again, and a time may have been noted that never was.
    for (const id of this.index.held) this.toRelease.add(id)
    this.latestAt = Number.POSITIVE_INFINITY
  }

  /** Everything in one piece, as people and files read it. */
  state(): IncidentState {
    const { nextNumber, posts, steppedAt } = this.counted
    return {
      version: 1,
      nextNumber,
      incidents: [...this.incidents.values()],
      watches: Object.fromEntries(this.watches.entries()),
      digests: [...this.digests.values()].map((digest) => ({
        ...digest,
        members: [...this.index.members(digest.id)],
      })),
      posts: [...posts],
      steppedAt,
      mutes: [...this.mutes.values()],
    }
  }
}

/** The name of a mute: one for each scope. */
export function muteKey({ nodeId, agentId, tag }: Pick<Mute, 'nodeId' | 'agentId' | 'tag'>): string {
  return JSON.stringify([nodeId, agentId, tag])
}

/** Opens the book on a state in one piece. */
export function bookOf(state: IncidentState, settings: IncidentSettings): IncidentBook {
  const book = new IncidentBook(settings)
  const lists = new Map<string, string[]>()
  for (const { id, members } of state.digests)
    for (const member of members) lists.set(member, [...new Set([...(lists.get(member) ?? []), id])])
  for (const incident of [...state.incidents].sort((a, b) => numberOf(a.id) - numberOf(b.id)))
    book.incidents.load(incident.id, { ...incident, digestIds: lists.get(incident.id) ?? [] })
  for (const { members: _, ...digest } of state.digests) book.digests.load(digest.id, digest)
  for (const [key, watch] of Object.entries(state.watches)) book.watches.load(key, watch)
  for (const mute of state.mutes) book.mutes.load(muteKey(mute), mute)
  const { nextNumber, posts, steppedAt } = state
  book.counters.load(COUNTERS, { nextNumber, posts, steppedAt })
  return book
}

function copyIncident(incident: Incident): Incident {
  return { ...incident, timeline: [...incident.timeline], delivery: { ...incident.delivery } }
}
