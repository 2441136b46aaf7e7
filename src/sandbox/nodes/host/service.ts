import type { ReleaseFlaw } from '../control.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { OpenClawState } from '../openclaw/state.ts'
import { isSince, type OpenClawVersion } from '../releases.ts'
import { EXIT_CONFIG, GatewayProcess, type ProcessEnd } from './gateway-process.ts'
import { publishUnit, readUnit, releaseOf, type UnitFile, type UnitState } from './unit.ts'

/** systemd's CLD_EXITED and CLD_KILLED. */
const EXITED = 1
const KILLED = 2
/** The new release's unit gives up after so many starts in this time. */
const START_LIMIT = { burst: 10, intervalMs: 300_000 }

export interface ServiceOptions {
  openclaw: OpenClawState
  unit: UnitFile
  /** Where the unit's state is published for the `systemctl` stand-in. */
  stateFile: string
  /** Marks the node's processes in their environment. */
  marker: Record<string, string>
  called: (method: string) => void
}

/** The systemd user service of one node: starts, stops and restarts the gateway and tells how it went. */
export class GatewayService {
  readonly #options: ServiceOptions
  readonly #starts: number[] = []
  readonly #flaws = new Map<OpenClawVersion, ReleaseFlaw>()
  readonly #state: UnitState
  #process: GatewayProcess | null = null
  #ended: Promise<void> = Promise.resolve()
  #stopping = false
  #timer: NodeJS.Timeout | null = null
  #queue: Promise<unknown> = Promise.resolve()
  #failWith: number | null = null
  #closed = false
  #startCount = 0

