import { open, readdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../state/atomic-file.ts'
import { type Coding, decodeObject, LARGEST_PIECE } from './object-format.ts'
import { type PackedObject, Packs } from './packs.ts'

const CODINGS: readonly Coding[] = ['.gz', '']
const PACKS = 'packs'
/** Small objects that lie one after the other are read together. */
const WINDOW = LARGEST_PIECE

/** What reading an object gave. */
export type ObjectRead = Buffer | 'missing' | 'damaged'

/** A file of the store that holds an object, or many. */
export interface ObjectFile {
  path: string
  touchedAt: number
}

/** What gives objects by their names, each compared with its name. */
export interface ObjectReader {
  read(name: string): Promise<ObjectRead>
}

/** Objects by the SHA-256 of their content, which never change: a file for each large one, packs of small ones. */
export class Objects {
  readonly folder: string
  readonly packs: Packs

  constructor(folder: string) {
    this.folder = folder
    this.packs = new Packs(join(folder, PACKS))
  }

  /** The folders of objects that are files of their own. */
  async parts(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => name !== PACKS)
  }

  /**
   * The file that holds an object, and when it was last touched in any way, in epoch milliseconds of the file system; null when
   * there is none, or when it lost its content, as some file systems let happen at a power cut. `seen` keeps it for the next
   * objects of the same pack.
   */
  async fileOf(name: string, seen: Map<string, ObjectFile>): Promise<ObjectFile | null> {
    const packed = await this.packs.find(name)
    if (packed !== null && seen.has(packed.pack)) return seen.get(packed.pack) ?? null
    const found = await this.#look(name)
    if (found === null) return null
    if (packed !== null) seen.set(packed.pack, found)
    return found
  }

  /** The names of all objects. */
  async names(): Promise<Set<string>> {
    const names = new Set<string>(await this.packs.names())
    for (const part of await this.parts())
      for (const file of await readdir(join(this.folder, part)).catch(() => [])) {
        const [name = '', ending] = file.split('.')
        if (CODINGS.includes(ending === undefined ? '' : (`.${ending}` as Coding))) names.add(name)
      }
    return names
  }

  async read(name: string): Promise<ObjectRead> {
    return await this.reader().read(name)
  }

  /** Reads many objects of one backup: what lies together is read together. Not for longer than that. */
  reader(): ObjectReader {
    let window: { pack: string; at: number; bytes: Buffer } | null = null
    const packedBytes = async ({ pack, at, bytes }: PackedObject): Promise<Buffer | null> => {
      const from = window?.pack === pack ? at - window.at : -1
      if (window !== null && from >= 0 && from + bytes <= window.bytes.length)
        return window.bytes.subarray(from, from + bytes)
      const read = await readPart(this.packs.pathOf(pack), at, Math.max(bytes, WINDOW))
      if (read === null) return null
      window = { pack, at, bytes: read }
      return read.subarray(0, bytes)
    }
    return {
      read: async (name) => {
        const packed = await this.packs.find(name)
        if (packed !== null) {
          const bytes = await packedBytes(packed)
          if (bytes !== null) return (await decodeObject(name, packed.coding, bytes)) ?? 'damaged'
        }
        for (const coding of CODINGS) {
          try {
            const bytes = await readFile(this.pathOf(name, coding))
            return (await decodeObject(name, coding, bytes)) ?? 'damaged'
          } catch (error) {
            if (!hasCode(error, 'ENOENT')) throw error
          }
        }
        // Another process may have written it into a pack, or moved it to another one.
        await this.packs.refresh()
        const moved = await this.packs.find(name)
        const bytes = moved === null ? null : await packedBytes(moved)
        if (moved === null || bytes === null) return 'missing'
        return (await decodeObject(name, moved.coding, bytes)) ?? 'damaged'
      },
    }
  }

  /** Takes the name from an object that is not what its name says: it would stand in the way of a good one. */
  async putAside(name: string): Promise<void> {
    if ((await this.read(name)) !== 'damaged') return
    if ((await this.packs.find(name)) !== null) return await this.packs.leaveOut(name)
    for (const coding of CODINGS) {
      const path = this.pathOf(name, coding)
      try {
        return await rename(path, `${path}.damaged`)
      } catch (error) {
        if (!hasCode(error, 'ENOENT')) throw error
      }
    }
  }

  pathOf(name: string, coding: Coding): string {
    return join(this.folder, name.slice(0, 2), `${name}${coding}`)
  }

  async #look(name: string): Promise<ObjectFile | null> {
    const packed = await this.packs.find(name)
    const paths = CODINGS.map((coding) => this.pathOf(name, coding))
    if (packed !== null) paths.unshift(this.packs.pathOf(packed.pack))
    for (const path of paths) {
      try {
        const { size, ctimeMs } = await stat(path)
        return size > 0 ? { path, touchedAt: ctimeMs } : null
      } catch (error) {
        if (!hasCode(error, 'ENOENT')) throw error
      }
    }
    return null
  }
}

/** As many bytes as there are from a place in a file, at most `most`; null when there is no such file. */
async function readPart(path: string, at: number, most: number): Promise<Buffer | null> {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(most), 0, most, at)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}
