import type { ZodType } from 'zod'

/**
 * The store holds everything of ocm that moves, as records: a collection, a key, a JSON value. Several processes use it
 * at once. How to use it:
 *
 *     const incidents = defineCollection({ name: 'incident', schema: incidentSchema })
 *     await store.transaction((tx) => {
 *       const before = tx.get(incidents, id)
 *       if (before) tx.put(incidents, id, { ...before, acknowledged: true })
 *     })
 *     const open = await store.list(incidents, { prefix: 'tokyo/' })
 *     const seen = await store.changesSince(incidents, revision)
 *
 * A transaction is on the disk when its promise resolves, and is seen whole or not at all. Keep it short (below 10 ms
 * of work); for many records use `inSlices`. For reads that must not wait keep the collection in memory with
 * `openMirror`: it follows changes of every process.
 */
export interface Store extends RecordReads {
  /**
   * Runs `body` alone among all writers of all processes, then makes what it wrote durable. `body` is synchronous and
   * has no effect besides `tx`: when it throws nothing is written, and an implementation may run it again.
   * @throws what `body` throws; OperatorError data-read-only, data-disk-full, data-busy, state-damaged. Nothing is
   * written then
   */
  transaction<R>(body: (tx: Transaction) => R): Promise<R>
  /** One put as a transaction of its own. @throws as `transaction` */
  put<T>(collection: Collection<T>, key: string, value: T): Promise<void>
  /** One deletion as a transaction of its own. @throws as `transaction` */
  delete<T>(collection: Collection<T>, key: string): Promise<void>
  /**
   * Calls back after each durable change, whichever process made it; a change of another process is seen within a
   * second. A transaction of this process resolves after its listeners have ended. Returns the unsubscribe.
   */
  onChange(listener: () => void | Promise<void>): () => void
  /** Deletes what is kept no longer, in slices; a store that stays open does so by itself every hour. */
  upkeep(): Promise<void>
  /** Ends what is under way and gives the files free. */
  close(): Promise<void>
}

/** Reads outside of a transaction. A record that does not fit its schema is not there; see {@link Collection.schema}. */
export interface RecordReads {
  get<T>(collection: Collection<T>, key: string): Promise<T | undefined>
  /** Records in the order of their keys, read in slices: what changes meanwhile may be seen or not. */
  list<T>(collection: Collection<T>, query?: ListQuery): Promise<StoredRecord<T>[]>
  /** What was put or deleted after `revision`; 0 asks for everything. */
  changesSince<T>(collection: Collection<T>, revision: number): Promise<Changes<T>>
  /**
   * Reads at once, for the few records that a caller cannot wait for.
   * @throws OperatorError as `transaction`
   */
  readNow<R>(body: (reads: Reads) => R): R
}

/** Reads of one moment. */
export interface Reads {
  get<T>(collection: Collection<T>, key: string): T | undefined
  list<T>(collection: Collection<T>, query?: ListQuery): StoredRecord<T>[]
  changesSince<T>(collection: Collection<T>, revision: number): Changes<T>
}

/** Reads and writes of one transaction; it sees its own writes. */
export interface Transaction extends Reads {
  /** The revision of the last transaction of any process; once this one has written, its own. */
  revision(): number
  /** @throws ZodError for a value that does not fit; RecordTooLarge. The transaction then writes nothing */
  put<T>(collection: Collection<T>, key: string, value: T): void
  /** Deletes a record; the deletion is seen by `changesSince` for a day at least. */
  delete<T>(collection: Collection<T>, key: string): void
  /** Deletes the oldest records for good, without a trace for `changesSince`. Returns how many; at most `limit`. */
  forget<T>(collection: Collection<T>, range: { before: string; limit: number }): number
}

/** One kind of records. */
export interface Collection<T> {
  readonly name: string
  /**
   * What a value is, checked when it is written and when it is read. A stored value that does not fit costs this one
   * record: it is set aside, logged, and reads as if it were not there.
   */
  readonly schema: ZodType<T>
  /** Raised with each change of the shape. Records of a higher version are left alone and read as not there. */
  readonly version: number
  /** Makes a value of an older version fit; what it throws sets the record aside. */
  readonly upgrade?: (value: unknown, version: number) => unknown
  /** Fields by which records are found, as JSON paths: `{ node: '$.nodeId' }`. */
  readonly indexes: Readonly<Record<string, string>>
  /** The longest value in characters of JSON. */
  readonly maxCharacters: number
  /**
   * Whether a value is checked when it is written; always when it is read. False only for what is written in masses
   * and can be lost.
   */
  readonly checked: boolean
  /** What is older, or more, is deleted; see {@link Retention}. */
  readonly keep: Retention | null
}

/** What a file has to know of a collection to find its records. */
export type Indexed = Pick<Collection<unknown>, 'name' | 'indexes' | 'keep'>

/** How much of a collection is kept. The record that was written first goes first. */
export interface Retention {
  /** Since it was last written, milliseconds. */
  forMs: number
  records: number
}

/** Which records a list holds: all that match every part given. */
export interface ListQuery {
  prefix?: string
  /** First key, inclusive. */
  from?: string
  /** End of the keys, exclusive. */
  to?: string
  /** One of the indexes of the collection and the value looked for. */
  index?: { name: string; value: string | number }
  limit?: number
  /** Last key first. */
  reverse?: boolean
}

/** A record as it is stored. `revision` is that of the transaction which wrote it, and only grows. */
export interface StoredRecord<T> {
  key: string
  value: T
  revision: number
}

/** What happened to a collection. */
export interface Changes<T> {
  /** The revision up to which this is known; give it to the next call. */
  revision: number
  /** When false, `put` is everything that there is and what is not in it is gone. */
  partial: boolean
  put: StoredRecord<T>[]
  deleted: string[]
}

/** A value that is longer than its collection allows: nothing is written that would be refused when it is read. */
export class RecordTooLarge extends Error {
  override readonly name = 'RecordTooLarge'

  constructor(collection: string, key: string, characters: number) {
    super(`${collection}/${key.slice(0, 80)} has ${characters} characters`)
  }
}

const MAX_CHARACTERS = 1024 * 1024

/** Describes a kind of records; see {@link Collection} for what is left out. */
export function defineCollection<T>(
  options: Pick<Collection<T>, 'name' | 'schema'> & Partial<Collection<T>>,
): Collection<T> {
  return {
    version: 1,
    indexes: {},
    maxCharacters: MAX_CHARACTERS,
    checked: true,
    keep: null,
    ...options,
  }
}
