import { readdir, readFile, rm, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Turns } from '../base/turns.ts'
import { errorCode, hasCode, writeFileAtomic } from '../state/atomic-file.ts'
import { readRecord, writeRecord } from './manifest.ts'
import type { Coding } from './object-format.ts'

const ID = /^[0-9a-f]{32}$/
export const CONTENT = '.pack'
/** A sealed one has a name of its own: an ocm that does not know them leaves it alone. */
export const SEALED_CONTENT = '.pack.age'
export const INDEX = '.json'

const SHA256 = /^[0-9a-f]{64}$/
const sha256 = z.string().regex(SHA256)
/** Name of an object, where it begins in the pack, its bytes there, and its coding. */
type Row = [name: string, at: number, bytes: number, coding: Coding]
/** A pack has thousands: they are looked at by hand, in a tenth of the time. */
const objects = z.custom<Row[]>((value) => Array.isArray(value) && value.every(isRow))
const indexSchema = z.discriminatedUnion('version', [
  z.strictObject({ version: z.literal(1), objects }),
  /** The pack is a file of age: places are those in its content, `sealed` is the file itself. */
  z.strictObject({
    version: z.literal(2),
    sealed: z.strictObject({ sha256, bytes: z.int().min(1) }),
    /** The file was found to be another: what is needed of it is stored anew. */
    damaged: z.literal(true).optional(),
    objects,
  }),
])

function isRow(value: unknown): value is Row {
  if (!Array.isArray(value) || value.length !== 4) return false
  const [name, at, bytes, coding] = value
  const areCounts = Number.isSafeInteger(at) && at >= 0 && Number.isSafeInteger(bytes) && bytes >= 1
  return areCounts && typeof name === 'string' && SHA256.test(name) && (coding === '' || coding === '.gz')
}

/** What the file of a sealed pack is. */
export interface Sealed {
  sha256: string
  bytes: number
}

/** Where an object lies in a pack. */
export interface PackedObject {
  name: string
  pack: string
  at: number
  bytes: number
  coding: Coding
  /** Null where the pack is as it is. */
  sealed: Sealed | null
}

/** A pack and what it holds. */
interface Pack {
  /** By which a change of its index is seen. */
  stamp: string
  sealed: Sealed | null
  isDamaged: boolean
  objects: readonly PackedObject[]
}

/**
 * Many small objects in one file: `<id>.pack` holds their bytes one after the other, `<id>.json` says where each one lies. To
 * make a file costs more than to write 25 KB. The index gets its name last: a pack without one holds nothing.
 */
export class Packs {
  readonly folder: string
  #packs = new Map<string, Pack>()
  #places = new Map<string, PackedObject>()
  #isRead = false

  constructor(folder: string) {
    this.folder = folder
  }

  /** Where an object lies, as far as is known: {@link refresh} learns what another process did. */
  async find(name: string): Promise<PackedObject | null> {
    if (!this.#isRead) await this.refresh()
    return this.#places.get(name) ?? null
  }

  /** As {@link find}, of what was read. */
  placeOf(name: string): PackedObject | null {
    return this.#places.get(name) ?? null
  }

  /** Whether an object lies in a pack that is not known to be damaged, as far as was read. */
  has(name: string): boolean {
    const place = this.#places.get(name)
    return place !== undefined && !this.isDamaged(place.pack)
  }

  pathOf(pack: string, isSealed: boolean): string {
    return join(this.folder, `${pack}${isSealed ? SEALED_CONTENT : CONTENT}`)
  }

  /** Whether a pack was found to be damaged. */
  isDamaged(pack: string): boolean {
    return this.#packs.get(pack)?.isDamaged === true
  }

  /** Reads the indexes that are new or changed since. One that is damaged holds nothing: a backup stores its content anew. */
  async refresh(): Promise<void> {
    const files = new Set(await namesIn(this.folder))
    const packs = new Map<string, Pack>()
    let isSame = true
    for (const file of files) {
      const id = file.endsWith(INDEX) ? file.slice(0, -INDEX.length) : ''
      const isThere = files.has(`${id}${CONTENT}`) || files.has(`${id}${SEALED_CONTENT}`)
      if (!ID.test(id) || !isThere) continue
      const known = this.#packs.get(id)
      const pack = await this.#readIndex(id, known).catch((error: unknown) => {
        // Swept meanwhile by another process.
        if (hasCode(error, 'ENOENT')) return null
        throw error
      })
      if (pack === null) continue
      packs.set(id, pack)
      isSame &&= pack === known
    }
    if (this.#isRead && isSame && packs.size === this.#packs.size) return
    const places = new Map<string, PackedObject>()
    const turns = new Turns()
    // What lies in more than one of them is taken from one that is not damaged.
    const ordered = [...packs.values()].sort((a, b) => Number(b.isDamaged) - Number(a.isDamaged))
    for (const { objects } of ordered) {
      for (const place of objects) places.set(place.name, place)
      if (turns.isDue()) await turns.give()
    }
    this.#packs = packs
    this.#places = places
    this.#isRead = true
  }

