import type { NodeRecord } from './schema.ts'

const indexes = new WeakMap<readonly NodeRecord[], ReadonlyMap<string, NodeRecord>>()

/** The record with this id among those of {@link RegistryPort.list}, without searching through a large fleet. */
export function findRecord(records: readonly NodeRecord[], id: string | null): NodeRecord | undefined {
  if (id === null) return undefined
  // Only a list that never changes can be remembered.
  if (!Object.isFrozen(records)) return records.find((record) => record.id === id)
  const known = indexes.get(records)
  if (known) return known.get(id)
  const index = new Map(records.map((record) => [record.id, record]))
  indexes.set(records, index)
  return index.get(id)
}
