import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { conforms } from '../base/conforms.ts'
import { Latest } from '../base/latest.ts'
import type { Log } from '../base/log.ts'
import { createSerial } from '../state/serial.ts'
import { inSlices } from '../store/slices.ts'
import { defineCollection, RecordTooLarge, type Store, type Transaction } from '../store/store.ts'
import type { FormerFile } from '../store/take-over.ts'
import type { SnapshotCache } from './ports.ts'
import { type NodeSnapshot, snapshotSchema } from './snapshot.ts'

/** A crash forgets at most this much of what moved; what is kept is only a first answer until the next sweep. */
const SAVE_EVERY_MS = 30_000
/** A node of which only the small figures move is written this often. */
const REWRITE_AFTER_MS = 5 * 60_000
const DAY_MS = 24 * 3_600_000
/** Nodes of which it is remembered that there is nothing; anybody may ask for any name. */
const MOST_ABSENT = 10_000

/** The last snapshots, one node a record. Every value that is read back is stale. */
export const snapshots = defineCollection({
  name: 'snapshot',
  schema: z.unknown().transform((value) => markStale(snapshotOf(value))),
  checked: false,
  // A node with more than this is left out, so that one node cannot make every save slow.
  maxCharacters: 512 * 1024,
  keep: { forMs: 30 * DAY_MS, records: 100_000 },
})

/** The cache with its records. */
export interface PersistentSnapshotCache extends SnapshotCache {
  /** Writes what is worth it since the last save. Never rejects: a cache that cannot be saved is only logged. */
  save(): Promise<void>
  /** Saves all that has changed a last time and ends. */
  close(): Promise<void>
}

/** What is known to be in the store of one node. */
interface Written {
  at: number
  gist: string
}

/**
 * The last snapshots, with records from which they come back after a restart: every value then is stale with the
 * reason `from-cache`. A record is read when its node is first asked for. None of them is ever needed.
 * @param options.store may be one that is not durable
 */
export function openSnapshotCache(options: {
  store: Store
  clock: Clock
  log: Log
}): PersistentSnapshotCache {
  const { store, clock, log } = options
  const known = new Map<string, NodeSnapshot>()
  const absent = new Latest<string, true>(MOST_ABSENT)
  const written = new Map<string, Written>()
  const changed = new Set<string>()
  const listeners = new Set<(nodeId: string) => void>()
  const tell = (nodeId: string) => {
    for (const listener of listeners) listener(nodeId)
  }
  const serial = createSerial()
  const ended = new AbortController()

  const stored = (nodeId: string) => {
    try {
      return store.readNow((reads) => reads.get(snapshots, nodeId))
    } catch (error) {
      log.warn({ node: nodeId, err: error }, 'a snapshot could not be read')
      return undefined
    }
  }
  const isWorthIt = (nodeId: string) => {
    const before = written.get(nodeId)
    const snapshot = known.get(nodeId)
    if (!before || !snapshot || clock.monotonic() - before.at >= REWRITE_AFTER_MS) return true
    return before.gist !== gistOf(snapshot)
  }
  const write = (tx: Transaction, nodeId: string) => {
    const snapshot = known.get(nodeId)
    if (snapshot) {
      putOrLeaveOut(tx, snapshot)
      written.set(nodeId, { at: clock.monotonic(), gist: gistOf(snapshot) })
    } else {
      tx.delete(snapshots, nodeId)
      written.delete(nodeId)
    }
  }
  const save = (which: (nodeId: string) => boolean) =>
    serial(async () => {
      const due = [...changed].filter(which)
      // What changes while it is being written is written again.
      for (const nodeId of due) changed.delete(nodeId)
      try {
        await inSlices(store, due, write)
      } catch (error) {
        for (const nodeId of due) {
          changed.add(nodeId)
          written.delete(nodeId)
        }
        log.warn({ err: error }, 'snapshots could not be saved')
      }
    })

  const loop = (async () => {
    while (!ended.signal.aborted) {
      await clock.sleep(SAVE_EVERY_MS, ended.signal)
      await save(isWorthIt)
    }
  })().catch(() => undefined)

  return {
    get: (nodeId) => {
      const there = known.get(nodeId)
      if (there !== undefined || absent.has(nodeId) || changed.has(nodeId)) return there
      const found = stored(nodeId)
      if (found === undefined) absent.set(nodeId, true)
      else known.set(nodeId, found)
      return found
    },
    set: (snapshot) => {
      known.set(snapshot.nodeId, snapshot)
      changed.add(snapshot.nodeId)
      tell(snapshot.nodeId)
    },
    delete: (nodeId) => {
      known.delete(nodeId)
      absent.set(nodeId, true)
      changed.add(nodeId)
      tell(nodeId)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    save: () => save(isWorthIt),
    close: async () => {
      ended.abort()
      await loop
      await save(() => true)
    },
  }
}

/** The snapshots of the time before the store. Lines that do not fit are left behind. */
export function formerSnapshots(store: Store): FormerFile {
  return {
    name: 'snapshots.jsonl',
    kind: 'file',
    store,
    writes: (text) =>
      text.split('\n').flatMap((line) => {
        const snapshot = parseLine(line)
        return snapshot ? [(tx: Transaction) => putOrLeaveOut(tx, snapshot)] : []
      }),
  }
}

function parseLine(line: string): NodeSnapshot | null {
  try {
    return snapshots.schema.parse(JSON.parse(line))
  } catch {
    return null
  }
}

function putOrLeaveOut(tx: Transaction, snapshot: NodeSnapshot): void {
  try {
    tx.put(snapshots, snapshot.nodeId, snapshot)
  } catch (error) {
    if (!(error instanceof RecordTooLarge)) throw error
    tx.delete(snapshots, snapshot.nodeId)
  }
}

/** What of a snapshot somebody would miss after a crash; the small figures of the machine always move. */
function gistOf({ state, reason, service, install, sessions }: NodeSnapshot): string {
  const contexts = sessions.value?.map(
    ({ key, status, context }) => `${key} ${status} ${context.used.value} ${context.used.freshness}`,
  )
  const facts = [state, reason?.code, service.pid.value, install.version.value, sessions.freshness]
  return JSON.stringify([facts, contexts])
}

/** Each command of the command line reads the snapshots of the whole fleet. @throws ZodError when it is none */
function snapshotOf(value: unknown): NodeSnapshot {
  return conforms(snapshotSchema, value) ? (value as NodeSnapshot) : snapshotSchema.parse(value)
}

/** Turns every fresh reading in a tree into a stale one; the tree was read from a file and is nobody else's. */
function markStale<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const key in value) markStale(value[key])
  if ('freshness' in value && value.freshness === 'fresh')
    Object.assign(value, { freshness: 'stale', reason: { code: 'from-cache' } })
  return value
}
