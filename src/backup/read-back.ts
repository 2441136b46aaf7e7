import { type FileHandle, open } from 'node:fs/promises'
import { decodeObject, LARGEST_PIECE } from './object-format.ts'
import type { ObjectFile } from './objects.ts'
import type { PackedPart } from './pack-writer.ts'

/** Read at once; an object is never larger. */
const WINDOW = 2 * LARGEST_PIECE

/**
 * Files of the store that were read back from the disk, object by object, after this process had written and synced them. Whoever
 * touches one of them since changes its time, and then it has to be read again.
 */
export class ReadBack {
  readonly #touchedAt = new Map<string, number>()

  /** Whether a file is as it was when it was read back. */
  covers({ path, touchedAt }: ObjectFile): boolean {
    return this.#touchedAt.get(path) === touchedAt
  }

  /** Reads a file and notes it, unless something in it is not what its name says: that is for a verification to tell. */
  async read(path: string, parts: readonly PackedPart[]): Promise<void> {
    const file = await open(path)
    try {
      const { ctimeMs } = await file.stat()
      if (!(await isSound(file, parts))) return
      if ((await file.stat()).ctimeMs === ctimeMs) this.#touchedAt.set(path, ctimeMs)
    } finally {
      await file.close()
    }
  }
}

async function isSound(file: FileHandle, parts: readonly PackedPart[]): Promise<boolean> {
  const buffer = Buffer.allocUnsafeSlow(WINDOW)
  let window = buffer.subarray(0, 0)
  let from = 0
  for (const [name, at, bytes, coding] of parts) {
    if (at + bytes > from + window.length) {
      const { bytesRead } = await file.read(buffer, 0, WINDOW, at)
      window = buffer.subarray(0, bytesRead)
      from = at
    }
    const object = window.subarray(at - from, at - from + bytes)
    if (object.length !== bytes || (await decodeObject(name, coding, object)) === null) return false
  }
  return true
}
