import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { type Clock, systemClock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { createSerial } from '../state/serial.ts'
import { Checkpoints } from './checkpoint.ts'
import { type Database, explain, isBusy, openDatabase } from './database.ts'
import { LogSync } from './log-sync.ts'
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

/** A change made by another process is seen within this time. */
const WATCH_INTERVAL_MS = 1_000
/** Deletions are told to other processes for this long; what did not fit is kept for longer. */
const DELETIONS_MS = 24 * 3_600_000
const QUARANTINE_MS = 90 * DELETIONS_MS
const QUARANTINE_RECORDS = 1_000
/** What is too old goes soon after the start and then every hour; a command line has ended by then. */
const UPKEEP_AFTER_MS = 60_000
const UPKEEP_EVERY_MS = 3_600_000
/** So many records are deleted in one transaction. */
const UPKEEP_SLICE = 200
/** How long a writer waits for the writers of other processes; one of them takes milliseconds. */
const BUSY_LIMIT_MS = 5_000
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
  const db = await openDatabase(options.path, {
    now: clock.now(),
    collections: options.collections ?? [],
  })
  return new SqliteStore(db, { ...options, clock })
}

class SqliteStore implements Store {
  readonly #db: Database
  readonly #records: Records
  readonly #sync: LogSync
  readonly #clock: Clock
  readonly #log: Log
  readonly #durable: boolean
  readonly #serial = createSerial()
  readonly #listeners = new Set<() => void | Promise<void>>()
  readonly #checkpoints: Checkpoints
  readonly #collections: readonly Indexed[]
  readonly #timers: NodeJS.Timeout[]
  readonly #misfits = new Map<string, Misfit>()
  #published: number
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
    },
  ) {
    this.#db = db
    this.#records = new Records(db, (misfit) => this.#found(misfit))
    this.#sync = new LogSync(options.path)
    this.#clock = options.clock
    this.#log = options.log
    this.#durable = options.durable ?? true
    this.#published = this.#records.revision()
    this.#collections = options.collections ?? []
    this.#checkpoints = new Checkpoints(options.path, {
      onFailure: (error) => this.#log.warn({ err: error }, 'the log of the store could not be shortened'),
    })
    const tidy = () => void this.upkeep().catch((error: unknown) => this.#complain(error))
    this.#timers = [
      setInterval(() => this.#look(), options.watchIntervalMs ?? WATCH_INTERVAL_MS),
      setTimeout(tidy, UPKEEP_AFTER_MS),
      setInterval(tidy, UPKEEP_EVERY_MS),
    ]
    for (const timer of this.#timers) timer.unref()
  }

  get<T>(collection: Collection<T>, key: string): Promise<T | undefined> {
    return this.#patiently(() => this.#records.get(collection, key))
  }

  changesSince<T>(collection: Collection<T>, revision: number): Promise<Changes<T>> {
    return this.#patiently(() => this.#records.changesSince(collection, revision))
  }

  readNow<R>(body: (reads: Reads) => R): R {
    try {
      return this.#db.waiting(READ_WAIT_MS, () => body(this.#records))
    } catch (error) {
      throw explain(error, this.#db.path)
    }
  }

  async list<T>(collection: Collection<T>, query: ListQuery = {}): Promise<StoredRecord<T>[]> {
    const found: StoredRecord<T>[] = []
    const most = query.limit ?? Number.POSITIVE_INFINITY
    let beyond: string | undefined
    for (;;) {
      const limit = Math.min(PAGE, most - found.length)
      const page = await this.#patiently(() => this.#records.page(collection, { ...query, limit, beyond }))
      found.push(...page.records)
      if (page.beyond === undefined || found.length >= most) return found
      beyond = page.beyond
      await nextTurn()
    }
  }

  async transaction<R>(body: (tx: Transaction) => R): Promise<R> {
    const { result, wrote } = await this.#serial(() => this.#patiently(() => this.#attempt(body)))
    if (wrote) {
      if (this.#durable) await this.#flush()
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

  /** Deletes what is kept no longer, in slices. */
  async upkeep(): Promise<void> {
    const limit = UPKEEP_SLICE
    const steps = [
      (now: number) => this.#records.forgetDeletions(now - DELETIONS_MS, limit),
      ...this.#collections.flatMap(({ name, keep }) =>
        keep === null
          ? []
          : [
              (now: number) =>
                this.#records.expire(name, { before: now - keep.forMs, most: keep.records, limit }),
            ],
      ),
    ]
    for (const step of steps) while (!this.#closed && (await this.#alone(step)) > 0) await nextTurn()
    await this.#alone((now) => this.#records.trimQuarantine(now - QUARANTINE_MS, QUARANTINE_RECORDS))
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.#checkpoints.idle()
    await this.#serial(async () => {
      if (this.#closed) return
      this.#closed = true
      await this.#sync.close()
      this.#db.close()
    })
  }

  /** One transaction, in one piece of work: nothing of this process comes between its beginning and its end. */
  #attempt<R>(body: (tx: Transaction) => R): { result: R; wrote: boolean } {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const { tx, wrote } = this.#records.transaction(this.#clock.now())
      const result = body(tx)
      this.#db.exec('COMMIT')
      return { result, wrote: wrote() }
    } catch (error) {
      this.#db.rollBack()
      throw error
    }
  }

  /** Work of the store itself as a transaction. */
  #alone<R>(work: (now: number) => R): Promise<R> {
    return this.#serial(() =>
      this.#patiently(() => {
        this.#db.exec('BEGIN IMMEDIATE')
        try {
          const result = work(this.#clock.now())
          this.#db.exec('COMMIT')
          return result
        } catch (error) {
          this.#db.rollBack()
          throw error
        }
      }),
    )
  }

  /** Does `work` once no other process stands in the way. @throws what `explain` makes of the error */
  async #patiently<T>(work: () => T): Promise<T> {
    const giveUpAt = performance.now() + BUSY_LIMIT_MS
    let step = 1
    for (;;) {
      try {
        return work()
      } catch (error) {
        if (!isBusy(error) || performance.now() > giveUpAt) throw explain(error, this.#db.path)
      }
      await pause(step * (0.5 + Math.random()))
      step = Math.min(step * 2, 20)
    }
  }

  async #flush(): Promise<void> {
    try {
      await this.#sync.flush()
    } catch (error) {
      throw new OperatorError('data-unreachable', { file: 'ocm' }, { cause: error })
    }
  }

  /** Looks whether another process has changed something. */
  #look(): void {
    if (this.#closed || this.#listeners.size === 0) return
    void this.#publish().catch((error: unknown) =>
      this.#log.warn({ err: error }, 'the store could not be looked at'),
    )
  }

  #complain(error: unknown): void {
    if (!this.#closed) this.#log.warn({ err: error }, 'old records could not be deleted')
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
    this.#misfits.set(id, misfit)
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
