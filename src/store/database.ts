import { chmodSync, closeSync, openSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite'
import { OperatorError } from '../base/errors.ts'
import { hasCode, makePrivateFolder } from '../state/atomic-file.ts'
import type { Indexed } from './store.ts'

/** Another process opens or closes the file at the same moment; later waits are asynchronous. */
const OPEN_WAIT_MS = 5_000
const PAGE_CACHE_KIB = 4_096
/** A log that was emptied keeps at most this much room on the disk. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024

/** Result codes of SQLite (sqlite.org/rescode.html); the low byte is the kind. */
const READ_ONLY = 8
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
const CANNOT_OPEN = 14
const NOT_A_DATABASE = 26
const BUSY = 5
/** The shared memory of the log could not grow. */
const NO_ROOM_FOR_SHARED_MEMORY = 4_874

/**
 * The tables, oldest first: a file of version N gets the steps after N. `value` null marks a deletion that readers of
 * `changesSince` have still to see.
 */
const MIGRATIONS = [
  `CREATE TABLE records (
     collection TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, version INTEGER NOT NULL,
     written_at INTEGER NOT NULL, value TEXT
   ) STRICT;
   CREATE UNIQUE INDEX records_by_key ON records (collection, key);
   CREATE INDEX records_by_revision ON records (collection, revision);
   CREATE INDEX records_deleted ON records (written_at) WHERE value IS NULL;
   CREATE TABLE quarantine (
     collection TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL,
     reason TEXT NOT NULL, set_aside_at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
]

/** A version beyond these was never given to any file: the byte that holds it is damaged. */
const PLAUSIBLE_VERSIONS = 100

/** An open database file with its prepared statements. */
export class Database {
  readonly path: string
  readonly #db: DatabaseSyncInstance
  readonly #statements = new Map<string, StatementSyncInstance>()

  constructor(path: string, db: DatabaseSyncInstance) {
    this.path = path
    this.#db = db
  }

  /** A statement, prepared once. */
  sql(text: string): StatementSyncInstance {
    const known = this.#statements.get(text)
    if (known) return known
    const prepared = this.#db.prepare(text)
    this.#statements.set(text, prepared)
    return prepared
  }

  exec(text: string): void {
    this.#db.exec(text)
  }

  /** Does `work`, and once more with patience when another process was in the way. */
  waiting<R>(ms: number, work: () => R): R {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error)) throw error
    }
    this.exec(`PRAGMA busy_timeout = ${ms}`)
    try {
      return work()
    } finally {
      this.exec('PRAGMA busy_timeout = 0')
    }
  }

  /** Undoes a transaction that failed; a failed commit may have ended it already. */
  rollBack(): void {
    rollBack(this.#db)
  }

  /**
   * @param tidy whether to leave all in the one file, with an empty log; the driver closes a file for good only once
   * its statements are collected as garbage, so that SQLite would not do it by itself
   */
  close(tidy = false): void {
    if (!this.#db.isOpen) return
    this.#statements.clear()
    try {
      if (tidy) this.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // Nothing is lost: the next opener reads the log.
    } finally {
      this.#db.close()
    }
  }
}

/**
 * Opens a database file of the store, makes it when it is missing (mode 0600) and brings it to the present tables.
 * @param options.now epoch milliseconds; revisions of a new file start there, so that they lie above those of any
 * file that it replaces
 * @throws OperatorError data-read-only, data-disk-full, data-newer, data-busy, state-damaged
 */
export async function openDatabase(
  path: string,
  options: { now: number; collections: readonly Indexed[] },
): Promise<Database> {
  try {
    await makePrivateFolder(dirname(path))
    makePrivateFile(path)
    const db = new DatabaseSync(path, { timeout: OPEN_WAIT_MS })
    try {
      // The log is synced by whoever waits for it, outside of the event loop; see `LogSync`.
      db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;
        PRAGMA cache_size = -${PAGE_CACHE_KIB}; PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES};`)
      migrate(db, options)
      db.exec('PRAGMA busy_timeout = 0')
      return new Database(path, db)
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    throw explain(error, path)
  }
}

/** SQLite would make it for everybody to read; its log and shared memory take the mode of the file. */
function makePrivateFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

