import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Clock, monotonicMs } from '../base/clock.ts'
import { Turns } from '../base/turns.ts'
import type { Signal } from '../monitor/signal.ts'
import { createSerial } from '../state/serial.ts'
import type { Store, Transaction } from '../store/store.ts'
import { begin, type IncidentInput, matters, step, takeSignal, widestFirst } from './engine.ts'
import type { Digest, Incident, Mute, Unwatched } from './incident.ts'
import { IncidentBook } from './incident-book.ts'
import { counters, digests, incidents, mutes, watches } from './incident-records.ts'
import { explainedBy, type Surroundings } from './placing.ts'
import { followRecords, type RecordFollower } from './record-follower.ts'
import type { IncidentSettings } from './settings.ts'

/** How long one piece of work lasts before the event loop gets its turn. */
const SLICE_MS = 5
/** Between two looks at the clock. */
const SIGNALS_AT_ONCE = 16
/** So many incidents are moved by time alone in one piece. */
const MOVED_AT_ONCE = 200

/** Everything that people may want to see of the incidents. */
export interface IncidentsView {
  readonly incidents: readonly Incident[]
  readonly digests: readonly Digest[]
  readonly mutes: readonly Mute[]
}

/** The incidents as the rest of the program sees them. A record never changes; a newer one takes its place. */
export interface IncidentsPort {
  /** All of them, as they are now. */
  state(): IncidentsView
  get(id: string): Incident | undefined
  /** The open incident with this key of a signal. */
  openBy(key: string): Incident | undefined
  /** The open incidents about a node or something on it. */
  openOn(nodeId: string): Incident[]
  /** The open incidents that this one explains: its node is away, or the bot itself sees nothing. */
  explainedBy(incident: Incident): Incident[]
  /** What should have a message of its own. */
  posted(): { incidents: Incident[]; digests: readonly Digest[] }
  digest(id: string): Digest | undefined
  /** The incidents that a digest lists. */
  membersOf(digestId: string): Incident[]
  /**
   * Takes one step; resolves with the new state once it is on disk. Many signals are taken in slices, with a turn of the
   * event loop and of whoever else waits between them.
   * @throws what the store throws; the slices before are then kept
   */
  apply(input: IncidentInput): Promise<IncidentsView>
  /** Calls back with the ids that changed, also by another process. Returns the unsubscribe. */
  onChange(listener: (ids: ReadonlySet<string>) => void): () => void
}

export interface DeskOptions {
  store: Store
  clock: Clock
  settings: IncidentSettings
  tagsOf(nodeId: string): readonly string[]
  /** The nodes that nobody looks at, as of `now`. */
  unwatchedAt(now: number): ReadonlyMap<string, Unwatched>
  isShown(id: string, revision: number): boolean
}

/** The incidents in memory and in the store, and their end. */
export interface IncidentDesk extends IncidentsPort {
  close(): Promise<void>
}

/** Opens the engine on its records: every step is one transaction, on the disk before anybody acts on it. */
export async function openIncidentDesk(options: DeskOptions): Promise<IncidentDesk> {
  const desk = new Desk(options)
  await desk.open()
  return desk
}

class Desk implements IncidentDesk {
  readonly #options: DeskOptions
  readonly #book: IncidentBook
  readonly #kinds: readonly RecordFollower[]
  readonly #serial = createSerial()
  readonly #listeners = new Set<(ids: ReadonlySet<string>) => void>()
  /** The revision of the store up to which the book knows everything. */
  #known = 0
  #stepping = false
  #unfollow = () => {}
  #view: IncidentsView | null = null

