import { type Database, indexField, nameOf } from './database.ts'
import { originalKey, storedKey } from './record-key.ts'
import {
  type Changes,
  type Collection,
  type Indexed,
  type ListQuery,
  RecordTooLarge,
  type StoredRecord,
  type Transaction,
} from './store.ts'

/** A record whose value does not fit. */
export interface Misfit {
  collection: string
  /** As it is stored. */
  key: string
  revision: number
  reason: string
}

/** A row of `records`. */
interface Row {
  key: string
  revision: number
  version: number
  value: string | null
}

/** Reads and writes rows of one database as records. Everything is synchronous; errors are those of SQLite. */
export class Records {
  readonly #db: Database
  readonly #onMisfit: (misfit: Misfit) => void
  readonly #met: Map<string, Indexed>

  /** @param met every collection that was read as a whole or written to comes in here, under its name */
  constructor(db: Database, onMisfit: (misfit: Misfit) => void, met: Map<string, Indexed>) {
    this.#db = db
    this.#onMisfit = onMisfit
    this.#met = met
  }

  /** The revision of the last transaction of any process. */
  revision(): number {
    return this.#meta('revision')
  }

  get<T>(collection: Collection<T>, key: string): T | undefined {
    const found = this.#db
      .sql('SELECT key, revision, version, value FROM records WHERE collection = ? AND key = ?')
      .get(collection.name, storedKey(key))
    return found === undefined ? undefined : this.#read(collection, found as Row)?.value
  }

  list<T>(collection: Collection<T>, query: ListQuery = {}): StoredRecord<T>[] {
    return this.page(collection, query).records
  }

