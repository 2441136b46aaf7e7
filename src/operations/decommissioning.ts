import { observeNode } from '../monitor/observe.ts'
import {
  type DecommissionItem,
  decommissionSide,
  type ItemStands,
} from '../openclaw/decommission/node-side.ts'
import { restoreSide } from '../openclaw/restore/node-side.ts'
import {
  disableCommand,
  reloadUnitsCommand,
  resetFailedCommand,
  startCommand,
  stopCommand,
  unitFileCommand,
  unitStateCommand,
} from '../openclaw/service.ts'
import type { ExecResult } from '../ssh/exec.ts'
import type { ShellCommand } from '../ssh/shell-quote.ts'
import { awaitRestarted, type Restarted } from './await-restarted.ts'
import type { Context } from './context.ts'
import type { DecommissionRecord, DecommissionStepName } from './decommission-journal.ts'
import type { DecommissionStep } from './decommission-node.ts'
import type { DecommissionSeen } from './decommission-plan.ts'
import type { Call } from './operation.ts'
import { isSilence, NotStopped } from './restoration.ts'
import { readRunningWork } from './running-work.ts'

const SHORT_MS = 60_000
/** A large state is deleted file by file. */
const DELETE_MS = 30 * 60_000
/** The unit of OpenClaw lets running turns finish for up to 330 s. */
const STOP_MS = 345_000
const POLL_MS = 500
const RETRY_MS = 1_000
/** A connection that was cut comes back within this, or nobody knows what became of the node. */
const PATIENCE_MS = 20_000

/** Something on the node is not what was found when the run began. */
export class NotAsFound extends Error {
  override readonly name = 'NotAsFound'
  readonly paths: readonly string[]
  constructor(paths: readonly string[]) {
    super(`not as it was found: ${paths.join(' ')}`)
    this.paths = paths
  }
}

/** Before anything is deleted a backup has to be here that is younger than the run and sound. */
export class NotProven extends Error {
  override readonly name = 'NotProven'
}

/** One decommission of one node: the steps on the node, each of which may be repeated. */
export class Decommissioning {
  record: DecommissionRecord
  readonly #context: Context
  readonly #call: Call<DecommissionStep>
  readonly #seen: NonNullable<DecommissionSeen>

  constructor(context: Context, call: Call<DecommissionStep>, seen: NonNullable<DecommissionSeen>) {
    this.#context = context
    this.#call = call
    this.#seen = seen
    this.record = seen.record
  }

  /** Does a step, unless an earlier run has. It is in the journal before it begins and after it was verified. */
  async step(name: DecommissionStepName, work: () => Promise<void>): Promise<void> {
    const { clock, decommissions } = this.#context
    if (this.record.done.some(({ step }) => step === name)) return
    await this.note({ step: name })
    this.#call.progress({ step: name, durationMs: null, detail: null })
    const startedAt = clock.monotonic()
    await work()
    const durationMs = Math.round(clock.monotonic() - startedAt)
    this.record = { ...this.record, done: [...this.record.done, { step: name, durationMs }] }
    await decommissions.put(this.record)
    this.#call.progress({ step: name, durationMs, detail: null })
  }

  /** Writes down what has to survive a crash before it is acted upon. */
  async note(change: Partial<DecommissionRecord>): Promise<void> {
    this.record = { ...this.record, ...change }
    await this.#context.decommissions.put(this.record)
  }

