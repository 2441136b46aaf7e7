import type { Collection, Store, Transaction } from '../store/store.ts'
import type { RecordTable } from './record-table.ts'

/** Keeps a table in memory and a collection of the store the same. */
export interface RecordFollower {
  /** Reads everything, in slices. */
  load(store: Store): Promise<void>
  /** Takes in what was written after `since`. Returns the keys. */
  takeIn(tx: Transaction, since: number): string[]
  /** Writes what the step under way has changed. Returns the keys. */
  write(tx: Transaction): string[]
}

export function followRecords<Row extends object>(
  collection: Collection<Row>,
  table: RecordTable<Row>,
): RecordFollower {
  return {
    async load(store) {
      for (const { key, value } of await store.list(collection)) table.load(key, value)
    },
    takeIn(tx, since) {
      const { put, deleted, partial } = tx.changesSince(collection, since)
      const there = new Set(put.map(({ key }) => key))
      const gone = partial ? deleted : [...table.keys()].filter((key) => !there.has(key))
      for (const { key, value } of put) table.load(key, value)
      for (const key of gone) table.load(key, null)
      return [...there, ...gone]
    },
    write(tx) {
      const changes = table.changes()
      for (const { key, row } of changes)
        if (row === null) tx.delete(collection, key)
        else tx.put(collection, key, row)
      return changes.map(({ key }) => key)
    },
  }
}
