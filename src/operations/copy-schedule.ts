import { OperatorError } from '../base/errors.ts'
import type { Job } from '../monitor/schedule.ts'
import { type OffsiteProblem, problemIn } from '../offsite/target.ts'
import { SCHEDULER } from './access.ts'
import { lastGood } from './backups.ts'
import type { Context } from './context.ts'
import { copyBackup } from './copy-backup.ts'
import { tellOfFleet } from './fleet-incident.ts'
import { runOperation } from './run-operation.ts'

const MINUTE = 60_000
/** A target that failed is left alone for so long, and each time for twice as long. */
const FIRST_PAUSE_MS = 15 * MINUTE
const LONGEST_PAUSE_MS = 6 * 60 * MINUTE
/** Somebody else works on the store: the next pass looks again. */
const BUSY: readonly string[] = ['node-busy', 'data-busy']

/**
 * Copies the newest verified backup of each node away from this machine, one after the other, whoever took it. It is apart from
 * taking backups: a copy holds no node, and one that fails leaves the backup what it is. What is there already is seen by the
 * record beside the backup, so that a restart of the program neither forgets nor repeats.
 */
export class CopySchedule {
  readonly #context: Context
  readonly #ending = new AbortController()
  /** The backup of each node that needs nothing more. */
  readonly #done = new Map<string, string>()
  #running: Promise<void> | null = null
  #failures = 0
  #notBefore = Number.NEGATIVE_INFINITY

  constructor(context: Context) {
    this.#context = context
  }

  /** Looks once a minute what is to be copied. */
  job(): Job {
    return { name: 'copies', everyMs: MINUTE, timeLimitMs: 10 * MINUTE, run: async () => this.pass() }
  }

  /** Begins what is to be copied and does not wait for its end. One pass at a time. */
  pass(): void {
    const { backups, clock, log } = this.#context
    if (this.#running !== null || this.#ending.signal.aborted) return
    if (clock.monotonic() < this.#notBefore) return
    this.#running = (backups.copies.target === null ? this.#tell(null) : this.#copyAll())
      .catch((error: unknown) => log.error({ err: error }, 'backups could not be looked through for copies'))
      .finally(() => {
        this.#running = null
      })
  }

  /** Begins nothing more, stops what runs, and waits for it. */
  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#running
  }

  /** Resolves when nothing runs. */
  async settled(): Promise<void> {
    await this.#running
  }

  async #copyAll(): Promise<void> {
    const { backups, registry } = this.#context
    await backups.book.prepare()
    const known = new Set<string>()
    let whole = !backups.book.isUnreadable()
    for (const { id } of registry.list()) {
      known.add(id)
      const proven = backups.book.standing(id).proven.value
      if (proven === null || this.#done.get(id) === proven.id) continue
      const copied = await this.#copy(id)
      if (copied === 'stop') return
      if (copied === 'not-now') whole = false
    }
    for (const id of this.#done.keys()) if (!known.has(id)) this.#done.delete(id)
    if (whole) await this.#tell(null)
  }

  /** One incident about the place, however many backups wait for it. */
  async #tell(why: OffsiteProblem | null): Promise<void> {
    const target = this.#context.backups.copies.target ?? ''
    await tellOfFleet(this.#context, 'backup-copies', {
      level: why === null ? null : 'notice',
      cause: 'copies-failing',
      params: why === null ? {} : { target, why },
    })
  }

  /** @returns `stop` where it is of no use to go on with the next node */
  async #copy(node: string): Promise<'there' | 'not-now' | 'stop'> {
    const { backups } = this.#context
    const { signal } = this.#ending
    if (signal.aborted) return 'stop'
    const row = lastGood(await backups.list(node))
    if (row === undefined) return 'there'
    const { target } = backups.copies
    if (row.offSite?.target === target && row.offSite?.at != null) {
      this.#done.set(node, row.id)
      return 'there'
    }
    try {
      await runOperation(this.#context, SCHEDULER, copyBackup, { node, backup: row.id }, { signal })
      this.#done.set(node, row.id)
      this.#failures = 0
      return 'there'
    } catch (error) {
      if (signal.aborted) return 'stop'
      return await this.#failed(node, row.id, error)
    }
  }

  async #failed(node: string, backup: string, error: unknown): Promise<'not-now' | 'stop'> {
    const { clock, log } = this.#context
    const code = error instanceof OperatorError ? error.code : null
    if (code !== null && BUSY.includes(code)) return 'not-now'
    const facts = { err: error, node, backup }
    const why = problemIn(error)
    if (why === null) {
      // It is not the target that is at fault: the next backup of the node is looked at anew.
      this.#done.set(node, backup)
      log.warn(facts, 'a backup could not be copied away')
      return 'not-now'
    }
    this.#failures += 1
    this.#notBefore =
      clock.monotonic() + Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS)
    if (this.#failures === 1) log.warn(facts, 'the off-site target failed, trying again later')
    else log.debug(facts, 'the off-site target failed again')
    await this.#tell(why)
    return 'stop'
  }
}