  async #readIndex(id: string, known: Pack | undefined): Promise<Pack | null> {
    const path = join(this.folder, `${id}${INDEX}`)
    const { mtimeMs, ctimeMs, size, ino } = await stat(path)
    const stamp = [mtimeMs, ctimeMs, size, ino].join()
    if (known?.stamp === stamp) return known
    const text = await readFile(path, 'utf8')
    try {
      const index = readRecord(text, indexSchema)
      const sealed = index.version === 2 ? index.sealed : null
      return {
        ...{ stamp, sealed, isDamaged: index.version === 2 && index.damaged === true },
        objects: index.objects.map(([name, at, bytes, coding]) => ({
          name,
          pack: id,
          at,
          bytes,
          coding,
          sealed,
        })),
      }
    } catch {
      return { stamp, sealed: null, isDamaged: false, objects: [] }
    }
  }

  /** Takes an object out of the index of its pack: what lies there is not what its name says. */
  async leaveOut(name: string): Promise<void> {
    const place = await this.find(name)
    const pack = place === null ? undefined : this.#packs.get(place.pack)
    if (place === null || pack === undefined) return
    const left = pack.objects.filter((other) => other.name !== name)
    await this.#writeIndex(place.pack, { ...pack, objects: left })
  }

  /** Notes that the file of a sealed pack is not what it was: the next backup stores anew what it needs of it. */
  async noteDamaged(id: string): Promise<void> {
    if (!this.#packs.has(id)) await this.refresh()
    const pack = this.#packs.get(id)
    if (pack?.sealed && !pack.isDamaged) await this.#writeIndex(id, { ...pack, isDamaged: true })
  }

  async #writeIndex(id: string, { sealed, isDamaged, objects: held }: Pack): Promise<void> {
    const objects = held.map(({ name, at, bytes, coding }) => [name, at, bytes, coding])
    const damaged = isDamaged ? { damaged: true } : {}
    const record = sealed === null ? { version: 1, objects } : { version: 2, sealed, ...damaged, objects }
    await writeFileAtomic(join(this.folder, `${id}${INDEX}`), writeRecord(record))
    await this.refresh()
  }

  /** Every pack with what it holds, read anew; also what is left of packs without an index, which hold nothing. */
  async all(): Promise<
    {
      pack: string
      isSealed: boolean
      objects: readonly PackedObject[]
      mtimeMs: number
      bytes: number
    }[]
  > {
    await this.refresh()
    const found = []
    for (const file of await namesIn(this.folder)) {
      const isSealed = file.endsWith(SEALED_CONTENT)
      if (!isSealed && !file.endsWith(CONTENT)) continue
      const pack = file.slice(0, -(isSealed ? SEALED_CONTENT : CONTENT).length)
      const { mtimeMs, size } = await stat(join(this.folder, file))
      const objects = this.#packs.get(pack)?.objects ?? []
      found.push({ pack, isSealed, objects, mtimeMs, bytes: size })
    }
    return found
  }

  /** Removes a pack: its index first, so that nothing names what is gone. */
  async remove(pack: string, isSealed: boolean): Promise<void> {
    await rm(join(this.folder, `${pack}${INDEX}`), { force: true })
    await unlink(this.pathOf(pack, isSealed))
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: unknown): string[] => {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  })
}
