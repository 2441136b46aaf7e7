import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Clock, systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { createSerial } from '../state/serial.ts'
import { Checkpoints } from './checkpoint.ts'
import { fileIdentity, isDamage, markDamaged, openOrReplace } from './damage.ts'
import { type Database, explain } from './database.ts'
import { LogSync } from './log-sync.ts'
import { patiently } from './patience.ts'
import { type Misfit, Records } from './records.ts'
import type {
  Changes,
  Collection,
  Indexed,
  ListQuery,
  Reads,
  Store,
  StoredRecord,
  Transaction,
} from './store.ts'
import { deleteOld } from './upkeep.ts'

/** A change made by another process is seen within this time. */
const WATCH_INTERVAL_MS = 1_000
/** What is too old goes soon after the start and then every hour; a command line has ended by then. */
const UPKEEP_AFTER_MS = 60_000
const UPKEEP_EVERY_MS = 3_600_000
/** How long a read may stand still: only while another process recovers the log of a crash. */
const READ_WAIT_MS = 20
/** So many records are read in one piece; a record is some kilobytes. */
const PAGE = 64

/**
 * Opens a store in one SQLite file in WAL mode, mode 0600; `sqlite3 FILE 'SELECT * FROM records'` shows what is in it.
 * @param options.collections those that have indexes
 * @param options.durable false for what may lose its last seconds in a power cut (never in a crash of ocm): then a
 * transaction does not wait for the disk
 * @throws OperatorError data-read-only, data-disk-full, data-newer, data-busy, state-damaged
 */
export async function openSqliteStore(options: {
  path: string
  log: Log
  clock?: Clock
  collections?: readonly Indexed[]
  durable?: boolean
  watchIntervalMs?: number
}): Promise<Store> {
  const clock = options.clock ?? systemClock
  const collections = options.collections ?? []
  const open = () => openOrReplace(options.path, { now: clock.now(), collections, log: options.log })
  const db = await open()
  return new SqliteStore(db, { ...options, clock, open, file: await fileIdentity(options.path) })
}

class SqliteStore implements Store {
  readonly #open: () => Promise<Database>
  #db: Database
  #records: Records
  #sync: LogSync
  /** The file that is open, to tell when another process has replaced it. */
  #file: number | null
  readonly #clock: Clock
  readonly #log: Log
  readonly #durable: boolean
  readonly #serial = createSerial()
  readonly #listeners = new Set<() => void | Promise<void>>()
  readonly #checkpoints: Checkpoints
  /** What is kept of a collection is known once it was named at the opening or used. */
  readonly #collections: Map<string, Indexed>
  readonly #timers: NodeJS.Timeout[]
  readonly #misfits = new Set<string>()
  #published: number
  #damaged = false
  #wrote = false
  #closed = false

