import { randomBytes } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makePrivateFolder, syncFolder } from '../state/atomic-file.ts'
import { type Encoded, encodeObject } from './object-format.ts'
import type { KnownObjects, ObjectFile, Objects } from './objects.ts'
import { type Packable, PackWriter, writeSynced } from './pack-writer.ts'
import { ReadBack } from './read-back.ts'

/** How many objects are looked up and compressed at once. */
const AT_ONCE = 6
/** A few objects are files of their own: a pack of what soon goes would only have to be written anew. */
const WORTH_A_PACK = { objects: 16, bytes: 4 * 1024 * 1024 }
/** A pack takes so much; what it costs is to sync it, not to write it. */
const FULL_PACK = { objects: 4_096, bytes: 16 * 1024 * 1024 }
/** So much is handed to an open pack at once. */
const LOT = { objects: 256, bytes: 1024 * 1024 }
/** Packs that are on their way to the disk while the next one is written. */
const FINISHING_AT_ONCE = 2

/**
 * What an object is part of. Only content of the node counts as new, and a list stays readable where packs are sealed: without
 * it nobody could tell what need not come again, and what a backup needs.
 */
export type Share = 'content' | 'list' | 'told'

/** Gives back memory. */
type Free = () => void
type Held = Packable & { free: Free }

/**
 * Puts objects into the store. An object gets its name only once its bytes are on the disk, so whatever has a name is
 * whole, also after a power cut. What was written is read back meanwhile.
 */
export class ObjectWriter {
  readonly #objects: Objects
  readonly #staging: string
  readonly #seen = new Set<string>()
  readonly #touched = new Set<string>()
  readonly #running = new Set<Promise<void>>()
  readonly #finishing = new Set<Promise<void>>()
  /** What was there when this began: a look at each of thousands costs more than one at all. */
  readonly #there: KnownObjects
  /** Packs that were looked at. */
  readonly #packs = new Map<string, ObjectFile>()
  #failure: unknown = null
  #lot: Held[] = []
  #lotBytes = 0
  #pack: PackWriter | null = null
  /** One lot after the other. */
  #appending: Promise<void> = Promise.resolve()
  /** Content that the store did not have, and what it and the list take there. */
  newBytes = 0
  storedBytes = 0
  readonly readBack = new ReadBack()

  /**
   * @param staging an existing folder of this run, on the same disk
   * @param there what is there; each is looked at once more
   */
  constructor(objects: Objects, staging: string, there: KnownObjects) {
    this.#objects = objects
    this.#staging = staging
    this.#there = there
  }

