import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { writeRecord } from '../backup/manifest.ts'
import { sha256Of } from '../backup/object-format.ts'
import { hashIfThere } from '../backup/store-files.ts'
import { hasCode } from '../state/atomic-file.ts'
import {
  type CopiedFile,
  type CopyRecord,
  copyKey,
  copyNameOf,
  fileKey,
  filesOfRecord,
} from './copy-record.ts'
import { type Asking, bytesThere, copiesThere, hashThere, recordThere } from './look.ts'
import { offsiteFailed, problemIn } from './target.ts'

const AT_ONCE = 4
/** An index of a pack has at most some 4,096 lines of 100 bytes. */
const LARGEST_INDEX = 16 * 1024 * 1024
/** Packs and their indexes. */
const PACKED = /^objects\/packs\/[^/]+$/

/** What is to be copied: a backup of a store, whose files `paths` names, the manifest as the last. */
export interface Outgoing {
  root: string
  /** By which the store is known there. */
  store: string
  owner: string
  id: string
  paths: readonly string[]
  /** What its databases are, where all of it was found sound: who cannot decrypt the copy knows it from nowhere else. */
  databases: CopyRecord['databases']
}

/** How a copy is to be made. */
export interface CopyWork {
  /** Reads everything back that lies there, also what its checksum vouches for. */
  readBack: boolean
  /** Epoch milliseconds. */
  now(): number
  /** Bytes of the store that are known to be there, of all of them. */
  onProgress(progress: { bytes: number; total: number }): void
}

/** What a copy is once it is there. */
export interface CopiedOut {
  /** All files of it, and their bytes in the store. */
  files: number
  bytes: number
  /** What of it had to go out. */
  sent: { files: number; bytes: number }
  /** Files that were there and were not what they should be; they were sent again. */
  mended: number
}

/**
 * Copies a backup as it lies in the store, and is done only when the target has vouched for each file: by the checksum that it
 * keeps, or by giving all of it back. What is there already does not go out again. The record of the copy is written last:
 * before that there is none, and what has gone out only makes the next trial quicker.
 * @throws OperatorError offsite-failed, cancelled; an error with ENOENT where a clean-up moved what was to be copied
 */
export async function copyOut(asking: Asking, from: Outgoing, work: CopyWork): Promise<CopiedOut> {
  const known = await knownFiles(asking, from)
  const sizes = new Map<string, number>()
  for (const path of from.paths) sizes.set(path, (await stat(join(from.root, path))).size)
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  const copied: CopiedOut = { files: 0, bytes: 0, sent: { files: 0, bytes: 0 }, mended: 0 }
  const files: CopiedFile[] = []
  const copy = new FileCopy(asking, from, known, work.readBack)
  const left = [...from.paths]
  const next = async (): Promise<void> => {
    for (let path = left.shift(); path !== undefined; path = left.shift()) {
      const { file, sent, mended } = await copy.of(path)
      files.push(file)
      copied.files += 1
      copied.bytes += file.bytes
      if (sent) copied.sent.files += 1
      if (sent) copied.sent.bytes += file.bytes
      if (mended) copied.mended += 1
      work.onProgress({ bytes: copied.bytes, total })
    }
  }
  const ended = await Promise.allSettled(
    Array.from({ length: AT_ONCE }, () =>
      next().catch((error: unknown) => {
        left.length = 0
        throw error
      }),
    ),
  )
  for (const one of ended) if (one.status === 'rejected') throw one.reason
  await putRecord(asking, from, files, work.now())
  return copied
}

/** What an earlier copy of the same node has said of its files: packs never change, so their hashes need not be made again. */
async function knownFiles(asking: Asking, { owner, store }: Outgoing): Promise<Map<string, CopiedFile>> {
  const newest = (await copiesThere(asking, owner)).find((one) => one.store === store)
  if (newest === undefined) return new Map()
  try {
    return new Map(filesOfRecord(await recordThere(asking, newest)).map((file) => [file.path, file]))
  } catch (error) {
    const why = problemIn(error)
    if (why === 'damaged' || why === 'missing') return new Map()
    throw error
  }
}

