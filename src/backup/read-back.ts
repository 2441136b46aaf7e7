import { type FileHandle, open } from 'node:fs/promises'
import { HashThread } from './hash-thread.ts'
import { decodeObject } from './object-format.ts'
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
  for (const [name, at, bytes, coding] of parts) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(bytes), 0, bytes, at)
    if (bytesRead !== bytes || (await decodeObject(name, coding, buffer)) === null) return false
  }
  return true
}
