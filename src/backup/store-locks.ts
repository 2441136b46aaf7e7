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

  /** @throws OperatorError node-busy, data-busy */
  async receiving<T>(node: string, work: () => Promise<T>): Promise<T> {
    const gate = await this.#gate(SWEEP_WAIT_MS)
    let lock: HeldLock
    try {
      lock = await this.#take(`node-${nodeKey(node)}`, 'backup', 0)
    } catch (error) {
      if (error instanceof LockBusy) throw new OperatorError('node-busy', { node, operation: 'backup' })
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
        const label = /^(node-[a-z0-9_-]+)\.lock$/.exec(name)?.[1]
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