  constructor(
    db: Database,
    options: {
      path: string
      log: Log
      clock: Clock
      durable?: boolean
      watchIntervalMs?: number
      collections?: readonly Indexed[]
      open(): Promise<Database>
      file: number | null
    },
  ) {
    this.#open = options.open
    this.#file = options.file
    this.#db = db
    this.#collections = new Map(options.collections?.map((one) => [one.name, one]))
    this.#records = this.#over(db)
    this.#sync = new LogSync(options.path)
    this.#clock = options.clock
    this.#log = options.log
    this.#durable = options.durable ?? true
    this.#published = this.#records.revision()
    this.#checkpoints = new Checkpoints(options.path, {
      onFailure: (error) => this.#log.warn({ err: error }, 'the log of the store could not be shortened'),
    })
    const complain = (error: unknown) =>
      this.#closed || this.#log.warn({ err: error }, 'old records could not be deleted')
    const tidy = () => void this.upkeep().catch(complain)
    this.#timers = [
      setInterval(() => this.#look(), options.watchIntervalMs ?? WATCH_INTERVAL_MS),
      setTimeout(tidy, UPKEEP_AFTER_MS),
      setInterval(tidy, UPKEEP_EVERY_MS),
    ]
    for (const timer of this.#timers) timer.unref()
  }

  get<T>(collection: Collection<T>, key: string): Promise<T | undefined> {
    return this.#read(() => this.#records.get(collection, key))
  }

  changesSince<T>(collection: Collection<T>, revision: number): Promise<Changes<T>> {
    return this.#read(() => this.#records.changesSince(collection, revision))
  }

  readNow<R>(body: (reads: Reads) => R): R {
    try {
      return this.#db.waiting(READ_WAIT_MS, () => body(this.#records))
    } catch (error) {
      throw this.#explained(error)
    }
  }

  async list<T>(collection: Collection<T>, query: ListQuery = {}): Promise<StoredRecord<T>[]> {
    const found: StoredRecord<T>[] = []
    const most = query.limit ?? Number.POSITIVE_INFINITY
    let beyond: string | undefined
    for (;;) {
      const limit = Math.min(PAGE, most - found.length)
      const page = await this.#read(() => this.#records.page(collection, { ...query, limit, beyond }))
      found.push(...page.records)
      if (page.beyond === undefined || found.length >= most) return found
      beyond = page.beyond
      await nextTurn()
    }
  }

  async transaction<R>(body: (tx: Transaction) => R): Promise<R> {
    const { result, wrote } = await this.#serial(async () => {
      await this.#followFile()
      return this.#onSoundFile(
        () => this.#attempt(body),
        () => this.#followFile(),
      )
    })
    if (wrote) {
      this.#wrote = true
      if (this.#durable) await this.#sync.flush()
      this.#checkpoints.consider()
      await this.#publish()
    }
    return result
  }

  put<T>(collection: Collection<T>, key: string, value: T): Promise<void> {
    return this.transaction((tx) => tx.put(collection, key, value))
  }

  delete<T>(collection: Collection<T>, key: string): Promise<void> {
    return this.transaction((tx) => tx.delete(collection, key))
  }

  onChange(listener: () => void | Promise<void>): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async upkeep(): Promise<void> {
    await deleteOld([...this.#collections.values()], (work) => this.#alone((now) => work(this.#records, now)))
    await this.#publish()
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.#checkpoints.idle()
    await this.#serial(async () => {
      if (this.#closed) return
      this.#closed = true
      await this.#sync.close()
      this.#db.close(this.#wrote)
    })
  }

  #attempt<R>(body: (tx: Transaction) => R): { result: R; wrote: boolean } {
    return this.#committed((now) => {
      const { tx, wrote } = this.#records.transaction(now)
      const result = body(tx)
      return { result, wrote: wrote() }
    })
  }

  /** Work of the store itself as a transaction. */
  #alone<R>(work: (now: number) => R): Promise<R> {
    return this.#serial(() => this.#patiently(() => this.#committed(work)))
  }

  /** One transaction, in one piece: nothing of this process comes between its beginning and its end. */
  #committed<R>(work: (now: number) => R): R {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const result = work(this.#clock.now())
      this.#db.exec('COMMIT')
      return result
    } catch (error) {
      this.#db.rollBack()
      throw error
    }
  }

  /** Does `work` once no other process stands in the way. @throws what `explain` makes of the error */
  async #patiently<T>(work: () => T): Promise<T> {
    try {
      return await patiently(work)
    } catch (error) {
      throw this.#explained(error)
    }
  }

  #read<T>(work: () => T): Promise<T> {
    return this.#onSoundFile(work, () => this.#serial(() => this.#followFile()))
  }

  /** Does `work`, and once more when it met damage and the file was replaced. */
  async #onSoundFile<T>(work: () => T, replace: () => Promise<void>): Promise<T> {
    try {
      return await this.#patiently(work)
    } catch (error) {
      if (!isDamage(error)) throw error
    }
    await replace()
    return this.#patiently(work)
  }

  #explained(error: unknown): unknown {
    const explained = explain(error, this.#db.path)
    if (isDamage(explained)) this.#damaged = true
    return explained
  }

  /** Opens the file anew when it is damaged, or when another process has replaced it. */
  async #followFile(): Promise<void> {
    const { path } = this.#db
    if (this.#closed) return
    const same = (await fileIdentity(path)) === this.#file
    if (same && !this.#damaged) return
    // What another process has replaced meanwhile is sound.
    if (same) await markDamaged(path)
    await this.#sync.close()
    this.#db.close()
    this.#db = await this.#open()
    this.#damaged = false
    this.#file = await fileIdentity(path)
    this.#records = this.#over(this.#db)
    this.#sync = new LogSync(path)
    this.#log.warn({ file: path }, 'the store was replaced and is opened anew')
  }

  /** Looks whether another process has changed something. */
  #look(): void {
    if (this.#closed || this.#listeners.size === 0) return
    void this.#serial(() => this.#followFile())
      .then(() => this.#publish())
      .catch((error: unknown) => this.#log.warn({ err: error }, 'the store could not be looked at'))
  }

  #over(db: Database): Records {
    return new Records(db, (misfit) => this.#found(misfit), this.#collections)
  }

  async #publish(): Promise<void> {
    const revision = await this.#patiently(() => this.#records.revision())
    if (revision === this.#published) return
    this.#published = revision
    const ends = await Promise.allSettled([...this.#listeners].map(async (listener) => listener()))
    for (const end of ends)
      if (end.status === 'rejected')
        this.#log.error({ err: end.reason }, 'a change of the store could not be followed')
  }

  /** One bad record costs this record only: it is set aside a moment later, and said once. */
  #found(misfit: Misfit): void {
    const id = `${misfit.collection}/${misfit.key}`
    if (this.#misfits.has(id)) return
    this.#misfits.add(id)
    this.#log.warn({ ...misfit, key: misfit.key.slice(0, 200) }, 'a record does not fit and is set aside')
    setImmediate(() => void this.#setAside(id, misfit))
  }

  async #setAside(id: string, misfit: Misfit): Promise<void> {
    if (this.#closed) return
    try {
      await this.#alone((now) => this.#records.setAside(misfit, now))
    } catch (error) {
      this.#log.warn({ err: error, collection: misfit.collection }, 'a record could not be set aside')
    } finally {
      this.#misfits.delete(id)
    }
  }
}