async function putRecord(
  asking: Asking,
  { owner, id, store, databases }: Outgoing,
  given: readonly CopiedFile[],
  copiedAt: number,
): Promise<void> {
  const files = given.map(({ path, bytes, sha256, etag }) => [path, bytes, sha256, etag])
  const opened = databases === undefined ? {} : { databases }
  const record = writeRecord({ version: 1, id, owner, store, copiedAt, files, ...opened })
  const bytes = Buffer.from(record)
  const key = copyKey(owner, id, store)
  const { target, signal } = asking
  const content = { bytes: bytes.length, sha256: sha256Of(bytes), read: () => Readable.from([bytes]) }
  await target.put(key, content, signal)
  const name = copyNameOf(key)
  if (name !== null) await recordThere(asking, name)
}

/** Brings one file after the other there. */
class FileCopy {
  readonly #asking: Asking
  readonly #from: Outgoing
  readonly #known: ReadonlyMap<string, CopiedFile>
  readonly #readBack: boolean

  constructor(asking: Asking, from: Outgoing, known: ReadonlyMap<string, CopiedFile>, readBack: boolean) {
    this.#asking = asking
    this.#from = from
    this.#known = known
    this.#readBack = readBack
  }

  async of(path: string): Promise<{ file: CopiedFile; sent: boolean; mended: boolean }> {
    const known = this.#known.get(path)
    // What an earlier copy said holds as long as it lies there, whatever became of the file here since.
    const before = known === undefined ? null : await this.#find(known)
    if (typeof before === 'object' && before !== null) return { file: before, sent: false, mended: false }
    const here = await this.#hashed(path)
    const found = await this.#find(here)
    if (typeof found !== 'string') return { file: found, sent: false, mended: false }
    const first = found === 'other' && PACKED.test(path) ? await this.#first(here) : null
    if (first !== null) return { file: first, sent: false, mended: false }
    return { file: await this.#send(here), sent: true, mended: found === 'other' }
  }

  async #hashed(path: string): Promise<CopiedFile> {
    const full = join(this.#from.root, path)
    const hashed = await hashIfThere(full)
    if (hashed === null) throw Object.assign(new Error(`${path} has gone`), { code: 'ENOENT' })
    return { path, ...hashed, etag: null }
  }

  /** The file as it lies there, once its content was compared; otherwise what is in its place. */
  async #find(file: CopiedFile): Promise<CopiedFile | 'missing' | 'other'> {
    const { target, signal } = this.#asking
    const key = fileKey(this.#from.store, file.path)
    const head = await target.head(key, signal)
    if (head === null) return 'missing'
    if (head.bytes !== file.bytes) return 'other'
    const proven = { ...file, etag: head.etag }
    if (!this.#readBack) {
      if (head.sha256 !== null) return head.sha256 === file.sha256 ? proven : 'other'
      // A target that keeps no checksum has given it back once; since then nobody has written it.
      if (head.etag !== null && head.etag === file.etag) return proven
    }
    const read = await hashThere(this.#asking, key)
    if (read === null) return 'missing'
    return read.bytes === file.bytes && read.sha256 === file.sha256 ? proven : 'other'
  }

  async #send(file: CopiedFile): Promise<CopiedFile> {
    const { target, pace, signal } = this.#asking
    const full = join(this.#from.root, file.path)
    const content = { bytes: file.bytes, sha256: file.sha256, read: () => pace.read(full) }
    await target.put(fileKey(this.#from.store, file.path), content, signal)
    const found = await this.#find(file)
    if (typeof found === 'string') throw offsiteFailed(target.name, 'damaged', { detail: file.path })
    return found
  }

  /**
   * A pack or its index as it went out first, where the target vouches for that. Neither ever changes but by damage here, and copies of
   * earlier backups need what is there.
   */
  async #first({ path, bytes }: CopiedFile): Promise<CopiedFile | null> {
    const { target, signal } = this.#asking
    const key = fileKey(this.#from.store, path)
    const head = await target.head(key, signal)
    if (head === null || head.sha256 === null) return null
    if (path.endsWith('.json')) {
      const there = await bytesThere(this.#asking, key, LARGEST_INDEX)
      const [line = '', sum] = there?.toString('utf8').split('\n') ?? []
      if (sum !== sha256Of(Buffer.from(line))) return null
    } else if (head.bytes !== bytes) return null
    const found = await this.#find({ path, bytes: head.bytes, sha256: head.sha256, etag: null })
    return typeof found === 'string' ? null : found
  }
}

/** Whether a clean-up took a file away while it was to be copied: then the store has its content elsewhere. */
export function isMoved(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode((error as { cause?: unknown }).cause, 'ENOENT')
}
