import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { OperatorError } from '../base/errors.ts'
import { syncFolder } from '../state/atomic-file.ts'

/**
 * Makes commits durable without stopping the event loop: SQLite writes a commit into its log and this syncs the log,
 * one sync for all commits that wait, as SQLite itself would with `synchronous = FULL`. Opening and closing the log
 * is safe: unlike the database file it carries no locks (sqlite.org/wal.html, sqlite.org/howtocorrupt.html 2.2).
 */
export class LogSync {
  readonly #path: string
  #handle: FileHandle | null = null
  #running: Promise<void> | null = null
  #waiting: Promise<void> | null = null

  constructor(databasePath: string) {
    this.#path = `${databasePath}-wal`
  }

  /** Resolves when everything committed before this call is on the disk. @throws OperatorError data-unreachable */
  flush(): Promise<void> {
    if (this.#running === null) return this.#begin()
    // A sync under way may have begun before the commit: the next one counts.
    this.#waiting ??= this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    )
    return this.#waiting
  }

  async close(): Promise<void> {
    await this.#running?.catch(() => undefined)
    await this.#handle?.close()
    this.#handle = null
  }

  #begin(): Promise<void> {
    this.#waiting = null
    const running = this.#sync().finally(() => {
      if (this.#running === running) this.#running = null
    })
    this.#running = running
    return running
  }

  async #sync(): Promise<void> {
    try {
      await this.#syncLog()
    } catch (error) {
      throw new OperatorError('data-unreachable', { file: basename(this.#path) }, { cause: error })
    }
  }

  async #syncLog(): Promise<void> {
    if (this.#handle === null) {
      this.#handle = await open(this.#path, 'r')
      await this.#handle.datasync()
      await syncFolder(dirname(this.#path))
    } else {
      await this.#handle.datasync()
    }
  }
}