  constructor(options: ServiceOptions) {
    this.#options = options
    this.#state = {
      active: 'inactive',
      sub: 'dead',
      result: 'success',
      mainPid: 0,
      lastPid: 0,
      exitCode: 0,
      exitStatus: 0,
      restarts: 0,
      enabled: true,
      startedAt: 0,
      exitedAt: 0,
      changedAt: 0,
    }
    this.#publish({})
  }

  get state(): Readonly<UnitState> {
    return this.#state
  }

  get gateway(): Gateway | null {
    return this.#process?.gateway ?? null
  }

  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  get startCount(): number {
    return this.#startCount
  }

  /** A release goes wrong whenever it is started; null makes it whole. */
  spoilRelease(version: OpenClawVersion, flaw: ReleaseFlaw | null): void {
    if (flaw === null) this.#flaws.delete(version)
    else this.#flaws.set(version, flaw)
  }

  /** `daemon-reload`: systemd knows the file as it is now. */
  reload(): void {
    readUnit(this.#options.unit)
    this.#publish({})
  }

  /** The next starts end with this status; null makes them healthy. */
  failStarts(exitStatus: number | null): void {
    this.#failWith = exitStatus
  }

  enable(enabled: boolean): void {
    this.#publish({ enabled })
  }

  /** Starts the process; like systemd's `Type=simple` this does not wait until the gateway is ready. */
  start(): Promise<void> {
    return this.#inTurn(() => this.#start())
  }

  stop(): Promise<void> {
    return this.#inTurn(() => this.#stop())
  }

  restart(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#stop()
      await this.#start()
    })
  }

  /** What `gateway.restart.request` does: the gateway ends itself when it is idle and is started again. */
  requestRestart(reason: string): void {
    if (!this.#stopping) this.#process?.restart(reason)
  }

  /** Ends the process as `kill -9` does. */
  async crash(): Promise<void> {
    this.#process?.kill('SIGKILL')
    await this.#ended
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelTimer()
    await this.crash()
    await this.#queue
    await this.crash()
  }

  async #start(): Promise<void> {
    if (this.#process || this.#closed) return
    this.#cancelTimer()
    this.#starts.length = 0
    this.#publish({ restarts: 0 })
    await this.#launch()
  }

  async #stop(): Promise<void> {
    this.#cancelTimer()
    const process = this.#process
    if (!process) {
      if (this.#state.active !== 'failed') this.#publish({ active: 'inactive', sub: 'dead' })
      return
    }
    this.#stopping = true
    this.#publish({ active: 'deactivating', sub: 'stop-sigterm' })
    this.#options.openclaw.log.manager('Stopping openclaw-gateway.service - OpenClaw Gateway...')
    await process.stop()
    await this.#ended
    this.#stopping = false
  }

  async #launch(): Promise<void> {
    const { openclaw, marker, called, unit } = this.#options
    const release = releaseOf(unit)
    if (release !== null) openclaw.become(release)
    const process = await GatewayProcess.start({
      openclaw,
      environment: marker,
      called,
      failWith: this.#failWith,
      flaw: this.#flaws.get(openclaw.version) ?? null,
      restart: (reason) => this.requestRestart(reason),
    })
    const { pid, startedAt } = process
    this.#process = process
    this.#ended = process.ended.then((end) => this.#onEnd(end))
    this.#startCount += 1
    this.#starts.push(startedAt)
    const running = { active: 'active', sub: 'running', mainPid: pid, lastPid: pid, startedAt } as const
    this.#publish({ ...running, result: 'success', exitCode: 0, exitStatus: 0 })
    openclaw.log.manager('Started openclaw-gateway.service - OpenClaw Gateway.')
  }

  async #onEnd(end: ProcessEnd): Promise<void> {
    const { openclaw } = this.#options
    this.#process = null
    const clean = this.#stopping || end.status === 0 || end.signal === 'SIGTERM'
    const result = clean ? 'success' : end.signal ? 'signal' : 'exit-code'
    const exitCode = end.signal ? KILLED : EXITED
    const gone = { mainPid: 0, exitedAt: openclaw.now(), exitCode, exitStatus: end.status, result }
    if (this.#stopping || this.#closed) {
      this.#publish({ ...gone, active: 'inactive', sub: 'dead' })
      openclaw.log.manager('Stopped openclaw-gateway.service - OpenClaw Gateway.')
      return
    }
    const how = `Main process exited, code=${end.signal ? 'killed' : 'exited'}, status=${end.status}`
    openclaw.log.manager(`openclaw-gateway.service: ${how}`, 'warn')
    this.#publish(gone)
    this.#comeAgain(end.status)
  }

  /** `Restart=always`, with the exit status that the new release's unit excludes and its start limit. */
  #comeAgain(status: number): void {
    const { openclaw } = this.#options
    const { restartSecMs } = openclaw.timings
    const isNew = isSince(openclaw.version, '2026.5.12')
    const since = openclaw.now() - START_LIMIT.intervalMs
    const recent = this.#starts.filter((time) => time >= since).length
    if (isNew && (status === EXIT_CONFIG || recent >= START_LIMIT.burst)) {
      openclaw.log.manager("openclaw-gateway.service: Failed with result 'exit-code'.", 'error')
      this.#publish({ active: 'failed', sub: 'failed' })
      return
    }
    this.#publish({ active: 'activating', sub: 'auto-restart' })
    this.#timer = setTimeout(() => {
      this.#timer = null
      void this.#inTurn(() => this.#startAgain())
    }, restartSecMs)
  }

  async #startAgain(): Promise<void> {
    if (this.#process || this.#closed || this.#state.sub !== 'auto-restart') return
    const restarts = this.#state.restarts + 1
    this.#publish({ restarts })
    const text = `Scheduled restart job, restart counter is at ${restarts}.`
    this.#options.openclaw.log.manager(`openclaw-gateway.service: ${text}`)
    await this.#launch()
  }

  #cancelTimer(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** One job at a time, in the order asked. */
  #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const next = this.#queue.then(job, job)
    this.#queue = next.catch(() => {})
    return next
  }

  #publish(change: Partial<UnitState>): void {
    if (change.active && change.active !== this.#state.active)
      this.#state.changedAt = this.#options.openclaw.now()
    Object.assign(this.#state, change)
    publishUnit(this.#options.stateFile, this.#state, this.#options.unit)
  }
}
