import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import { openclawCommand } from '../openclaw/cli.ts'
import { restoreSide } from '../openclaw/restore/node-side.ts'
import type { UpdateJournal } from '../openclaw/update/node-side.ts'
import { type UnitPrograms, withPrograms } from '../openclaw/update/unit-text.ts'
import { PROGRAMS } from '../provision/footprint.ts'
import type { Restarted } from './await-restarted.ts'
import type { Context } from './context.ts'
import type { Call, Outcome } from './operation.ts'
import { restoreNode } from './restore-node.ts'
import { startStopped } from './start-stopped.ts'
import { persist, stopGateway } from './stopped-gateway.ts'
import type { Expected } from './update-gate.ts'
import type { UpdateStep } from './update-node.ts'
import { type UpdatePlan, type UpdateSeen, workingChannels } from './update-plan.ts'

const SHORT_MS = 60_000
/** 27 s on a quiet machine; minutes where the disk is slow. */
const DOCTOR_MS = 900_000
/** Of the time that a restart may take: the first start of another release makes its databases. */
const START_TIMES = 2.5

/** One update of one node: the steps on the node after everything was brought, each of which may be repeated. */
export class UpdateRun {
  readonly backup: string
  /** What the node is to be like afterwards. */
  readonly expected: Expected
  readonly #context: Context
  readonly #call: Call<UpdateStep>
  readonly #plan: UpdatePlan
  readonly #seen: UpdateSeen
  readonly #journal: UpdateJournal
  readonly #programs: UnitPrograms
  #doctored = false

  constructor(
    context: Context,
    call: Call<UpdateStep>,
    plan: UpdatePlan,
    seen: UpdateSeen,
    { programs, backup }: { programs: UnitPrograms; backup: string },
  ) {
    this.#context = context
    this.#call = call
    this.#plan = plan
    this.#seen = seen
    this.#programs = programs
    this.backup = backup
    this.#journal = seen.journal ?? {
      ...{ from: plan.from, to: plan.to, backup, programs },
      agents: seen.snapshot.agents.value?.map(({ id }) => id) ?? null,
      channels: workingChannels(seen.snapshot),
      schemas: seen.look.databases,
    }
    const { to: version, agents, channels } = this.#journal
    const { turn } = plan
    this.expected = { version, agents, channels, turn: { allowed: turn, answered: seen.answered } }
    // Whoever goes on with an update does not know how far the other one had come.
    this.#doctored = seen.journal !== null && plan.doctor
  }

  /** What an ocm that ends now leaves is found by the next one. */
  begin(): Promise<void> {
    return this.#persist(() => this.#seen.side.begin(this.#journal, this.#limits))
  }

  async stop(): Promise<void> {
    const { link, unit, snapshot, look } = this.#seen
    const side = restoreSide(link, { folder: '', nodeBinary: snapshot.install.nodeBinary.value })
    const places = look.state === null ? [] : [look.state]
    const { gatewayPort } = snapshot.install
    const gateway = { link, unit, port: gatewayPort.value, pid: snapshot.service.pid.value, places, side }
    await stopGateway(this.#context.clock, gateway, (waitedMs, limitMs) =>
      this.#call.progress({ step: 'stopping', waitedMs, limitMs }),
    )
  }

  async switch(): Promise<void> {
    const { side, unitText, programs: before } = this.#seen
    const { from, to } = this.#plan
    const text = withPrograms(unitText, { before, after: this.#programs, from, to })
    await this.#persist(() => side.switch(text, this.#programs, this.#limits))
  }

  async migrate(): Promise<void> {
    this.#doctored = true
    const { link } = this.#seen
    const { package: folder, node } = this.#programs
    const prefix = folder.replace(/\/lib\/node_modules\/openclaw$/, '')
    const command = openclawCommand(
      { binary: `${prefix}/bin/openclaw`, nodeBinary: node, statePath: this.#call.node().ocPath },
      ['doctor', '--fix', '--non-interactive'],
    )
    const { code, stderr } = await link.exec(command, { deadlineMs: DOCTOR_MS, fresh: true })
    if (code === 0) return
    const detail = this.#context.redact(stderr.slice(-500)).text
    throw new OperatorError('remote-command-failed', { node: link.nodeId, exitCode: code ?? -1 }, { detail })
  }

  start(): Promise<Restarted> {
    const leastMs = this.#context.limits.restartDeadlineMs * START_TIMES
    return startStopped(this.#context, this.#call, this.#seen, (step) => this.#call.progress(step), leastMs)
  }

  back(): Promise<void> {
    return this.#persist(() => this.#seen.side.back(this.#limits))
  }

  /** Whether the old program may not find the state as it left it. */
  async migrated(): Promise<boolean> {
    if (this.#doctored) return true
    const { link, look } = this.#seen
    const side = restoreSide(link, { folder: '', nodeBinary: this.#seen.programs.node })
    const request = { state: look.state ?? '', places: [] }
    const { databases: now } = await this.#persist(() => side.look(request, this.#limits))
    const { schemas: was } = this.#journal
    return now.state !== was.state || now.agent !== was.agent
  }

  /** The backup in the place of the migrated state, with the old program; it starts the gateway and compares. */
  async restore(): Promise<{ outcome: Outcome; reason: Reason | null }> {
    const input = {
      node: this.#plan.nodeId,
      backup: this.backup,
      otherMachine: false,
      from: null,
      confirm: null,
    }
    // Nobody who gives up now leaves a node without its state.
    const call = { ...this.#call, signal: new AbortController().signal, progress: () => undefined }
    const once = async () => {
      const prepared = await restoreNode.question?.prepare(this.#context, input, call)
      return await restoreNode.run(this.#context, input, call, prepared ?? null)
    }
    const settled = (error: unknown) => {
      // An update that was cut while it restored: now the node is whole, and the plan is made for it.
      if (error instanceof OperatorError && error.code === 'restore-settled') return once()
      throw error
    }
    const { outcome, data } = await once().catch(settled)
    const serves = data.state === 'restored' && data.serving
    return { outcome: serves ? 'done' : outcome === 'failed' ? 'unknown' : outcome, reason: data.reason }
  }

  end(keep: boolean): Promise<void> {
    return this.#persist(() => this.#seen.side.end(keep, this.#limits))
  }

  /** Removes programs that neither the unit nor the way back names. What cannot be removed now is with the next update. */
  async sweep(): Promise<string[]> {
    return await this.#seen.side.sweep(PROGRAMS, this.#limits).catch(() => [])
  }

  get #limits() {
    return { deadlineMs: SHORT_MS }
  }

  #persist<T>(work: () => Promise<T>): Promise<T> {
    return persist(this.#context.clock, work)
  }
}
