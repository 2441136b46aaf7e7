import { recordAt } from '../../registry/record-at.ts'
import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { type BackupTurn, dueBackups } from '../monitor/backup-due.ts'
import type { ConditionCode } from '../monitor/conditions.ts'
import type { BackupAttempts } from '../monitor/rules/backup.ts'
import type { Job } from '../monitor/schedule.ts'
import type { Measurement } from '../monitor/signal.ts'
import { thresholdsFor } from '../monitor/thresholds.ts'
import { SCHEDULER } from './access.ts'
import { backupNode } from './backup-node.ts'
import type { Context } from './context.ts'
import { DrillSchedule } from './drill-schedule.ts'
import { tellOfFleet } from './fleet-incident.ts'
import { runOperation } from './run-operation.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NEVER: BackupAttempts = { since: 0, startedAt: null, endedAt: null, failures: 0 }
/** Somebody else works on the node or on the store: nothing failed. */
const BUSY: readonly string[] = ['node-busy', 'data-busy']

/**
 * Takes the backups that the rules ask for: a few at once, never two of one node, none of a node that is out of service.
 * What it remembers is on the disk, so that a restart of the program neither forgets nor repeats.
 */
export class BackupSchedule {
  readonly #context: Context
  readonly #running = new Map<string, Promise<void>>()
  readonly #ending = new AbortController()
  readonly #drills: DrillSchedule
  #passing: Promise<void> = Promise.resolve()

  constructor(context: Context) {
    this.#context = context
    this.#drills = new DrillSchedule(context, this.#ending.signal)
  }

  /** Looks what is due once a minute. */
  job(): Job {
    return { name: 'backups', everyMs: MINUTE, timeLimitMs: 10 * MINUTE, run: () => this.pass() }
  }

  /** Begins what is due and does not wait for its end. One pass at a time. */
  pass(): Promise<void> {
    this.#passing = this.#passing.catch(() => undefined).then(() => this.#pass())
    return this.#passing
  }

  /** Begins nothing more, stops what runs, and waits for it. */
  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#passing.catch(() => undefined)
    await Promise.all([...this.#running.values(), this.#drills.settled()])
  }

  /** Resolves when nothing that was begun so far runs any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values())
    await this.#passing
    await this.#drills.settled()
  }

  async #pass(): Promise<void> {
    if (this.#ending.signal.aborted) return
    const { clock, backups, limits } = this.#context
    await (backups.book.isUnreadable() ? backups.book.refresh() : backups.book.prepare())
    const turns = await this.#turns()
    const obstacle = turns.length === 0 ? null : await this.#obstacle()
    await this.#tell(obstacle)
    if (obstacle !== null || this.#ending.signal.aborted) return
    const running = new Set(this.#running.keys())
    for (const id of dueBackups(turns, { now: clock.now(), running, atOnce: limits.backup.atOnce }))
      this.#begin(id)
    this.#drills.beginDue()
  }

  /** The nodes in service of which backups are asked for. */
  async #turns(): Promise<BackupTurn[]> {
    const { registry, clock, backups } = this.#context
    const now = clock.now()
    const forgotten = new Set(backups.book.attempted())
    const turns: BackupTurn[] = []
    for (const node of registry.list()) {
      const every = this.#everyHours(node)
      if (every === 0) continue
      forgotten.delete(node.id.toLowerCase())
      if (recordAt(node, now).state !== 'active') continue
      const { proven, attempts } = backups.book.standing(node.id)
      if (attempts === null) await backups.book.noteAttempts(node.id, { ...NEVER, since: now })
      const provenAt = proven.value?.takenAt ?? null
      turns.push({ nodeId: node.id, everyMs: every * HOUR, provenAt, attempts })
    }
    for (const id of forgotten) await backups.book.noteAttempts(id, null)
    return turns
  }

  #everyHours({ id, tags }: NodeRecord): number {
    return thresholdsFor(this.#context.rules.value(), { nodeId: id, tags, agentId: null }).backupEvery
  }

  /** What keeps every backup from being taken; null when nothing does. */
  async #obstacle(): Promise<{ cause: ConditionCode; params: Measurement['params'] } | null> {
    const { backups, limits, log } = this.#context
    if (backups.book.isUnreadable()) return { cause: 'backups-unreadable', params: {} }
    try {
      const free = await backups.freeBytes()
      const floor = limits.backup.floorBytes
      return free >= floor ? null : { cause: 'backups-no-room', params: { free, floor } }
    } catch (error) {
      log.debug({ err: error }, 'the room for backups could not be read')
      return { cause: 'backups-unreadable', params: {} }
    }
  }

  /** One incident about the store, however many nodes wait for it. */
  async #tell(obstacle: { cause: ConditionCode; params: Measurement['params'] } | null): Promise<void> {
    const { cause, params } = obstacle ?? { cause: 'backups-unreadable' as const, params: {} }
    await tellOfFleet(this.#context, 'backup-store', {
      level: obstacle === null ? null : 'warning',
      cause,
      params,
    })
  }

  #begin(id: string): void {
    const run = this.#backUp(id)
      .catch((error: unknown) =>
        this.#context.log.error({ err: error, node: id }, 'a scheduled backup could not be written down'),
      )
      .finally(() => {
        this.#running.delete(id)
        // The next one takes its place at once.
        if (!this.#ending.signal.aborted)
          void this.pass().catch((error: unknown) =>
            this.#context.log.error({ err: error }, 'backups not begun'),
          )
      })
    this.#running.set(id, run)
  }

  async #backUp(node: string): Promise<void> {
    const { clock, backups } = this.#context
    const before = backups.book.standing(node).attempts ?? { ...NEVER, since: clock.now() }
    const begun = { ...before, startedAt: clock.now(), endedAt: null }
    await backups.book.noteAttempts(node, begun)
    const failed = await this.#run(node, before.failures)
    // Ended with the program: its turn is still to come.
    if (failed === 'stopped') return await backups.book.noteAttempts(node, before)
    const failures = failed === 'busy' ? before.failures : failed === 'yes' ? before.failures + 1 : 0
    await backups.book.noteAttempts(node, { ...begun, endedAt: clock.now(), failures })
  }

  async #run(node: string, failures: number): Promise<'no' | 'yes' | 'busy' | 'stopped'> {
    const { log } = this.#context
    const { signal } = this.#ending
    try {
      const { outcome } = await runOperation(this.#context, SCHEDULER, backupNode, { node }, { signal })
      return outcome === 'done' || outcome === 'partial' ? 'no' : 'yes'
    } catch (error) {
      if (signal.aborted) return 'stopped'
      if (error instanceof OperatorError && BUSY.includes(error.code)) return 'busy'
      const facts = { err: error, node, failures: failures + 1 }
      if (failures === 0) log.warn(facts, 'a scheduled backup failed, trying again later')
      else log.debug(facts, 'a scheduled backup failed again')
      return 'yes'
    }
  }
}
