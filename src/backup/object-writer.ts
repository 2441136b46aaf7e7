import { randomBytes } from 'node:crypto'
import { open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makePrivateFolder, syncFolder } from '../state/atomic-file.ts'
import { encodeObject } from './object-format.ts'
import type { Objects } from './objects.ts'
import type { Packable } from './packs.ts'

/** How many objects are packed and written at once. */
const AT_ONCE = 6
/** What is smaller goes into a pack, with others up to a pack of this size and number. */
const SMALL = 128 * 1024
const PACK_BYTES = 4 * 1024 * 1024
const PACK_OBJECTS = 2_048
/** A few small objects are files of their own: a pack of what soon goes would only have to be written anew. */
const WORTH_A_PACK = 16

/** What an object is part of: only content of the node counts as new. */
export type Share = 'content' | 'list'

/**
 * Puts objects into the store. An object gets its name only once its bytes are on the disk, so whatever has a name is
 * whole, also after a power cut.
 */
export class ObjectWriter {
  readonly #objects: Objects
  readonly #staging: string
  readonly #seen = new Set<string>()
  readonly #touched = new Set<string>()
  readonly #running = new Set<Promise<void>>()
  /** What was there when this began: a look at each of thousands costs more than one at all. */
  #there: ReadonlySet<string> | Promise<ReadonlySet<string>> | null
  /** Packs that were looked at. */
  readonly #packs = new Map<string, number>()
  #failure: unknown = null
  #pack: Packable[] = []
  #packBytes = 0
  /** One after the other: each holds megabytes. */
  #packing: Promise<void> = Promise.resolve()
  /** Content that the store did not have, and what it and the list take there. */
  newBytes = 0
  storedBytes = 0

  /**
   * @param staging an existing folder of this run, on the same disk
   * @param there names of the objects, where somebody has just looked; each is looked at once more
   */
  constructor(objects: Objects, staging: string, there: ReadonlySet<string> | null = null) {
    this.#objects = objects
    this.#staging = staging
    this.#there = there
  }

  /** Takes an object; waits while too many are on their way. Throws what failed, of this object or of one before. */
  async put(name: string, plain: Buffer, share: Share): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    if (this.#seen.has(name)) return
    this.#seen.add(name)
    while (this.#running.size >= AT_ONCE) await Promise.race(this.#running)
    this.#run(() => this.#take(name, plain, share))
  }

  /** Waits until everything that was put is on the disk under its name. */
  async settle(): Promise<void> {
    await this.#idle()
    this.#run(() => this.#writePack())
    await this.#idle()
    if (this.#failure !== null) throw this.#failure
    for (const folder of this.#touched) await syncFolder(folder)
    if (this.#touched.size > 0) await syncFolder(this.#objects.folder)
    this.#touched.clear()
  }

  /** Waits for what is on its way, whatever becomes of it. */
  async giveUp(): Promise<void> {
    this.#failure ??= new Error('given up')
    await this.#idle()
  }

  #run(work: () => Promise<void>): void {
    const task = work()
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => this.#running.delete(task))
    this.#running.add(task)
  }

  async #idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  async #take(name: string, plain: Buffer, share: Share): Promise<void> {
    this.#there ??= this.#objects.names()
    if ((await this.#there).has(name) && (await this.#objects.touchedAt(name, this.#packs)) !== null) return
    const encoded = { name, ...(await encodeObject(plain)) }
    if (share === 'content') this.newBytes += plain.length
    this.storedBytes += encoded.bytes.length
    if (encoded.bytes.length >= SMALL) return await this.#writeFile(encoded)
    // A piece may be a view of much more, which would stay in memory with it.
    this.#pack.push({ ...encoded, bytes: encoded.bytes === plain ? Buffer.from(plain) : encoded.bytes })
    this.#packBytes += encoded.bytes.length
    if (this.#packBytes >= PACK_BYTES || this.#pack.length >= PACK_OBJECTS) await this.#writePack()
  }

  async #writePack(): Promise<void> {
    const pack = this.#pack
    this.#pack = []
    this.#packBytes = 0
    if (pack.length >= WORTH_A_PACK) {
      const write = this.#packing.then(() => this.#objects.packs.write(pack, this.#staging))
      this.#packing = write.catch(() => undefined)
      return await write
    }
    await Promise.all(pack.map((object) => this.#writeFile(object)))
  }

  async #writeFile({ name, coding, bytes }: Packable): Promise<void> {
    const temp = join(this.#staging, `${name}.${randomBytes(4).toString('hex')}`)
    await writeSynced(temp, bytes)
    const path = this.#objects.pathOf(name, coding)
    const folder = dirname(path)
    if (!this.#touched.has(folder)) {
      await makePrivateFolder(folder)
      this.#touched.add(folder)
    }
    await rename(temp, path)
  }
}

async function writeSynced(path: string, bytes: Buffer): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.datasync()
  } catch (error) {
    await unlink(path).catch(() => undefined)
    throw error
  } finally {
    await handle.close()
  }
}
