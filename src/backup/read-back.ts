import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Turns } from '../base/turns.ts'
import type { OpenedDatabase } from './database-spool.ts'
import { HashThread } from './hash-thread.ts'
import { decodeObject, LARGEST_PIECE } from './object-format.ts'
import type { ObjectFile } from './objects.ts'
import type { PackedPart, PackWriter } from './pack-writer.ts'
import type { Sealed } from './packs.ts'
import { readSealed } from './seal.ts'

/** What is less is read faster than a thread begins. */
const WORTH_A_THREAD = 4 * 1024 * 1024

/**
 * Files of the store that were read back from the disk, object by object, after this process had written and synced them. Whoever
 * touches one of them since changes its time, and then it has to be read again.
 */
export class ReadBack {
  readonly #touchedAt = new Map<string, number>()
  readonly #thread = new HashThread()
  /** Databases that were opened before they were sealed, by their path. */
  readonly databases = new Map<string, OpenedDatabase>()

  /** Whether a file is as it was when it was read back. */
  covers({ path, touchedAt }: ObjectFile): boolean {
    return this.#touchedAt.get(path) === touchedAt
  }

  /** Reads a file and notes it, unless something in it is not what its name says: that is for a verification to tell. */
  async read(path: string, parts: readonly PackedPart[], sealed: PackWriter['sealed']): Promise<boolean> {
    const file = await open(path)
    try {
      const { ctimeMs, size } = await file.stat()
      const isSound = await this.#isSound(path, file, { size, parts, sealed })
      if (isSound && (await file.stat()).ctimeMs === ctimeMs) this.#touchedAt.set(path, ctimeMs)
      return isSound
    } finally {
      await file.close()
    }
  }

  /** Nothing more is to be read back. */
  async end(): Promise<void> {
    await this.#thread.end()
  }

  async #isSound(
    path: string,
    file: FileHandle,
    { size, parts, sealed }: { size: number; parts: readonly PackedPart[]; sealed: PackWriter['sealed'] },
  ): Promise<boolean> {
    // What opens it is known for as long as it takes to write it: its content is compared as well.
    if (sealed !== null)
      return (
        (await isCiphertext(path, sealed)) &&
        (await areSound((at, most) => readSealed(file, sealed.payload, at, most), parts))
      )
    return size < WORTH_A_THREAD
      ? await areSound(plainOf(file), parts)
      : await this.#areSoundByThread(path, file, parts)
  }

  /** What is not compressed is compared by the thread; the rest is unpacked in threads anyway. */
  async #areSoundByThread(path: string, file: FileHandle, parts: readonly PackedPart[]): Promise<boolean> {
    const plain = parts.filter(([, , , coding]) => coding === '')
    const packed = parts.filter(([, , , coding]) => coding !== '')
    const isSound = await this.#thread.isSound(
      path,
      plain.map(([name, at, bytes]) => [name, at, bytes]),
    )
    const read = plainOf(file)
    return (isSound ?? (await areSound(read, plain))) && (await areSound(read, packed))
  }
}

type ReadPart = (at: number, most: number) => Promise<Buffer | null>

function plainOf(file: FileHandle): ReadPart {
  const buffer = Buffer.allocUnsafeSlow(LARGEST_PIECE)
  return async (at, most) => buffer.subarray(0, (await file.read(buffer, 0, most, at)).bytesRead)
}

async function areSound(read: ReadPart, parts: readonly PackedPart[]): Promise<boolean> {
  const turns = new Turns()
  let window: Buffer = Buffer.alloc(0)
  let from = 0
  for (const [name, at, bytes, coding] of parts) {
    if (at < from || at + bytes > from + window.length) {
      window = (await read(at, LARGEST_PIECE)) ?? Buffer.alloc(0)
      from = at
    }
    const object = window.subarray(at - from, at - from + bytes)
    if (object.length !== bytes || (await decodeObject(name, coding, object)) === null) return false
    if (turns.isDue()) await turns.give()
  }
  return true
}

/** Whether the file of a sealed pack is byte for byte what it was when it was written. No private key is needed for that. */
export async function isCiphertext(path: string, { sha256, bytes }: Sealed): Promise<boolean> {
  const hash = createHash('sha256')
  let seen = 0
  for await (const chunk of createReadStream(path, { highWaterMark: LARGEST_PIECE })) {
    hash.update(chunk)
    seen += chunk.length
  }
  return seen === bytes && hash.digest('hex') === sha256
}