  /** Whether work is still under way: how much; null where the gateway cannot tell. */
  async working(): Promise<number | null> {
    const { statusDeadlineMs: deadlineMs } = this.#context.limits
    const bounds = { deadlineMs, signal: this.#call.signal }
    const snapshot = await observeNode(this.#context, this.#call.node(), { kind: 'asked', ...bounds })
    const work = await readRunningWork(this.#context, this.#seen.link, snapshot, bounds)
    return work.canDrain ? work.total.value : null
  }

  /** Stops the unit and proves it: inactive, no process, port closed, no database open. @throws NotStopped */
  async stop(): Promise<void> {
    const { clock } = this.#context
    const startedAt = clock.monotonic()
    for (let asked = false; ; ) {
      const proof = await this.persist(() => this.#stopped())
      if (proof.stopped) return
      const waitedMs = Math.round(clock.monotonic() - startedAt)
      if (waitedMs >= STOP_MS) throw new NotStopped()
      // A command whose connection was cut may not have arrived.
      if (!asked || proof.active === 'active' || proof.active === 'activating') {
        asked = true
        const deadlineMs = STOP_MS - waitedMs
        const result = await this.#exec(stopCommand(this.record.unit, 'user'), deadlineMs).catch(whenSilent)
        if (result !== null && result.code !== 0) throw new NotStopped()
        continue
      }
      await clock.sleep(POLL_MS)
    }
  }

  /** @throws NotStopped when something of the gateway is there though it had been stopped */
  async requireStopped(): Promise<void> {
    if (!(await this.persist(() => this.#stopped())).stopped) throw new NotStopped()
  }

  async #stopped(): Promise<{ stopped: boolean; active: string | null }> {
    const { unit, port, items } = this.record
    const { link, snapshot } = this.#seen
    const { stdout } = await this.#exec(unitStateCommand(unit, 'user'))
    const active = /^ActiveState=(.*)$/m.exec(stdout)?.[1] ?? null
    const pid = Number(/^MainPID=(\d+)$/m.exec(stdout)?.[1] ?? Number.NaN)
    if ((active !== 'inactive' && active !== 'failed') || pid !== 0) return { stopped: false, active }
    const was = snapshot.service.pid.value
    const quiet = await restoreSide(link, { folder: '', nodeBinary: this.record.nodeBinary }).quiet(
      {
        port,
        pid: was === 0 ? null : was,
        places: items.filter(({ kind }) => kind === 'state').flatMap(({ real, aside }) => [real, aside]),
      },
      { deadlineMs: SHORT_MS, fresh: true },
    )
    return { stopped: !quiet.listening && !quiet.lives && quiet.holders.length === 0, active }
  }

  /** Starts the unit again, where nothing was taken away yet. */
  async start(): Promise<Restarted> {
    const { link, snapshot } = this.#seen
    const { clock } = this.#context
    await this.persist(() => this.#exec(resetFailedCommand(this.record.unit)))
    await this.persist(() => this.#exec(startCommand(this.record.unit, 'user')))
    const call = { ...this.#call, signal: new AbortController().signal, progress: () => undefined }
    const before = { ...snapshot, state: 'service-down' as const }
    return await awaitRestarted(this.#context, link, before, clock.monotonic(), call)
  }

  /** Takes the unit out of every start, and its file away. @throws NotStopped, NotAsFound */
  async uninstall(): Promise<void> {
    const { unit } = this.record
    await this.requireStopped()
    if (!(await this.#isUnknown())) {
      const { code } = await this.persist(() => this.#exec(disableCommand(unit)))
      if (code !== 0) throw new NotAsFound([unit])
    }
    await this.rename(this.record.items.filter(({ kind }) => kind === 'unit'))
    await this.persist(() => this.#exec(reloadUnitsCommand()))
    if (!(await this.#isUnknown())) throw new NotAsFound([unit])
    await this.requireStopped()
  }

  async #isUnknown(): Promise<boolean> {
    const { stdout } = await this.persist(() => this.#exec(unitFileCommand(this.record.unit)))
    return /^LoadState=not-found$/m.test(stdout)
  }

  /** @throws NotProven unless the backup of this run is here, younger than the run, and sound now */
  async requireProof(): Promise<void> {
    const { backups } = this.#context
    const { nodeId, backup, startedAt } = this.record
    const row = (await backups.list(nodeId)).find(({ id }) => id === backup)
    if (row === undefined || row.takenAt < startedAt) throw new NotProven()
    const found = await backups.verify(nodeId, row.id, { signal: new AbortController().signal })
    if (!found.sound) throw new NotProven()
  }

  /** @throws NotAsFound when something else lies there, or a guard refuses it */
  async rename(items: readonly DecommissionItem[]): Promise<void> {
    const told = await this.persist(() => this.#side().rename(items, { deadlineMs: SHORT_MS, fresh: true }))
    this.#require(told, items, ['renamed', 'anew'])
  }

  /** Deletes what was renamed, and is satisfied when it is gone. Returns what came up at its places. */
  async remove(): Promise<string[]> {
    const { items } = this.record
    const told = await this.persist(() => this.#side().remove(items, { deadlineMs: DELETE_MS, fresh: true }))
    this.#require(told, items, ['gone', 'other'])
    return told.filter(({ stand }) => stand === 'other').map(({ real }) => real)
  }

  #require(told: ItemStands, items: readonly DecommissionItem[], right: readonly string[]): void {
    const stands = new Map(told.map(({ real, stand }) => [real, stand]))
    const wrong = items.filter(({ real }) => !right.includes(stands.get(real) ?? ''))
    if (wrong.length > 0) throw new NotAsFound(wrong.map(({ real }) => real))
  }

  #side() {
    return decommissionSide(this.#seen.link, this.record.nodeBinary)
  }

  #exec(command: ShellCommand, deadlineMs = SHORT_MS): Promise<ExecResult> {
    return this.#seen.link.exec(command, { deadlineMs, fresh: true })
  }

  /** Repeats for a short while what may be repeated when the node fell silent. The caller's signal no longer counts. */
  async persist<T>(work: () => Promise<T>): Promise<T> {
    const { clock } = this.#context
    const startedAt = clock.monotonic()
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!isSilence(error) || clock.monotonic() - startedAt >= PATIENCE_MS) throw error
        await clock.sleep(RETRY_MS)
      }
    }
  }
}

function whenSilent(error: unknown): null {
  if (isSilence(error)) return null
  throw error
}
