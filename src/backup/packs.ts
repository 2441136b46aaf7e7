import { readdir, readFile, rm, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Turns } from '../base/turns.ts'
import { errorCode, hasCode, writeFileAtomic } from '../state/atomic-file.ts'
import { readRecord, writeRecord } from './manifest.ts'
import type { Coding } from './object-format.ts'

const ID = /^[0-9a-f]{32}$/
export const CONTENT = '.pack'
export const INDEX = '.json'

const indexSchema = z.strictObject({
  version: z.literal(1),
  /** Name of an object, where it begins in the pack, its bytes there, and its coding. */
  objects: z.array(
    z.tuple([z.string().regex(/^[0-9a-f]{64}$/), z.int().min(0), z.int().min(1), z.enum(['', '.gz'])]),
  ),
})

/** Where an object lies in a pack. */
export interface PackedObject {
  pack: string
  at: number
  bytes: number
  coding: Coding
}

/** A pack and what it holds. */
interface Pack {
  /** By which a change of its index is seen. */
  stamp: string
  objects: ReadonlyMap<string, PackedObject>
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

  /** The objects of all packs, read anew. */
  async names(): Promise<Iterable<string>> {
    await this.refresh()
    return this.#places.keys()
  }

  pathOf(pack: string): string {
    return join(this.folder, `${pack}${CONTENT}`)
  }

  /** Reads the indexes that are new or changed since. One that is damaged holds nothing: a backup stores its content anew. */
  async refresh(): Promise<void> {
    const files = new Set(await namesIn(this.folder))
    const packs = new Map<string, Pack>()
    let isSame = true
    for (const file of files) {
      const id = file.endsWith(INDEX) ? file.slice(0, -INDEX.length) : ''
      if (!ID.test(id) || !files.has(`${id}${CONTENT}`)) continue
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
    for (const { objects } of packs.values()) {
      for (const [name, place] of objects) places.set(name, place)
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
      const { objects } = readRecord(text, indexSchema)
      return {
        stamp,
        objects: new Map(objects.map(([name, at, bytes, coding]) => [name, { pack: id, at, bytes, coding }])),
      }
    } catch {
      return { stamp, objects: new Map() }
    }
  }

  /** Takes an object out of the index of its pack: what lies there is not what its name says. */
  async leaveOut(name: string): Promise<void> {
    const place = await this.find(name)
    const pack = place === null ? undefined : this.#packs.get(place.pack)
    if (place === null || pack === undefined) return
    const left = [...pack.objects].filter(([other]) => other !== name)
    const objects = left.map(([other, { at, bytes, coding }]) => [other, at, bytes, coding])
    await writeFileAtomic(join(this.folder, `${place.pack}${INDEX}`), writeRecord({ version: 1, objects }))
    await this.refresh()
  }

  /** Every pack with what it holds, read anew; also what is left of packs without an index, which hold nothing. */
  async all(): Promise<
    { pack: string; objects: ReadonlyMap<string, PackedObject>; mtimeMs: number; bytes: number }[]
  > {
    await this.refresh()
    const found = []
    for (const file of await namesIn(this.folder)) {
      if (!file.endsWith(CONTENT)) continue
      const pack = file.slice(0, -CONTENT.length)
      const { mtimeMs, size } = await stat(join(this.folder, file))
      found.push({ pack, objects: this.#packs.get(pack)?.objects ?? new Map(), mtimeMs, bytes: size })
    }
    return found
  }

  /** Removes a pack: its index first, so that nothing names what is gone. */
  async remove(pack: string): Promise<void> {
    await rm(join(this.folder, `${pack}${INDEX}`), { force: true })
    await unlink(this.pathOf(pack))
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: unknown): string[] => {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  })
}
