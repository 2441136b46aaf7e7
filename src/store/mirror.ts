import type { Changes, Collection, Store } from './store.ts'

/** A collection held in memory that follows every change, whichever process made it. */
export interface Mirror<T> {
  get(key: string): T | undefined
  entries(): IterableIterator<[string, T]>
  readonly size: number
  /** Calls back after the memory changed. Returns the unsubscribe. */
  onChange(listener: (changes: Changes<T>) => void): () => void
  /** Follows no more; the store stays open. */
  close(): void
}

/** Reads a collection into memory and keeps it there. */
export async function openMirror<T>(store: Store, collection: Collection<T>): Promise<Mirror<T>> {
  const records = new Map<string, T>()
  const listeners = new Set<(changes: Changes<T>) => void>()
  let revision = 0

  const follow = async () => {
    const changes = await store.changesSince(collection, revision)
    // Two calls may overlap: the one that knows less adds nothing.
    if (changes.revision <= revision && revision > 0) return
    revision = changes.revision
    if (!changes.partial) records.clear()
    for (const { key, value } of changes.put) records.set(key, value)
    for (const key of changes.deleted) records.delete(key)
    const moved = !changes.partial || changes.put.length + changes.deleted.length > 0
    if (moved) for (const listener of listeners) listener(changes)
  }

  await follow()
  const unsubscribe = store.onChange(follow)
  return {
    get: (key) => records.get(key),
    entries: () => records.entries(),
    get size() {
      return records.size
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: unsubscribe,
  }
}
