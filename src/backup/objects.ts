import { type FileHandle, open, readdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Latest } from '../base/latest.ts'
import { hasCode } from '../state/atomic-file.ts'
import { HeldLists } from './held-lists.ts'
import { type Coding, decodeObject, LARGEST_PIECE } from './object-format.ts'
import { type PackedObject, Packs } from './packs.ts'
import { type HeaderKeys, type PayloadKey, payloadKey, readSealed } from './seal.ts'

const CODINGS: readonly Coding[] = ['.gz', '']
const PACKS = 'packs'
/** Of a SHA-256 in hexadecimal. */
const NAME_LENGTH = 64
/** Small objects that lie one after the other are read together. */
const WINDOW = LARGEST_PIECE
/** What opens so many packs is held at once. */
const MOST_OPENED = 10_000

/** What reading an object gave; `locked` is sealed, and its private key is not here. */
export type ObjectRead = Buffer | 'missing' | 'damaged' | 'locked'

/** For whom new packs are sealed, and what opens those that are. */
export interface Sealing {
  /** Public keys of age; none leaves packs as they are. */
  recipients: readonly string[]
  keys: HeaderKeys
}

/** A file of the store that holds an object, or many. */
export interface ObjectFile {
  path: string
  touchedAt: number
}

/** What gives objects by their names, each compared with its name. */
export interface ObjectReader {
  read(name: string): Promise<ObjectRead>
}

/** The objects that a store has. */
export type KnownObjects = Pick<ReadonlySet<string>, 'has'>

/** Objects by the SHA-256 of their content, which never change: a file for each large one, packs of small ones. */
export class Objects {
  readonly folder: string
  readonly packs: Packs
  readonly lists = new HeldLists()
  readonly recipients: readonly string[]
  readonly #keys: HeaderKeys
  /** Of packs that could be opened. */
  readonly #opened = new Latest<string, PayloadKey>(MOST_OPENED)

  constructor(folder: string, { recipients, keys }: Sealing) {
    this.folder = folder
    this.packs = new Packs(join(folder, PACKS))
    this.recipients = recipients
    this.#keys = keys
  }

  /** Makes sure that a file of private keys can be used, where one is named. @throws OperatorError backup-key-unusable */
  async requireUsableKeys(): Promise<void> {
    await this.#keys.fileKey(new Uint8Array())
  }

  /** What opens a sealed pack; null where no private key for it is here. @throws OperatorError backup-key-unusable */
  async keyOf(pack: string): Promise<PayloadKey | null> {
    const known = this.#opened.get(pack)
    if (known !== undefined) return known
    const file = await openFile(this.packs.pathOf(pack, true))
    if (file === null) return null
    try {
      const key = await payloadKey(file, this.#keys)
      if (key !== null) this.#opened.set(pack, key)
      return key
    } finally {
      await file.close()
    }
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

  /** Looks at what there is, and tells of a name whether there is such an object: names are many, and packs know theirs. */
  async known(): Promise<KnownObjects> {
    await this.packs.refresh()
    const names = new Set<string>()
    for (const part of await this.parts())
      for (const file of await readdir(join(this.folder, part)).catch(() => [])) {
        // One that was put aside ends otherwise, whichever coding it had.
        const name = file.slice(0, NAME_LENGTH)
        if (CODINGS.some((coding) => file === `${name}${coding}`)) names.add(name)
      }
    return { has: (name) => names.has(name) || this.packs.has(name) }
  }

  async read(name: string): Promise<ObjectRead> {
    return await this.reader().read(name)
  }

  /** Reads many objects of one backup: what lies together is read together. Not for longer than that. */
  reader(): ObjectReader {
    let window: { pack: string; at: number; bytes: Buffer } | null = null
    const packedBytes = async (place: PackedObject): Promise<Buffer | 'missing' | 'damaged' | 'locked'> => {
      const { pack, at, bytes } = place
      const from = window?.pack === pack ? at - window.at : -1
      if (window !== null && from >= 0 && from + bytes <= window.bytes.length)
        return window.bytes.subarray(from, from + bytes)
      const read = await this.#readPart(place, Math.max(bytes, WINDOW))
      if (typeof read === 'string') return read
      window = { pack, at, bytes: read }
      return read.subarray(0, bytes)
    }
    const readPacked = async (name: string): Promise<ObjectRead> => {
      const place = await this.packs.find(name)
      const bytes = place === null ? 'missing' : await packedBytes(place)
      if (place === null || typeof bytes === 'string') return typeof bytes === 'string' ? bytes : 'missing'
      return (await decodeObject(name, place.coding, bytes)) ?? 'damaged'
    }
    return {
      read: async (name) => {
        for (const look of [readPacked, this.#readAlone.bind(this)]) {
          const read = await look(name)
          if (read !== 'missing') return read
        }
        // Another process may have written it into a pack, or moved it to another one.
        await this.packs.refresh()
        return await readPacked(name)
      },
    }
  }

  /** An object that is a file of its own. */
  async #readAlone(name: string): Promise<ObjectRead> {
    for (const coding of CODINGS) {
      try {
        const bytes = await readFile(this.pathOf(name, coding))
        return (await decodeObject(name, coding, bytes)) ?? 'damaged'
      } catch (error) {
        if (!hasCode(error, 'ENOENT')) throw error
      }
    }
    return 'missing'
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

  /** As many bytes as there are of the content of a pack from a place on, at most `most`. */
  async #readPart(
    { pack, at, bytes, sealed }: PackedObject,
    most: number,
  ): Promise<Buffer | 'missing' | 'damaged' | 'locked'> {
    const file = await openFile(this.packs.pathOf(pack, sealed !== null))
    if (file === null) return 'missing'
    try {
      if (sealed === null) {
        const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(most), 0, most, at)
        return buffer.subarray(0, bytesRead)
      }
      const key = await this.keyOf(pack)
      if (key === null) return 'locked'
      // What is damaged beside it is no fault of it.
      return (await readSealed(file, key, at, most)) ?? (await readSealed(file, key, at, bytes)) ?? 'damaged'
    } finally {
      await file.close()
    }
  }

  async #look(name: string): Promise<ObjectFile | null> {
    const packed = await this.packs.find(name)
    const paths = CODINGS.map((coding) => this.pathOf(name, coding))
    if (packed !== null) paths.unshift(this.packs.pathOf(packed.pack, packed.sealed !== null))
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

async function openFile(path: string): Promise<FileHandle | null> {
  try {
    return await open(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}
