import type { Adapter } from 'lowdb'
import { OperatorError } from '../src/base/errors.ts'
import type { HeldLock } from '../src/state/file-lock.ts'
import { FileUnreadable, type GuardedFile } from '../src/state/guarded-file.ts'
import type { Migration } from './migrations.ts'
import { damagedError, emptyRegistry, parseRegistry, type RegistryFault } from './parse.ts'
import { REGISTRY_VERSION, type RegistryData } from './schema.ts'

/**
 * lowdb's storage for the registry. lowdb's own file adapter neither syncs nor locks, shares one temp name between
 * processes, resets the file mode and takes any JSON; this one reads strictly and writes through a {@link GuardedFile}.
 */
export class RegistryAdapter implements Adapter<RegistryData> {
  /** The lock under which {@link write} may write; set by the registry for the length of one change. */
  lock: HeldLock | null = null
  /** Whether the last write also refreshed the copy. */
  backedUp = true
  readonly #file: GuardedFile
  readonly #name: string
  readonly #migrations: ReadonlyMap<number, Migration> | undefined
  #current: RegistryData | null = null

  constructor(file: GuardedFile, name: string, migrations: ReadonlyMap<number, Migration> | undefined) {
    this.#file = file
    this.#name = name
    this.#migrations = migrations
  }

  /**
   * The registry as it is on the disk; the object of the last read or write when nothing has changed.
   * @throws OperatorError registry-newer; registry-damaged before the first good read and registry-edited after it
   */
  async read(): Promise<RegistryData> {
    const nowhere = { line: 0, column: 0, where: '' }
    try {
      const { bytes, changed } = await this.#file.read()
      if (!changed && this.#current !== null) return this.#current
      if (bytes === null && this.#current !== null)
        throw await this.#damaged({ ...nowhere, problem: 'file-missing' })
      const data = bytes === null ? emptyRegistry() : await this.#parse(bytes)
      this.#file.markSeen(bytes)
      this.#current = data
      return data
    } catch (error) {
      if (!(error instanceof FileUnreadable)) throw error
      throw await this.#damaged({ ...nowhere, problem: error.problem }, error)
    }
  }

  /** @throws FileChanged, LockLost, or the error of the file system; the file is then as it was */
  async write(data: RegistryData): Promise<void> {
    if (this.lock === null) throw new OperatorError('internal', { problem: 'write without lock' })
    const { backedUp } = await this.#file.replace(`${JSON.stringify(data, null, 2)}\n`, this.lock)
    this.backedUp = backedUp
    this.#current = data
  }

  async #parse(bytes: Uint8Array): Promise<RegistryData> {
    const parsed = parseRegistry(bytes, this.#migrations)
    if (parsed.kind === 'fault') throw await this.#damaged(parsed.fault)
    if (parsed.kind === 'newer')
      throw new OperatorError('registry-newer', {
        file: this.#name,
        version: parsed.fileVersion,
        supported: REGISTRY_VERSION,
      })
    return deepFreeze(parsed.data)
  }

  async #damaged(fault: RegistryFault, cause?: unknown): Promise<OperatorError> {
    const code = this.#current === null ? 'registry-damaged' : 'registry-edited'
    const names = { file: this.#name, backup: await this.#file.backupName() }
    return damagedError(code, names, fault, cause)
  }
}

/** Records are handed out as they are; freezing turns an accidental change of shared state into an error. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}
