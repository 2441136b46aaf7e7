import { OperatorError } from '../base/errors.ts'
import { entriesOf } from './lists.ts'
import type { Content, Manifest } from './manifest.ts'
import type { ObjectFile, Objects } from './objects.ts'
import type { Sealed } from './packs.ts'
import { isCiphertext, type ReadBack } from './read-back.ts'
import { type DamagedObject, damage } from './read-backup.ts'

/** What does without private keys does without a file of them that cannot be used. */
export function unlessUnusable(error: unknown): null {
  if (error instanceof OperatorError && error.code === 'backup-key-unusable') return null
  throw error
}

/** An object that is not there or not what it was. */
type Fault = Pick<DamagedObject, 'object' | 'how'>

/**
 * Looks at content whose private key is not here: each sealed pack is compared, as the file that it is, with what it was when it was
 * written, which had been decrypted and compared then.
 */
export class SealedLook {
  readonly #objects: Objects
  readonly #readBack: ReadBack | null
  readonly #locked = new Map<string, boolean>()
  readonly #whole = new Map<string, boolean>()
  readonly #files = new Map<string, ObjectFile>()

  /** @param readBack what need not be read again, because this process has just written it and read it back */
  constructor(objects: Objects, readBack: ReadBack | null = null) {
    this.#objects = objects
    this.#readBack = readBack
  }

  /** Whether a part of a content cannot be decrypted here; a file of keys that cannot be used is none. */
  async isLocked({ pieces }: Pick<Content, 'pieces'>): Promise<boolean> {
    for (const name of pieces) {
      const place = await this.#objects.packs.find(name)
      if (place === null || place.sealed === null) continue
      let locked = this.#locked.get(place.pack)
      if (locked === undefined) {
        locked = (await this.#objects.keyOf(place.pack).catch(unlessUnusable)) === null
        this.#locked.set(place.pack, locked)
      }
      if (locked) return true
    }
    return false
  }

  async #isWhole(pack: string, file: ObjectFile, sealed: Sealed): Promise<boolean> {
    if (this.#objects.packs.isDamaged(pack)) return false
    return this.#readBack?.covers(file) === true || (await isCiphertext(file.path, sealed))
  }

  /** What is wrong with a content; null where nothing is. A pack that is damaged is noted: a backup stores anew what was in it. */
  async faultOf({ pieces }: Pick<Content, 'pieces'>): Promise<Fault | null> {
    for (const object of pieces) {
      const place = await this.#objects.packs.find(object)
      if (place === null || place.sealed === null) {
        const read = await this.#objects.read(object)
        if (read === 'missing' || read === 'damaged') return { object, how: read }
        continue
      }
      const file = await this.#objects.fileOf(object, this.#files)
      if (file === null) return { object, how: 'missing' }
      let whole = this.#whole.get(place.pack)
      if (whole === undefined) {
        whole = await this.#isWhole(place.pack, file, place.sealed)
        this.#whole.set(place.pack, whole)
        if (!whole) await this.#objects.packs.noteDamaged(place.pack)
      }
      if (!whole) return { object, how: 'damaged' }
    }
    return null
  }
}

/**
 * Makes sure that all content of a backup can be decrypted here.
 * @throws OperatorError backup-key-needed, backup-key-unusable, backup-damaged
 */
export async function requireKey(objects: Objects, manifest: Manifest): Promise<void> {
  const look = new SealedLook(objects)
  // Another process may have written it.
  await objects.packs.refresh()
  const needed = async (content: Pick<Content, 'pieces'>) => {
    if (!(await look.isLocked(content))) return
    await objects.requireUsableKeys()
    throw new OperatorError('backup-key-needed', { backup: manifest.id })
  }
  try {
    if (manifest.told !== undefined) await needed(manifest.told)
    for await (const entry of entriesOf(objects, manifest)) if (entry.kind === 'file') await needed(entry)
  } catch (error) {
    throw damage(error, manifest.id)
  }
}
