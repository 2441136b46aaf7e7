import { stat } from 'node:fs/promises'
import { monotonicMs } from '../base/clock.ts'
import { sqliteDriver } from '../base/sqlite-driver.ts'

/** The log is written back into the database from this size on. */
const LOG_BYTES = 8 * 1024 * 1024
/** How often the size is looked at while there are writes. */
const LOOK_EVERY_MS = 5_000

/**
 * What the thread runs. It also takes the first write after the log was emptied, which waits for the disk: no writer of
 * this process has to. Text, so that it needs neither a build nor a loader of its own.
 */
const PROGRAM = `
  const { workerData } = require('node:worker_threads')
  const { DatabaseSync } = require(workerData.driver)
  const db = new DatabaseSync(workerData.path, { timeout: 2000 })
  try {
    db.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0')
    const { busy, log, checkpointed } = db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()
    if (busy === 0 && log === checkpointed)
      db.exec("BEGIN IMMEDIATE; UPDATE meta SET value = value WHERE name = 'revision'; COMMIT")
  } finally {
    db.close()
  }
`

/** Keeps the log of a database short, in a thread of its own: it syncs the database file, which takes its time. */
export class Checkpoints {
  readonly #path: string
  readonly #limit: number
  readonly #onFailure: (error: unknown) => void
  #lookedAt = 0
  #running: Promise<void> | null = null

  constructor(path: string, options: { limit?: number; onFailure: (error: unknown) => void }) {
    this.#path = path
    this.#limit = options.limit ?? LOG_BYTES
    this.#onFailure = options.onFailure
  }

  /** Looks, now and then, whether the log has grown enough. Called after writes; returns at once. */
  consider(): void {
    if (this.#running !== null || monotonicMs() - this.#lookedAt < LOOK_EVERY_MS) return
    this.#lookedAt = monotonicMs()
    this.#running = this.#runIfLarge()
      .catch(this.#onFailure)
      .finally(() => {
        this.#running = null
      })
  }

  /** Resolves when no thread runs any more. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #runIfLarge(): Promise<void> {
    const { size } = await stat(`${this.#path}-wal`)
    if (size >= this.#limit) await checkpoint(this.#path)
  }
}

/** Writes what the log holds back into the database. @throws what the thread throws */
export async function checkpoint(path: string): Promise<void> {
  // Few commands write enough to need it.
  const { Worker } = await import('node:worker_threads')
  const driver = sqliteDriver()
  const thread = new Worker(PROGRAM, { eval: true, workerData: { driver, path }, execArgv: [] })
  await new Promise<void>((resolve, reject) => {
    thread.once('error', reject)
    thread.once('exit', () => resolve())
  })
}