  /**
   * Takes an object. Throws what failed, of this object or of one before. Whoever puts many asks for {@link room} between them.
   * @param free called once its bytes are no longer needed; not where something failed
   */
  put(name: string, plain: Buffer, share: Share, free: Free = () => undefined): void {
    if (this.#failure !== null) throw this.#failure
    if (this.#seen.has(name)) return free()
    this.#seen.add(name)
    if (this.#there.has(name))
      return this.#run(this.#running, async () => {
        if ((await this.#objects.fileOf(name, this.#packs)) !== null) free()
        else await this.#encode(name, plain, share, free)
      })
    const work = this.#encode(name, plain, share, free)
    if (work !== null) this.#run(this.#running, () => work)
  }

  /** Waits while too many are on their way. */
  async room(): Promise<void> {
    while (this.#running.size >= AT_ONCE) await Promise.race(this.#running)
  }

  /** Waits until everything that was put is on the disk under its name. */
  async settle(): Promise<void> {
    await this.#idle()
    this.#run(this.#running, () => this.#flush())
    await this.#idle()
    await this.readBack.end()
    if (this.#failure !== null) throw this.#failure
    for (const folder of this.#touched) await syncFolder(folder)
    if (this.#touched.size > 0) await syncFolder(this.#objects.folder)
    this.#touched.clear()
  }

  /** Waits for what is on its way, whatever becomes of it. */
  async giveUp(): Promise<void> {
    this.#failure ??= new Error('given up')
    await this.#idle()
    await this.#pack?.giveUp()
    this.#pack = null
    await this.readBack.end()
  }

  #run(among: Set<Promise<void>>, work: () => Promise<unknown>): void {
    const task: Promise<void> = work()
      .then(() => undefined)
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => among.delete(task))
    among.add(task)
  }

  #isSealing(): boolean {
    return this.#objects.recipients.length > 0
  }

  async #idle(): Promise<void> {
    while (this.#running.size + this.#finishing.size > 0)
      await Promise.all([...this.#running, ...this.#finishing])
  }

  /** @returns what is still to be done; null where nothing is */
  #encode(name: string, plain: Buffer, share: Share, free: Free): Promise<unknown> | null {
    const hold = ({ coding, parts, bytes }: Encoded) => {
      if (share === 'content') this.newBytes += plain.length
      this.storedBytes += bytes
      if (coding !== '') free()
      return this.#hold({ name, coding, parts, bytes, free: coding === '' ? free : () => undefined }, share)
    }
    const encoded = encodeObject(plain)
    return encoded instanceof Promise ? encoded.then(async (made) => await hold(made)) : hold(encoded)
  }

  #hold(held: Held, share: Share): Promise<void> | null {
    if (share === 'list' && this.#isSealing()) return this.#writeFile(held)
    this.#lot.push(held)
    this.#lotBytes += held.bytes
    const due = this.#pack === null ? WORTH_A_PACK : LOT
    return this.#lotBytes >= due.bytes || this.#lot.length >= due.objects ? this.#append() : null
  }

  /** Hands what is held to the pack, which is begun where there is none. */
  async #append(): Promise<void> {
    const lot = this.#lot
    this.#lot = []
    this.#lotBytes = 0
    const append = this.#appending.then(async () => {
      if (this.#failure !== null) return
      this.#pack ??= await PackWriter.begin(this.#objects.packs, this.#staging, this.#objects.recipients)
      await this.#pack.append(lot)
      for (const { free } of lot) free()
      if (this.#pack.bytes >= FULL_PACK.bytes || this.#pack.objects >= FULL_PACK.objects)
        await this.#finishPack()
    })
    this.#appending = append.catch(() => undefined)
    await append
  }

  /** What is left at the end: in the pack that is open, or each for itself. */
  async #flush(): Promise<void> {
    if (this.#pack !== null || (this.#isSealing() && this.#lot.length > 0)) {
      if (this.#lot.length > 0) await this.#append()
      return await this.#finishPack()
    }
    const lot = this.#lot
    this.#lot = []
    this.#lotBytes = 0
    await Promise.all(lot.map((object) => this.#writeFile(object)))
  }

  /** Begins to sync the pack; waits where too many are on their way already. */
  async #finishPack(): Promise<void> {
    const pack = this.#pack
    this.#pack = null
    if (pack === null) return
    while (this.#finishing.size >= FINISHING_AT_ONCE) await Promise.race(this.#finishing)
    this.#touched.add(this.#objects.packs.folder)
    this.#run(this.#finishing, async () => {
      await pack.finish()
      const isSound = await this.readBack.read(pack.path, pack.parts, pack.sealed)
      // Later nobody here can look into it: it must not count as what it should be.
      if (!isSound && pack.sealed !== null) await this.#objects.packs.noteDamaged(pack.id)
    })
  }

  async #writeFile({ name, coding, parts, bytes, free }: Held): Promise<void> {
    const temp = join(this.#staging, `${name}.${randomBytes(4).toString('hex')}`)
    await writeSynced(temp, Buffer.concat(parts))
    free()
    const path = this.#objects.pathOf(name, coding)
    const folder = dirname(path)
    if (!this.#touched.has(folder)) {
      await makePrivateFolder(folder)
      this.#touched.add(folder)
    }
    await rename(temp, path)
    await this.readBack.read(path, [[name, 0, bytes, coding]], null)
  }
}
