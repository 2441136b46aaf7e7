import { type FileHandle, open } from 'node:fs/promises'
import { Turns } from '../base/turns.ts'
import { HashThread } from './hash-thread.ts'
import { decodeObject, LARGEST_PIECE } from './object-format.ts'
import type { ObjectFile } from './objects.ts'
import type { PackedPart } from './pack-writer.ts'

/** What is less is read faster than a thread begins. */
const WORTH_A_THREAD = 4 * 1024 * 1024

/**
 * Files of the store that were read back from the disk, object by object, after this process had written and synced them. Whoever
 * touches one of them since changes its time, and then it has to be read again.
 */
export class ReadBack {
  readonly #touchedAt = new Map<string, number>()
  readonly #thread = new HashThread()

  /** Whether a file is as it was when it was read back. */
  covers({ path, touchedAt }: ObjectFile): boolean {
    return this.#touchedAt.get(path) === touchedAt
  }

  /** Reads a file and notes it, unless something in it is not what its name says: that is for a verification to tell. */
  async read(path: string, parts: readonly PackedPart[]): Promise<void> {
    const file = await open(path)
    try {
      const { ctimeMs, size } = await file.stat()
      const isSound =
        size < WORTH_A_THREAD ? await areSound(file, parts) : await this.#areSoundByThread(path, file, parts)
      if (isSound && (await file.stat()).ctimeMs === ctimeMs) this.#touchedAt.set(path, ctimeMs)
    } finally {
      await file.close()
    }
  }

  /** Nothing more is to be read back. */
  async end(): Promise<void> {
    await this.#thread.end()
  }

  /** What is not compressed is compared by the thread; the rest is unpacked in threads anyway. */
  async #areSoundByThread(path: string, file: FileHandle, parts: readonly PackedPart[]): Promise<boolean> {
    const plain = parts.filter(([, , , coding]) => coding === '')
    const packed = parts.filter(([, , , coding]) => coding !== '')
    const isSound = await this.#thread.isSound(
      path,
      plain.map(([name, at, bytes]) => [name, at, bytes]),
    )
    return (isSound ?? (await areSound(file, plain))) && (await areSound(file, packed))
  }
}

async function areSound(file: FileHandle, parts: readonly PackedPart[]): Promise<boolean> {
  const turns = new Turns()
  const buffer = Buffer.allocUnsafeSlow(LARGEST_PIECE)
  let window = buffer.subarray(0, 0)
  let from = 0
  for (const [name, at, bytes, coding] of parts) {
    if (at < from || at + bytes > from + window.length) {
      const { bytesRead } = await file.read(buffer, 0, LARGEST_PIECE, at)
      window = buffer.subarray(0, bytesRead)
      from = at
    }
    const object = window.subarray(at - from, at - from + bytes)
    if (object.length !== bytes || (await decodeObject(name, coding, object)) === null) return false
    if (turns.isDue()) await turns.give()
  }
  return true
}