  /**
   * The records of a list, and where the next page goes on: the key as it is stored, also of a record that did not
   * fit, or null when this was the last page.
   */
  page<T>(
    collection: Collection<T>,
    query: ListQuery & { beyond?: string | undefined },
  ): { records: StoredRecord<T>[]; beyond: string | undefined } {
    this.#met.set(collection.name, collection)
    const where = [`collection = '${nameOf(collection)}'`, 'value IS NOT NULL']
    const values: (string | number)[] = []
    const and = (condition: string, value: string | number | undefined) => {
      if (value === undefined) return
      where.push(condition)
      values.push(value)
    }
    const key = (text: string | undefined) => (text === undefined ? undefined : storedKey(text))
    and('key >= ?', key(query.from))
    and('key < ?', key(query.to))
    and('key >= ?', key(query.prefix))
    and('key < ?', key(query.prefix === undefined ? undefined : `${query.prefix}\u{10FFFF}`))
    and(query.reverse ? 'key < ?' : 'key > ?', query.beyond)
    if (query.index) and(`${indexField(collection, query.index.name)} = ?`, query.index.value)
    const order = query.reverse ? 'DESC' : 'ASC'
    const rows = this.#db
      .sql(
        `SELECT key, revision, version, value FROM records WHERE ${where.join(' AND ')} ORDER BY key ${order} LIMIT ?`,
      )
      .all(...values, query.limit ?? -1) as Row[]
    return {
      records: rows.flatMap((row) => this.#read(collection, row) ?? []),
      beyond: rows.length === query.limit ? rows.at(-1)?.key : undefined,
    }
  }

  changesSince<T>(collection: Collection<T>, since: number): Changes<T> {
    this.#met.set(collection.name, collection)
    const revision = this.revision()
    // Deletions before this were forgotten; a revision of the future belongs to a file that was replaced.
    const partial = since >= this.#meta('forgotten') && since <= revision
    if (!partial) return { revision, partial, put: this.list(collection), deleted: [] }
    const rows = this.#db
      .sql(
        'SELECT key, revision, version, value FROM records WHERE collection = ? AND revision > ? ORDER BY revision',
      )
      .all(collection.name, since) as Row[]
    const changes: Changes<T> = { revision, partial, put: [], deleted: [] }
    for (const row of rows) {
      const record = this.#read(collection, row)
      if (record) changes.put.push(record)
      else changes.deleted.push(originalKey(row.key))
    }
    return changes
  }

  /** The operations of one transaction, which `BEGIN` has opened. */
  transaction(now: number): { tx: Transaction; wrote(): boolean } {
    let revision: number | null = null
    const write = (name: string, key: string, version: number, value: string | null) => {
      revision ??= this.#nextRevision()
      this.#db
        .sql(
          `INSERT INTO records (collection, key, revision, version, written_at, value) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (collection, key) DO UPDATE SET revision = excluded.revision, version = excluded.version,
             written_at = excluded.written_at, value = excluded.value`,
        )
        .run(name, key, revision, version, now, value)
    }
    const tx: Transaction = {
      get: (collection, key) => this.get(collection, key),
      list: (collection, query) => this.list(collection, query),
      changesSince: (collection, since) => this.changesSince(collection, since),
      revision: () => this.revision(),
      put: (collection, key, value) => {
        this.#met.set(collection.name, collection)
        const text = collection.checked
          ? legible(JSON.stringify(collection.schema.parse(value)))
          : JSON.stringify(value)
        if (text.length > collection.maxCharacters)
          throw new RecordTooLarge(collection.name, key, text.length)
        write(collection.name, storedKey(key), collection.version, text)
      },
      delete: (collection, key) => {
        if (this.#row(collection.name, key)?.value != null)
          write(collection.name, key, collection.version, null)
      },
      forget: (collection, { before, limit }) => {
        const oldest = 'SELECT rowid FROM records WHERE collection = ? AND key < ? ORDER BY key LIMIT ?'
        const { changes } = this.#db
          .sql(`DELETE FROM records WHERE rowid IN (${oldest})`)
          .run(collection.name, storedKey(before), limit)
        if (Number(changes) > 0) revision ??= this.#nextRevision()
        return Number(changes)
      },
    }
    return { tx, wrote: () => revision !== null }
  }

  /** Moves a record that does not fit into the quarantine, unless it was replaced meanwhile. */
  setAside(misfit: Misfit, now: number): void {
    const row = this.#row(misfit.collection, misfit.key)
    if (!row || row.value === null || row.revision !== misfit.revision) return
    this.#db
      .sql('INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?)')
      .run(misfit.collection, misfit.key, row.version, row.value, misfit.reason, now)
    this.#db
      .sql('UPDATE records SET value = NULL, revision = ?, written_at = ? WHERE collection = ? AND key = ?')
      .run(this.#nextRevision(), now, misfit.collection, misfit.key)
  }

  /** Deletes traces of deletions older than `before`, at most `limit`. Returns how many. */
  forgetDeletions(before: number, limit: number): number {
    const oldest = 'SELECT rowid FROM records WHERE value IS NULL AND written_at < ? LIMIT ?'
    const gone = this.#db
      .sql(`DELETE FROM records WHERE rowid IN (${oldest}) RETURNING revision`)
      .all(before, limit) as { revision: number }[]
    const latest = Math.max(this.#meta('forgotten'), ...gone.map(({ revision }) => revision))
    if (gone.length > 0) this.#db.sql("UPDATE meta SET value = ? WHERE name = 'forgotten'").run(latest)
    return gone.length
  }

  /**
   * Deletes what was written before `before`, and the first written of more than `most`; at most `limit` of each. It is told like
   * every deletion: who holds the collection in memory must hold no more.
   */
  expire(
    name: string,
    { now, before, most, limit }: { now: number; before: number; most: number; limit: number },
  ): number {
    const deleted = this.#count(
      'records INDEXED BY records_deleted WHERE value IS NULL AND collection = ?',
      name,
    )
    const count = this.#count('records WHERE collection = ?', name) - deleted
    const surplus = Math.min(limit, Math.max(0, count - most))
    const first =
      'SELECT rowid, written_at FROM records WHERE collection = ? AND value IS NOT NULL ORDER BY revision LIMIT ?'
    const gone = this.#db
      .sql(`SELECT rowid FROM (${first}) WHERE written_at < ? UNION SELECT rowid FROM (${first})`)
      .all(name, limit, before, name, surplus) as { rowid: number }[]
    if (gone.length === 0) return 0
    const revision = this.#nextRevision()
    const end = this.#db.sql('UPDATE records SET value = NULL, revision = ?, written_at = ? WHERE rowid = ?')
    for (const { rowid } of gone) end.run(revision, now, rowid)
    return gone.length
  }

  /** Empties the quarantine of what was set aside before, and of all but the newest. */
  trimQuarantine(before: number, most: number): void {
    this.#db
      .sql(
        `DELETE FROM quarantine WHERE set_aside_at < ? OR rowid NOT IN
           (SELECT rowid FROM quarantine ORDER BY rowid DESC LIMIT ?)`,
      )
      .run(before, most)
  }

  #read<T>(collection: Collection<T>, row: Row): StoredRecord<T> | null {
    // What a newer ocm wrote is not damaged: it is left for the newer ocm.
    if (row.value === null || row.version > collection.version) return null
    try {
      const stored: unknown = JSON.parse(row.value)
      const upgraded =
        row.version < collection.version && collection.upgrade
          ? collection.upgrade(stored, row.version)
          : stored
      return { key: originalKey(row.key), value: collection.schema.parse(upgraded), revision: row.revision }
    } catch (error) {
      const reason = error instanceof Error ? error.message.slice(0, 1_000) : 'does not fit'
      this.#onMisfit({ collection: collection.name, key: row.key, revision: row.revision, reason })
      return null
    }
  }

  #row(collection: string, key: string): Row | undefined {
    return this.#db
      .sql('SELECT key, revision, version, value FROM records WHERE collection = ? AND key = ?')
      .get(collection, key) as Row | undefined
  }

  #nextRevision(): number {
    const next = this.#db
      .sql("UPDATE meta SET value = value + 1 WHERE name = 'revision' RETURNING value")
      .get() as { value: number }
    return next.value
  }

  #count(rows: string, name: string): number {
    const { count } = this.#db.sql(`SELECT count(*) AS count FROM ${rows}`).get(name) as {
      count: number
    }
    return count
  }

  #meta(name: string): number {
    return Number(this.#db.sql('SELECT value FROM meta WHERE name = ?').get(name)?.value)
  }
}

/**
 * The same JSON, in which nothing moves the cursor of whoever looks at it: JSON escapes line feeds and their like, and
 * what else a viewer may take for a line break or that changes how a line reads is escaped here.
 */
function legible(json: string): string {
  return json.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, escapeUnits)
}

function escapeUnits(text: string): string {
  let escaped = ''
  for (let index = 0; index < text.length; index++)
    escaped += `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`
  return escaped
}
