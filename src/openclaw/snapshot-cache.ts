import { readFile } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { hasCode, writeFileAtomic } from '../state/atomic-file.ts'
import { createSerial } from '../state/serial.ts'
import type { SnapshotCache } from './ports.ts'
import { type NodeSnapshot, snapshotSchema } from './snapshot.ts'

/** A crash forgets at most this much; what is kept is only a first answer until the next sweep. */
const SAVE_EVERY_MS = 30_000
/** A node with more than this is left out of the file, so that one node cannot make every save slow. */
const MAX_SNAPSHOT_CHARACTERS = 512 * 1024
/** About a millisecond of work. */
const SLICE_CHARACTERS = 128 * 1024

/** The cache with its file. */
export interface PersistentSnapshotCache extends SnapshotCache {
  /** Writes what has changed since the last save. Never rejects: a cache that cannot be saved is only logged. */
  save(): Promise<void>
  /** Saves a last time and ends. */
  close(): Promise<void>
}

/**
 * The last snapshots, with a file (mode 0600, one snapshot per line) from which they come back after a restart: every
 * value then is stale with the reason `from-cache`. Lines that do not fit are dropped; the file is never needed.
 */
export async function openSnapshotCache(options: {
  path: string
  clock: Clock
  log: Log
}): Promise<PersistentSnapshotCache> {
  const { path, clock, log } = options
  const snapshots = new Map<string, NodeSnapshot>()
  for (const snapshot of await load(path, log)) snapshots.set(snapshot.nodeId, snapshot)
  const serial = createSerial()
  const ended = new AbortController()
  let dirty = false

  const save = () =>
    serial(async () => {
      if (!dirty) return
      dirty = false
      try {
        await writeFileAtomic(path, await linesOf([...snapshots.values()]))
      } catch (error) {
        log.warn({ file: path, err: error }, 'snapshots could not be saved')
      }
    })

  const loop = (async () => {
    while (!ended.signal.aborted) {
      await clock.sleep(SAVE_EVERY_MS, ended.signal)
      await save()
    }
  })().catch(() => undefined)

  return {
    get: (nodeId) => snapshots.get(nodeId),
    set: (snapshot) => {
      snapshots.set(snapshot.nodeId, snapshot)
      dirty = true
    },
    delete: (nodeId) => {
      dirty = snapshots.delete(nodeId) || dirty
    },
    save,
    close: async () => {
      ended.abort()
      await loop
      await save()
    },
  }
}

/** In slices: the snapshots of a large fleet are megabytes, and an answer to a person must not wait for all of them. */
async function linesOf(snapshots: readonly NodeSnapshot[]): Promise<Buffer> {
  const slices: Buffer[] = []
  let slice = ''
  for (const snapshot of snapshots) {
    const line = JSON.stringify(snapshot)
    if (line.length > MAX_SNAPSHOT_CHARACTERS) continue
    slice += `${line}\n`
    if (slice.length < SLICE_CHARACTERS) continue
    slices.push(Buffer.from(slice))
    slice = ''
    await setImmediate()
  }
  slices.push(Buffer.from(slice))
  return Buffer.concat(slices)
}

async function load(path: string, log: Log): Promise<NodeSnapshot[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) log.warn({ file: path, err: error }, 'snapshots could not be read')
    return []
  }
  const lines = text.split('\n').filter((line) => line !== '')
  const snapshots = lines.flatMap((line) => parseLine(line) ?? [])
  const dropped = lines.length - snapshots.length
  if (dropped > 0) log.warn({ file: path, dropped }, 'saved snapshots dropped')
  return snapshots
}

function parseLine(line: string): NodeSnapshot | null {
  try {
    return snapshotSchema.parse(markStale(JSON.parse(line)))
  } catch {
    return null
  }
}

/** Turns every fresh reading in a tree into a stale one. */
function markStale(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(markStale)
  if (typeof value !== 'object' || value === null) return value
  const marked = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, markStale(part)]))
  return marked.freshness === 'fresh'
    ? { ...marked, freshness: 'stale', reason: { code: 'from-cache' } }
    : marked
}
