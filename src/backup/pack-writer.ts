import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { makePrivateFolder } from '../state/atomic-file.ts'
import { writeRecord } from './manifest.ts'
import type { Coding } from './object-format.ts'
import { CONTENT, INDEX, type Packs } from './packs.ts'

/** An object on its way into a pack. */
export interface Packable {
  name: string
  coding: Coding
  bytes: Buffer
}

/** Where an object lies in a pack, as its index says it. */
export type PackedPart = [name: string, at: number, bytes: number, coding: Coding]

/** A pack that is being written. Nothing of it counts before it is finished. */
export class PackWriter {
  readonly id: string
  readonly #packs: Packs
  readonly #staging: string
  readonly #file: FileHandle
  readonly parts: PackedPart[] = []
  #isOpen = true
  /** What it holds so far. */
  bytes = 0

  private constructor(packs: Packs, staging: string, id: string, file: FileHandle) {
    this.#packs = packs
    this.#staging = staging
    this.id = id
    this.#file = file
  }

  /** @param staging an existing folder, on the same disk */
  static async begin(packs: Packs, staging: string): Promise<PackWriter> {
    await makePrivateFolder(packs.folder)
    const id = randomBytes(16).toString('hex')
    return new PackWriter(packs, staging, id, await open(join(staging, `${id}${CONTENT}`), 'wx', 0o600))
  }

  get objects(): number {
    return this.parts.length
  }

  async append(objects: readonly Packable[]): Promise<void> {
    for (const { name, bytes, coding } of objects) {
      this.parts.push([name, this.bytes, bytes.length, coding])
      this.bytes += bytes.length
    }
    const parts = objects.map(({ bytes }) => bytes)
    const { bytesWritten } = await this.#file.writev(parts)
    const rest = parts.reduce((sum, { length }) => sum + length, -bytesWritten)
    if (rest > 0) await this.#file.writeFile(Buffer.concat(parts).subarray(bytesWritten))
  }

  /**
   * Gives the pack its name once its bytes are on the disk, and then its index. The names are not certain to survive a power
   * cut until the folder of the packs is synced; an index whose pack did not get its name holds nothing.
   */
  async finish(): Promise<void> {
    try {
      await this.#file.datasync()
    } finally {
      await this.giveUp()
    }
    await rename(join(this.#staging, `${this.id}${CONTENT}`), this.#packs.pathOf(this.id))
    const index = join(this.#staging, `${this.id}${INDEX}`)
    await writeSynced(index, writeRecord({ version: 1, objects: this.parts }))
    await rename(index, join(this.#packs.folder, `${this.id}${INDEX}`))
  }

  /** Closes the file; what is not finished lies in the staging folder and goes with it. */
  async giveUp(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#file.close()
  }
}

/** Writes a new file; its bytes are on the disk when this resolves. */
export async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.datasync()
  } catch (error) {
    await unlink(path).catch(() => undefined)
    throw error
  } finally {
    await handle.close()
  }
}