function migrate(db: DatabaseSyncInstance, options: Parameters<typeof openDatabase>[1]): void {
  const version = versionOf(db)
  if (version < 0 || version > PLAUSIBLE_VERSIONS) throw new ImplausibleVersion(`version ${version}`)
  if (version < MIGRATIONS.length || missingIndexes(db, options.collections).length > 0) {
    db.exec('BEGIN IMMEDIATE')
    try {
      const from = versionOf(db)
      if (from < MIGRATIONS.length) {
        for (const step of MIGRATIONS.slice(from)) db.exec(step)
        db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
      }
      if (from === 0) {
        const meta = db.prepare('INSERT INTO meta VALUES (?, ?)')
        for (const name of ['revision', 'forgotten']) meta.run(name, options.now)
      }
      for (const { name, sql } of missingIndexes(db, options.collections))
        db.exec(`DROP INDEX IF EXISTS ${name}; ${sql}`)
      db.exec('COMMIT')
    } catch (error) {
      rollBack(db)
      throw error
    }
  }
  if (versionOf(db) > MIGRATIONS.length) throw new NewerDatabase()
}

class NewerDatabase extends Error {}

class ImplausibleVersion extends Error {}

function rollBack(db: DatabaseSyncInstance): void {
  if (db.isTransaction) db.exec('ROLLBACK')
}

function versionOf(db: DatabaseSyncInstance): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version)
}

function missingIndexes(db: DatabaseSyncInstance, collections: readonly Indexed[]) {
  const known = db.prepare("SELECT sql FROM sqlite_schema WHERE type = 'index'").all()
  const present = new Set(known.map(({ sql }) => sql))
  return collections.flatMap((collection) =>
    Object.keys(collection.indexes)
      .map((index) => {
        const name = `find_${nameOf(collection)}_${index}`.replaceAll('-', '_')
        const field = indexField(collection, index)
        const sql = `CREATE INDEX ${name} ON records (${field}, key) WHERE collection = '${collection.name}'`
        return { name, sql }
      })
      .filter(({ sql }) => !present.has(sql)),
  )
}

/** The name of a collection, which stands in SQL text: it is written in the program, never taken from data. */
export function nameOf(collection: Pick<Indexed, 'name'>): string {
  if (!/^[a-z][a-z-]*$/.test(collection.name)) throw new Error(`not a collection: ${collection.name}`)
  return collection.name
}

/** The field of an index as SQL; a value that is no JSON has none. */
export function indexField(collection: Indexed, index: string): string {
  const path = collection.indexes[index]
  if (path === undefined || !/^\$(\.[A-Za-z]+)+$/.test(path))
    throw new Error(`${collection.name} has no index ${index}`)
  return `CASE WHEN json_valid(value) THEN json_extract(value, '${path}') END`
}

/** The driver gives no code where a row cannot be read; these are SQLite's own words. */
const KIND_BY_MESSAGE: readonly [RegExp, number][] = [
  [/disk image is malformed/, CORRUPT],
  [/file is not a database/, NOT_A_DATABASE],
  [/database is locked/, BUSY],
  [/disk I\/O error/, IO_ERROR],
]

/** The kind of an SQLite error; null for anything else. */
function kindOf(error: unknown): number | null {
  if (!(error instanceof Error)) return null
  if (!('errcode' in error)) return KIND_BY_MESSAGE.find(([words]) => words.test(error.message))?.[1] ?? null
  return Number(error.errcode) === NO_ROOM_FOR_SHARED_MEMORY ? FULL : Number(error.errcode) & 0xff
}

/** Another process writes, or recovers the log, at this moment. */
export function isBusy(error: unknown): boolean {
  return kindOf(error) === BUSY
}

/** What went wrong with a database file, as a person can mend it. Other errors come back as they are. */
export function explain(error: unknown, path: string): unknown {
  const params = { file: basename(path) }
  if (error instanceof NewerDatabase) return new OperatorError('data-newer', params)
  const denied = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'EEXIST'].some((code) =>
    hasCode(error, code),
  )
  const kind = kindOf(error)
  if (denied || kind === READ_ONLY || kind === CANNOT_OPEN)
    return new OperatorError('data-read-only', params, { cause: error })
  if (kind === FULL || hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT'))
    return new OperatorError('data-disk-full', params, { cause: error })
  if (kind === CORRUPT || kind === NOT_A_DATABASE || error instanceof ImplausibleVersion)
    return new OperatorError('state-damaged', params, { cause: error })
  if (kind === BUSY) return new OperatorError('data-busy', params, { cause: error })
  return kind === IO_ERROR ? new OperatorError('data-unreachable', params, { cause: error }) : error
}