  constructor(options: DeskOptions) {
    this.#options = options
    const book = new IncidentBook(options.settings)
    this.#book = book
    this.#kinds = [
      followRecords(incidents, book.incidents),
      followRecords(digests, book.digests),
      followRecords(watches, book.watches),
      followRecords(mutes, book.mutes),
      followRecords(counters, book.counters),
    ]
  }

  async open(): Promise<void> {
    const { store } = this.#options
    const from = await store.transaction((tx) => tx.revision())
    for (const kind of this.#kinds) await kind.load(store)
    this.#known = from
    await this.#follow()
    this.#unfollow = store.onChange(() => {
      if (!this.#stepping) void this.#serial(() => this.#follow()).catch(() => undefined)
    })
  }

  async close(): Promise<void> {
    this.#unfollow()
    await this.#serial(async () => undefined)
  }

  state(): IncidentsView {
    const { incidents: all, digests: lists, mutes: silent } = this.#book
    this.#view ??= {
      incidents: [...all.values()],
      digests: [...lists.values()],
      mutes: [...silent.values()],
    }
    return this.#view
  }

  get(id: string): Incident | undefined {
    return this.#book.incidents.get(id)
  }

  openBy(key: string): Incident | undefined {
    return this.#book.openBy(key)
  }

  openOn(nodeId: string): Incident[] {
    return this.#book.all(this.#book.index.activeOn(nodeId))
  }

  explainedBy(incident: Incident): Incident[] {
    return explainedBy(this.#book, incident)
  }

  posted() {
    const { index, digests: lists } = this.#book
    return { incidents: this.#book.all(index.own), digests: [...lists.values()] }
  }

  digest(id: string): Digest | undefined {
    return this.#book.digests.get(id)
  }

  membersOf(digestId: string): Incident[] {
    return this.#book.all(this.#book.index.members(digestId))
  }

  onChange(listener: (ids: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async apply(input: IncidentInput): Promise<IncidentsView> {
    const around = this.#around()
    const take = (one: IncidentInput) => this.#step((book) => step(book, one, around, MOVED_AT_ONCE))
    let more = true
    if (input.kind === 'signals') await this.#takeSignals(input.signals, around)
    else more = await take(input)
    while (more) {
      await nextTurn()
      more = await take({ kind: 'tick' })
    }
    return this.state()
  }

  /** Signals that change nothing, which are nearly all, cost no transaction. */
  async #takeSignals(signals: readonly Signal[], around: Surroundings): Promise<void> {
    const ordered = await inTurns(signals, (signal) => matters(this.#book, signal))
    const due = widestFirst(ordered)
    let done = 0
    while (done < due.length) {
      const from = done
      done = await this.#step((book) => {
        begin(book, around)
        const until = monotonicMs() + SLICE_MS
        let next = from
        do
          for (const end = Math.min(next + SIGNALS_AT_ONCE, due.length); next < end; next += 1)
            takeSignal(book, due[next] as Signal, around)
        while (next < due.length && monotonicMs() < until)
        return next
      })
      await nextTurn()
    }
  }

  #around(): Surroundings {
    const { clock, settings, tagsOf, unwatchedAt, isShown } = this.#options
    const now = clock.now()
    return { now, settings, tagsOf, unwatched: unwatchedAt(now), isShown }
  }

  /** One transaction: takes in what others wrote, works on the book, and writes what changed. */
  #step<R>(work: (book: IncidentBook) => R): Promise<R> {
    return this.#serial(async () => {
      const book = this.#book
      const before = this.#known
      let moved: string[] = []
      this.#stepping = true
      try {
        const result = await this.#options.store.transaction((tx) => {
          // An attempt that was in another's way is made anew.
          book.revert()
          moved = this.#takeIn(tx)
          const done = work(book)
          for (const kind of this.#kinds) moved.push(...kind.write(tx))
          this.#known = tx.revision()
          return done
        })
        book.settle()
        this.#publish(moved)
        return result
      } catch (error) {
        book.revert()
        book.doubt()
        this.#view = null
        this.#known = Math.min(this.#known, before)
        throw error
      } finally {
        this.#stepping = false
      }
    })
  }

  async #follow(): Promise<void> {
    let moved: string[] = []
    await this.#options.store.transaction((tx) => {
      moved = this.#takeIn(tx)
    })
    this.#publish(moved)
  }

  #takeIn(tx: Transaction): string[] {
    const revision = tx.revision()
    if (revision === this.#known) return []
    const moved = this.#kinds.flatMap((kind) => kind.takeIn(tx, this.#known))
    this.#known = revision
    if (moved.length > 0) this.#book.doubt()
    return moved
  }

  #publish(moved: readonly string[]): void {
    if (moved.length === 0) return
    this.#view = null
    const ids = new Set(moved)
    for (const listener of this.#listeners) listener(ids)
  }
}

/** Filters a long list, with a turn of the event loop every few milliseconds. */
async function inTurns<T>(all: readonly T[], keep: (one: T) => boolean): Promise<T[]> {
  const kept: T[] = []
  const turns = new Turns()
  for (const [index, one] of all.entries()) {
    if (keep(one)) kept.push(one)
    if (index % SIGNALS_AT_ONCE === 0 && turns.isDue()) await turns.give()
  }
  return kept
}
