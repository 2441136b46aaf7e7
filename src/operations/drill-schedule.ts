import { recordAt } from '../../registry/record-at.ts'
import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { type BackupTurn, dueBackups } from '../monitor/backup-due.ts'
import type { BackupAttempts } from '../monitor/rules/backup.ts'
import { thresholdsFor } from '../monitor/thresholds.ts'
import { SCHEDULER } from './access.ts'
import type { Context } from './context.ts'
import { drillBackup } from './drill-backup.ts'
import { runOperation } from './run-operation.ts'

const HOUR = 3_600_000

/** Tries one backup after the other whether it can be restored, each node in its own turn. */
export class DrillSchedule {
  readonly #context: Context
  readonly #signal: AbortSignal
  #running: Promise<void> | null = null
  /** Trials that could not be made at all. What one found is in the store. */
  readonly #failed = new Map<string, BackupAttempts>()

  constructor(context: Context, signal: AbortSignal) {
    this.#context = context
    this.#signal = signal
  }

  /** Begins one if one is due and none runs. */
  beginDue(): void {
    if (this.#running !== null || this.#signal.aborted) return
    const { clock, registry } = this.#context
    const now = clock.now()
    const turns = registry.list().flatMap((node) => this.#turnOf(node, now))
    const [id] = dueBackups(turns, { now, running: new Set(), atOnce: 1 })
    if (id === undefined) return
    this.#running = this.#drill(id).finally(() => {
      this.#running = null
    })
  }

  /** Resolves when none runs. */
  async settled(): Promise<void> {
    await this.#running
  }

  #turnOf(node: NodeRecord, now: number): BackupTurn[] {
    const { rules, backups } = this.#context
    const at = thresholdsFor(rules.value(), { nodeId: node.id, tags: node.tags, agentId: null })
    const { proven, drilled, attempts } = backups.book.standing(node.id)
    if (at.backupEvery === 0 || at.drillEvery === 0 || recordAt(node, now).state !== 'active') return []
    // There is nothing to try, or nobody knows.
    if (proven.value === null || attempts === null) return []
    const isAnother = drilled !== null && !drilled.ok && drilled.id !== proven.value.id
    // The first one has its turn like any other; one that failed is tried with the next backup.
    const last = isAnother ? null : (drilled?.at ?? attempts.since)
    return [
      {
        nodeId: node.id,
        everyMs: at.drillEvery * HOUR,
        provenAt: last,
        attempts: this.#failed.get(node.id) ?? null,
      },
    ]
  }

  async #drill(node: string): Promise<void> {
    const { clock, log } = this.#context
    const startedAt = clock.now()
    try {
      await runOperation(this.#context, SCHEDULER, drillBackup, { node }, { signal: this.#signal })
      this.#failed.delete(node)
    } catch (error) {
      if (this.#signal.aborted) return
      const failures = (this.#failed.get(node)?.failures ?? 0) + 1
      this.#failed.set(node, { since: startedAt, startedAt, endedAt: clock.now(), failures })
      const facts = { err: error, node, code: error instanceof OperatorError ? error.code : null }
      if (failures === 1) log.warn(facts, 'a restore drill could not be made, trying again later')
    }
  }
}
