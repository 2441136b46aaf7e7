import { randomBytes } from 'node:crypto'
import { readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { collectYoung } from '../base/young-garbage.ts'
import { errorCode, makePrivateFolder, writeFileAtomic } from '../state/atomic-file.ts'
import { ArrivedNotes } from './arrived.ts'
import { DatabaseSpool } from './database-spool.ts'
import { belowFloor } from './disk-floor.ts'
import type { EarlierFiles, ToldFile } from './earlier.ts'
import { IncomingEntries, type Places, type Taken } from './incoming-entries.ts'
import { type Layout, newBackupId, nodeKey } from './layout.ts'
import {
  aboutSchema,
  type BackupAbout,
  type BackupEnding,
  endingSchema,
  listed,
  type Manifest,
  writeRecord,
} from './manifest.ts'
import { LARGEST_PIECE } from './object-format.ts'
import { ObjectWriter } from './object-writer.ts'
import type { Objects } from './objects.ts'
import { PieceMemory } from './piece-memory.ts'
import { PieceCutter } from './pieces.ts'
import type { ReadBack } from './read-back.ts'
import { walkArchive } from './walk-archive.ts'

/** What one backup may hold at most, unless told otherwise. */
const MOST_ENTRIES = 500_000
const LARGEST_FILE = 64 * 1024 ** 3
const LARGEST_BACKUP = 512 * 1024 ** 3
/** Room is looked at anew after this much has come in. */
const LOOK_EVERY_BYTES = 64 * 1024 ** 2
/** What came with so much is garbage by now; V8 left to itself waits until it takes it for something that stays. */
const COLLECT_EVERY_BYTES = 2 * 1024 ** 2
/** How far a backup that is coming in has got. Bytes of the archive; `newBytes` and `storedBytes` as in the manifest. */
export interface ReceiveProgress {
  bytes: number
  files: number
  newBytes: number
  storedBytes: number
}

/** How a backup is to come in. */
export interface ReceiveOptions {
  signal?: AbortSignal
  onProgress?: (progress: ReceiveProgress) => void
  /** Bytes per second; as fast as it goes when left out. */
  rateLimit?: number
  /** Asked once the archive has ended; throwing makes it no backup. */
  ending?: () => BackupEnding
  limits?: { entries?: number; fileBytes?: number; bytes?: number }
  /** Files that the node told before the archive, and where the content of those is that are not in there. `told` is emptied. */
  told?: ToldFile[]
  earlier?: EarlierFiles | null
  /** What belongs to the backup besides files; see {@link Manifest.told}. */
  besides?: string
}

/** What a store needs to take a backup in. */
export interface Receiver {
  layout: Layout
  objects: Objects
  clock: Clock
  /** Bytes that stay free on the disk of the store. */
  diskFloor: number
}

/**
 * Takes one backup in. The caller holds the lock of the node. Objects become visible one by one, each whole; the manifest
 * is written last, so before that there is no backup, and what came in only makes the next one quicker.
 */
export async function receive(
  store: Receiver,
  node: string,
  given: BackupAbout,
  tar: Readable,
  options: ReceiveOptions,
): Promise<{ manifest: Manifest; readBack: ReadBack }> {
  const about = aboutSchema.parse(given)
  const startedAt = store.clock.now()
  const staging = await makeStaging(store.layout, node)
  const there = options.earlier?.there ?? (await store.objects.known())
  const writer = new ObjectWriter(store.objects, staging, there)
  const notes = await ArrivedNotes.open(store.layout, node, startedAt)
  // Without an error: what lies behind the stream may have nobody who listens for one, which ends the process on Node 26.
  const stop = () => tar.destroy()
  // A stream that fails before it is read must not end the process.
  tar.on('error', () => undefined)
  if (options.signal?.aborted) stop()
  else options.signal?.addEventListener('abort', stop, { once: true })
  try {
    await holdFloor(store)
    const spool = spoolOf(store, writer, staging, options.signal)
    const isReadInPart = options.told?.some(({ same }) => same) === true
    const taken = await takeEntries(store, { writer, notes, spool }, about, tar, options)
    await spool?.open()
    const besides = keepBesides(writer, options.besides)
    await writer.settle()
    const ending = endingSchema.parse(options.ending?.() ?? { changed: listed([]), unreadable: listed([]) })
    options.signal?.throwIfAborted()
    const manifest: Manifest = {
      version: 1,
      id: newBackupId(startedAt),
      node,
      startedAt,
      finishedAt: store.clock.now(),
      about,
      ending,
      ...taken,
      ...besides,
      newBytes: writer.newBytes,
      storedBytes: writer.storedBytes,
      readWholeAt: isReadInPart ? (options.earlier?.readWholeAt ?? 0) : startedAt,
    }
    await writeFileAtomic(store.layout.manifest(node, manifest.id), writeRecord(manifest))
    await notes.remove()
    return { manifest, readBack: writer.readBack }
  } catch (error) {
    // What has come in whole need not come again. That it cannot be written is no news: the error says why.
    await writer.settle().catch(() => undefined)
    await notes.write().catch(() => undefined)
    await writer.giveUp()
    throw options.signal?.aborted ? new OperatorError('cancelled', {}, { cause: error }) : explained(error)
  } finally {
    options.signal?.removeEventListener('abort', stop)
    tar.destroy()
    await rm(staging, { recursive: true, force: true })
  }
}

/** A folder for what is not whole yet. What an earlier run of this node left goes: its lock is ours. */
async function makeStaging(layout: Layout, node: string): Promise<string> {
  const prefix = `${nodeKey(node)}.`
  for (const name of await readdir(layout.incoming))
    if (name.startsWith(prefix)) await rm(join(layout.incoming, name), { recursive: true, force: true })
  const staging = join(layout.incoming, `${prefix}${randomBytes(6).toString('hex')}`)
  await makePrivateFolder(staging)
  return staging
}

async function takeEntries(
  store: Receiver,
  places: Places,
  about: BackupAbout,
  tar: Readable,
  options: ReceiveOptions,
): Promise<Taken> {
  // What came before the archive is large, and garbage by now.
  collectYoung()
  const roots = about.roots.map(({ real }) => real)
  const entries = await IncomingEntries.begin(places, roots, options)
  let received = 0
  let looked = 0
  let collected = 0
  const archive = walkArchive(
    tar,
    {
      roots,
      entries: options.limits?.entries ?? MOST_ENTRIES,
      fileBytes: options.limits?.fileBytes ?? LARGEST_FILE,
      bytes: options.limits?.bytes ?? LARGEST_BACKUP,
    },
    {
      clock: store.clock,
      rateLimit: options.rateLimit ?? null,
      onBytes(count) {
        received += count
        if (received - collected >= COLLECT_EVERY_BYTES) {
          collected = received
          collectYoung()
        }
        const { newBytes, storedBytes } = places.writer
        options.onProgress?.({ bytes: received, files: entries.files, newBytes, storedBytes })
      },
    },
  )
  try {
    for await (const parts of archive) {
      if (received - looked >= LOOK_EVERY_BYTES) {
        looked = received
        await holdFloor(store)
      }
      await entries.take(parts)
    }
    return await entries.end()
  } finally {
    await entries.close()
  }
}

/** Where databases are opened before they are sealed; null where they are not. */
function spoolOf(
  { objects }: Receiver,
  { readBack }: ObjectWriter,
  staging: string,
  signal: AbortSignal | undefined,
): DatabaseSpool | null {
  if (objects.recipients.length === 0) return null
  return new DatabaseSpool(join(staging, 'databases'), readBack.databases, signal)
}

function keepBesides(writer: ObjectWriter, besides?: string): Pick<Manifest, 'told'> {
  if (besides === undefined) return {}
  const cutter = new PieceCutter(writer, 'told', new PieceMemory(LARGEST_PIECE))
  cutter.add(Buffer.from(besides))
  const { database: _, ...told } = cutter.end()
  return { told }
}

/** @throws OperatorError backup-disk-floor {free, floor}, in MiB */
async function holdFloor(store: Receiver): Promise<void> {
  const disk = await statfs(store.layout.root)
  const free = disk.bavail * disk.bsize
  if (free >= store.diskFloor) return
  throw belowFloor(free, store.diskFloor)
}

function explained(error: unknown): unknown {
  const code = errorCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new OperatorError('data-disk-full', {}, { cause: error })
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return new OperatorError('data-read-only', {}, { cause: error })
  return error
}
