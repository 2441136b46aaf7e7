import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { makePrivateFolder } from '../state/atomic-file.ts'
import { writeRecord } from './manifest.ts'
import type { Coding, Parts } from './object-format.ts'
import { INDEX, type Packs, type Sealed } from './packs.ts'
import { type PayloadKey, Sealer } from './seal.ts'

/** An object on its way into a pack. */
export interface Packable {
  name: string
  coding: Coding
  parts: Parts
  bytes: number
}

/** Where an object lies in a pack, as its index says it. */
export type PackedPart = [name: string, at: number, bytes: number, coding: Coding]

/** A pack that is being written. Nothing of it counts before it is finished. */
export class PackWriter {
  readonly id: string
  readonly #packs: Packs
  readonly #staging: string
  readonly #file: FileHandle
  readonly #sealer: Sealer | null
  /** What the file is, and what opens it as long as this process knows; null until it is finished, and where it is not sealed. */
  sealed: (Sealed & { payload: PayloadKey }) | null = null
  readonly parts: PackedPart[] = []
  #isOpen = true
  /** What it holds so far. */
  bytes = 0

  private constructor(packs: Packs, staging: string, id: string, file: FileHandle, sealer: Sealer | null) {
    this.#packs = packs
    this.#staging = staging
    this.id = id
    this.#file = file
    this.#sealer = sealer
  }

  /**
   * @param staging an existing folder, on the same disk
   * @param recipients public keys of age for which it is sealed; none leaves it as it is
   */
  static async begin(packs: Packs, staging: string, recipients: readonly string[]): Promise<PackWriter> {
    await makePrivateFolder(packs.folder)
    const sealer = recipients.length === 0 ? null : await Sealer.begin(recipients)
    const id = randomBytes(16).toString('hex')
    const file = await open(join(staging, id), 'wx', 0o600)
    const writer = new PackWriter(packs, staging, id, file, sealer)
    if (sealer !== null) await writer.#write([sealer.head])
    return writer
  }

  /** Where it lies once it is finished. */
  get path(): string {
    return this.#packs.pathOf(this.id, this.#sealer !== null)
  }

  get objects(): number {
    return this.parts.length
  }

  async append(objects: readonly Packable[]): Promise<void> {
    for (const { name, bytes, coding } of objects) {
      this.parts.push([name, this.bytes, bytes, coding])
      this.bytes += bytes
    }
    const sealer = this.#sealer
    const parts = objects.flatMap((object) => object.parts)
    await this.#write(sealer === null ? parts : parts.flatMap((part) => sealer.push(part)))
  }

  async #write(parts: readonly Buffer[]): Promise<void> {
    if (parts.length === 0) return
    const { bytesWritten } = await this.#file.writev(parts as Buffer[])
    const rest = parts.reduce((sum, { length }) => sum + length, -bytesWritten)
    if (rest > 0) await this.#file.writeFile(Buffer.concat(parts).subarray(bytesWritten))
  }

  /**
   * Gives the pack its name once its bytes are on the disk, and then its index. The names are not certain to survive a power
   * cut until the folder of the packs is synced; an index whose pack did not get its name holds nothing.
   */
  async finish(): Promise<void> {
    const sealer = this.#sealer
    try {
      if (sealer !== null) {
        await this.#write([sealer.end()])
        this.sealed = { sha256: sealer.sha256(), bytes: sealer.bytes, payload: sealer.payload }
      }
      await this.#file.datasync()
    } finally {
      await this.giveUp()
    }
    await rename(join(this.#staging, this.id), this.path)
    const index = join(this.#staging, `${this.id}${INDEX}`)
    await writeSynced(index, writeRecord(this.#index()))
    await rename(index, join(this.#packs.folder, `${this.id}${INDEX}`))
  }

  #index(): object {
    if (this.sealed === null) return { version: 1, objects: this.parts }
    const { sha256, bytes } = this.sealed
    return { version: 2, sealed: { sha256, bytes }, objects: this.parts }
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
