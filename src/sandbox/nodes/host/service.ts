import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { systemClock } from '../../../clock.ts'
import { Gateway } from '../gateway/gateway.ts'
import { at } from '../openclaw/config-file.ts'
import type { OpenClawState } from '../openclaw/state.ts'
import { publishUnit, type UnitFile, type UnitState } from './unit.ts'

/** What OpenClaw exits with when its configuration cannot be used. */
const EXIT_CONFIG = 78
/** systemd's CLD_EXITED and CLD_KILLED. */
const EXITED = 1
const KILLED = 2
/** The new release's unit gives up after so many starts in this time. */
const START_LIMIT = { burst: 10, intervalMs: 300_000 }

/** One process life of the gateway. */
interface Life {
  gateway: Gateway
  /** A real process whose end is the gateway's end, so that `kill` from a shell really kills. */
  anchor: ChildProcess
  pid: number
  startedAt: number
  /** Set when the gateway ends by itself. */
  exitStatus: number | null
  stopping: boolean
  life: AbortController
  ended: Promise<void>
}

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
  readonly #state: UnitState
  #life: Life | null = null
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
    return this.#life?.gateway ?? null
  }

  get pid(): number | null {
    return this.#life?.pid ?? null
  }

  get startCount(): number {
    return this.#startCount
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
    this.#selfRestart(reason)
  }

  /** Ends the process as `kill -9` does. */
  async crash(): Promise<void> {
    const life = this.#life
    if (!life) return
    life.anchor.kill('SIGKILL')
    await life.ended
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelTimer()
    const life = this.#life
    life?.life.abort(new Error('the node is closed'))
    life?.anchor.kill('SIGKILL')
    await life?.ended
    await this.#queue
  }

  async #start(): Promise<void> {
    if (this.#life || this.#closed) return
    this.#cancelTimer()
    this.#starts.length = 0
    this.#publish({ restarts: 0 })
    await this.#launch()
  }

  async #stop(): Promise<void> {
    this.#cancelTimer()
    const life = this.#life
    if (!life) {
      if (this.#state.active !== 'failed') this.#publish({ active: 'inactive', sub: 'dead' })
      return
    }
    const { log, timings } = this.#options.openclaw
    life.stopping = true
    this.#publish({ active: 'deactivating', sub: 'stop-sigterm' })
    log.manager('Stopping openclaw-gateway.service - OpenClaw Gateway...')
    await this.#drain(life)
    await systemClock.sleep(timings.stopMs, life.life.signal).catch(() => {})
    if (this.#life === life) {
      await life.gateway.shutdown('gateway stopping')
      life.anchor.kill('SIGTERM')
    }
    await life.ended
  }

  /** Waits for running turns as long as the release does. */
  async #drain(life: Life): Promise<void> {
    const { turns, timings, log } = this.#options.openclaw
    if (turns.active === 0 || timings.drainMs === 0) return
    log.gateway('gateway', `draining ${turns.active} active run(s) before exit`)
    const limit = AbortSignal.any([life.life.signal, AbortSignal.timeout(timings.drainMs)])
    await turns.drained(limit).catch(() => log.gateway('gateway', 'drain timeout reached', 'warn'))
  }

  async #launch(): Promise<void> {
    const { openclaw, marker, called } = this.#options
    const anchor = spawn('/bin/sh', ['-c', 'read -r _', 'openclaw-gateway'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: '/usr/bin:/bin', ...marker },
    })
    await once(anchor, 'spawn')
    const pid = anchor.pid ?? 0
    const startedAt = openclaw.now()
    const process = {
      pid: () => pid,
      startedAt: () => startedAt,
      restart: (why: string) => this.#selfRestart(why),
    }
    const life: Life = {
      gateway: new Gateway({ openclaw, process, called }),
      anchor,
      pid,
      startedAt,
      exitStatus: null,
      stopping: false,
      life: new AbortController(),
      ended: once(anchor, 'exit').then(([code, signal]) => this.#ended(life, code, signal)),
    }
    this.#life = life
    this.#startCount += 1
    this.#starts.push(startedAt)
    this.#publish({
      active: 'active',
      sub: 'running',
      mainPid: pid,
      lastPid: pid,
      startedAt,
      result: 'success',
      exitCode: 0,
      exitStatus: 0,
    })
    openclaw.log.manager('Started openclaw-gateway.service - OpenClaw Gateway.')
    void this.#boot(life).catch(() => {})
  }

  /** What the process does until it is ready; an early end aborts it. */
  async #boot(life: Life): Promise<void> {
    const { openclaw } = this.#options
    const { log, timings, config } = openclaw
    const { signal } = life.life
    const problem = config.problem()
    if (problem) {
      log.gateway('gateway', problem, 'error')
      await systemClock.sleep(Math.min(50, timings.crashAfterMs), signal)
      return this.#exit(life, EXIT_CONFIG)
    }
    log.gateway('gateway', 'loading configuration…')
    log.gateway('gateway', 'starting...')
    if (this.#failWith !== null) {
      await systemClock.sleep(timings.crashAfterMs, signal)
      log.gateway(
        'gateway',
        "Gateway failed to start: Error: Cannot find module './plugin-runtime.js'",
        'error',
      )
      return this.#exit(life, this.#failWith)
    }
    openclaw.apply()
    await systemClock.sleep(timings.readyMs * 0.4, signal)
    const port = await life.gateway.listen(Number(at(openclaw.applied, 'gateway', 'port')))
    log.gateway('gateway', `listening on ws://127.0.0.1:${port} (PID ${life.pid})`)
    await systemClock.sleep(timings.readyMs * 0.6, signal)
    life.gateway.serve()
  }

  #exit(life: Life, status: number): void {
    life.exitStatus = status
    life.anchor.kill('SIGKILL')
  }

  /** The gateway ends its own process, after the running turns; the service manager starts it again. */
  #selfRestart(reason: string): void {
    const life = this.#life
    if (!life || life.stopping) return
    const { log } = this.#options.openclaw
    log.gateway('gateway', `restart requested: ${reason}`)
    const work = async () => {
      await this.#drain(life)
      await life.gateway.shutdown('gateway restarting')
      this.#exit(life, 0)
    }
    void work().catch(() => this.#exit(life, 1))
  }

  async #ended(life: Life, code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    const { openclaw } = this.#options
    life.life.abort(new Error('the gateway ended'))
    await life.gateway.kill()
    this.#life = null
    const exitedAt = openclaw.now()
    const status = life.exitStatus ?? code
    const bySignal = status === null || (life.exitStatus === null && signal !== null)
    const number = bySignal ? constants.signals[signal ?? 'SIGKILL'] : (status ?? 0)
    const clean = life.stopping || number === 0 || signal === 'SIGTERM'
    const result = clean ? 'success' : bySignal ? 'signal' : 'exit-code'
    const gone = { mainPid: 0, exitedAt, exitCode: bySignal ? KILLED : EXITED, exitStatus: number, result }
    if (life.stopping || this.#closed) {
      this.#publish({ ...gone, active: 'inactive', sub: 'dead' })
      openclaw.log.manager('Stopped openclaw-gateway.service - OpenClaw Gateway.')
      return
    }
    const how = `Main process exited, code=${bySignal ? 'killed' : 'exited'}, status=${number}`
    openclaw.log.manager(`openclaw-gateway.service: ${how}`, 'warn')
    this.#publish(gone)
    this.#comeAgain(number)
  }

  /** `Restart=always`, with the exit status that the new release's unit excludes and its start limit. */
  #comeAgain(status: number): void {
    const { openclaw } = this.#options
    const { restartSecMs } = openclaw.timings
    const isNew = openclaw.version === '2026.9.6'
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
    if (this.#life || this.#closed || this.#state.sub !== 'auto-restart') return
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
