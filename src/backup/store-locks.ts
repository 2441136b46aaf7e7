import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '../base/errors.ts'
import { acquireFileLock, type HeldLock, LockBusy } from '../state/file-lock.ts'
import { nodeKey } from './layout.ts'

/** How long a backup that begins waits for a sweep to end. */
const SWEEP_WAIT_MS = 120_000

/**
 * Keeps processes out of each other's way. Backups of different nodes are taken at once; a sweep only while none is taken,
 * because a backup may lean on an object that no manifest names yet.
 */
export class StoreLocks {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Works on the backups of a node, alone.
   * @param operation what whoever comes meanwhile is told that is being done
   * @throws OperatorError node-busy, data-busy
   */
  async receiving<T>(node: string, work: () => Promise<T>, operation = 'backup-node'): Promise<T> {
    const gate = await this.#gate(SWEEP_WAIT_MS)
    let lock: HeldLock
    try {
      lock = await this.#take(`node-${nodeKey(node)}`, operation, 0)
    } catch (error) {
      if (error instanceof LockBusy) throw new OperatorError('node-busy', { node, operation })
      throw error
    } finally {
      await gate.release()
    }
    try {
      return await work()
    } finally {
      await lock.release()
    }
  }

  /**
   * Does what must not happen while a backup is taken.
   * @throws OperatorError data-busy when one is
   */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const gate = await this.#gate(0)
    const held: HeldLock[] = []
    try {
      for (const name of await readdir(this.#folder)) {
        const label = /^(node-[a-z0-9_@-]+)\.lock$/.exec(name)?.[1]
        // A lock whose owner died is taken over: then nobody is at work under it.
        if (label !== undefined) held.push(await this.#take(label, 'sweep', 0).catch(asBusy))
      }
      return await work()
    } finally {
      for (const lock of held) await lock.release()
      await gate.release()
    }
  }

  /** Does what two processes must not do at once, and what takes no time. @throws OperatorError data-busy */
  async deciding<T>(work: () => Promise<T>): Promise<T> {
    const gate = await this.#gate(SWEEP_WAIT_MS)
    try {
      return await work()
    } finally {
      await gate.release()
    }
  }

  /** Marks backups as being read while `work` runs. @throws OperatorError data-busy */
  async reading<T>(ids: readonly string[], work: () => Promise<T>): Promise<T> {
    const marks: HeldLock[] = []
    try {
      for (const id of new Set(ids)) marks.push(await this.read(id))
      return await work()
    } finally {
      for (const mark of marks) await mark.release()
    }
  }

  /** Marks a backup as being read until the mark is released. @throws OperatorError data-busy */
  async read(id: string): Promise<HeldLock> {
    const label = `read-${id}-${randomBytes(6).toString('hex')}`
    return await this.#marking(() => this.#take(label, 'read', 0))
  }

  /**
   * Does `work` unless somebody reads the backup, and nobody begins to meanwhile.
   * @returns whether it was done
   * @throws OperatorError data-busy
   */
  async unlessRead(id: string, work: () => Promise<void>): Promise<boolean> {
    return await this.#marking(async () => {
      for (const name of await readdir(this.#folder)) {
        const label = /^(read-.+-[0-9a-f]{12})\.lock$/.exec(name)?.[1]
        if (label === undefined || !label.startsWith(`read-${id}-`)) continue
        try {
          // The mark of a process that died is taken over, and goes.
          await (await this.#take(label, 'sweep', 0)).release()
        } catch (error) {
          if (error instanceof LockBusy) return false
          throw error
        }
      }
      await work()
      return true
    })
  }

  async #marking<T>(work: () => Promise<T>): Promise<T> {
    const lock = await this.#take('marks', 'sweep', SWEEP_WAIT_MS).catch(asBusy)
    try {
      return await work()
    } finally {
      await lock.release()
    }
  }

  async #gate(waitMs: number): Promise<HeldLock> {
    return await this.#take('store', 'sweep', waitMs).catch(asBusy)
  }

  async #take(name: string, label: string, waitMs: number): Promise<HeldLock> {
    return await acquireFileLock(join(this.#folder, `${name}.lock`), { label, waitMs })
  }
}

function asBusy(error: unknown): never {
  throw error instanceof LockBusy ? new OperatorError('data-busy', {}, { cause: error }) : error
}
