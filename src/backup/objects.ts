import { randomBytes } from 'node:crypto'
import { open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hasCode, makePrivateFolder, syncFolder } from '../state/atomic-file.ts'
import { type Coding, decodeObject, encodeObject } from './object-format.ts'

const CODINGS: readonly Coding[] = ['.gz', '']
/** How many objects are packed and written at once. */
const AT_ONCE = 6

/** What reading an object gave. */
export type ObjectRead = Buffer | 'missing' | 'damaged'

/** Objects by the SHA-256 of their content, each a file of its own that never changes. */
export class Objects {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** The file of an object; null when there is none. */
  async find(name: string): Promise<{ path: string; coding: Coding; bytes: number } | null> {
    for (const coding of CODINGS) {
      const path = this.pathOf(name, coding)
      const found = await stat(path).catch((error: unknown) => {
        if (hasCode(error, 'ENOENT')) return null
        throw error
      })
      if (found !== null) return { path, coding, bytes: found.size }
    }
    return null
  }

  /** The names of all objects. */
  async names(): Promise<Set<string>> {
    const names = new Set<string>()
    for (const part of await readdir(this.folder))
      for (const file of await readdir(join(this.folder, part)).catch(() => [])) {
        const [name = '', ending] = file.split('.')
        if (CODINGS.includes(ending === undefined ? '' : (`.${ending}` as Coding))) names.add(name)
      }
    return names
  }

  async read(name: string): Promise<ObjectRead> {
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

  pathOf(name: string, coding: Coding): string {
    return join(this.folder, name.slice(0, 2), `${name}${coding}`)
  }
}

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
  #there: Promise<Set<string>> | null = null
  #failure: unknown = null
  /** Content that the store did not have, and what it takes there. */
  newBytes = 0
  storedBytes = 0

  /** @param staging an existing folder of this run, on the same disk */
  constructor(objects: Objects, staging: string) {
    this.#objects = objects
    this.#staging = staging
  }

  /** Takes an object; waits while too many are on their way. Throws what failed, of this object or of one before. */
  async put(name: string, plain: Buffer): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    if (this.#seen.has(name)) return
    this.#seen.add(name)
    while (this.#running.size >= AT_ONCE) await Promise.race(this.#running)
    const task = this.#write(name, plain)
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => this.#running.delete(task))
    this.#running.add(task)
  }

  /** Waits until everything that was put is on the disk under its name. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
    if (this.#failure !== null) throw this.#failure
    for (const folder of this.#touched) await syncFolder(folder)
    if (this.#touched.size > 0) await syncFolder(this.#objects.folder)
    this.#touched.clear()
  }

  /** Waits for what is on its way, whatever becomes of it. */
  async giveUp(): Promise<void> {
    this.#failure ??= new Error('given up')
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  async #write(name: string, plain: Buffer): Promise<void> {
    this.#there ??= this.#objects.names()
    if ((await this.#there).has(name)) {
      const known = await this.#objects.find(name)
      // A file that lost its content, as some file systems do at a power cut, is no object.
      if (known !== null && known.bytes > 0) return
    }
    const { coding, bytes } = await encodeObject(plain)
    const temp = join(this.#staging, `${name}.${randomBytes(4).toString('hex')}`)
    await writeSynced(temp, bytes)
    const path = this.#objects.pathOf(name, coding)
    const folder = dirname(path)
    if (!this.#touched.has(folder)) {
      await makePrivateFolder(folder)
      this.#touched.add(folder)
    }
    await rename(temp, path)
    this.newBytes += plain.length
    this.storedBytes += bytes.length
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
