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
  unitFileCommand,
} from '../openclaw/service.ts'
import type { ExecResult } from '../ssh/exec.ts'
import type { ShellCommand } from '../ssh/shell-quote.ts'
import { awaitRestarted, type Restarted } from './await-restarted.ts'
import type { Context } from './context.ts'
import type { DecommissionRecord, DecommissionStepName } from './decommission-journal.ts'
import type { DecommissionStep } from './decommission-node.ts'
import type { DecommissionSeen } from './decommission-plan.ts'
import type { Call } from './operation.ts'
import { NotStopped, persist, type StoppedGateway, stopGateway, stoppedProof } from './stopped-gateway.ts'

const SHORT_MS = 60_000
/** A large state is deleted file by file. */
const DELETE_MS = 30 * 60_000

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

  /** Stops the unit and proves it; see {@link stopGateway}. @throws NotStopped */
  async stop(): Promise<void> {
    await stopGateway(this.#context.clock, this.#gateway())
  }

  /** @throws NotStopped when something of the gateway is there though it had been stopped */
  async requireStopped(): Promise<void> {
    if (!(await this.persist(() => stoppedProof(this.#gateway()))).stopped) throw new NotStopped()
  }

  #gateway(): StoppedGateway {
    const { unit, port, items, nodeBinary } = this.record
    const { link, snapshot } = this.#seen
    return {
      link,
      unit: { name: unit, level: 'user' },
      port,
      pid: snapshot.service.pid.value,
      places: items.filter(({ kind }) => kind === 'state').flatMap(({ real, aside }) => [real, aside]),
      side: restoreSide(link, { folder: '', nodeBinary }),
    }
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

  /** See {@link persist}; the caller's signal no longer counts. */
  persist<T>(work: () => Promise<T>): Promise<T> {
    return persist(this.#context.clock, work)
  }
}
