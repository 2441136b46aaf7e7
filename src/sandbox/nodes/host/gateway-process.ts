import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { machineClock } from '../../clock.ts'
import type { ReleaseFlaw, TurnFlaw } from '../control.ts'
import { Gateway } from '../gateway/gateway.ts'
import { refusedStart } from '../openclaw/agent-store.ts'
import { at } from '../openclaw/config-file.ts'
import type { OpenClawState } from '../openclaw/state.ts'

/** What OpenClaw exits with when its configuration cannot be used. */
export const EXIT_CONFIG = 78
/** The part of the start in which the port does not answer yet; in the rest it says that it is starting. */
const SILENT_SHARE = 0.4
/** Between the answer to a restart request and the restart. */
const RESTART_DELAY_MS = 20

/** How a process ended. `status` is the exit status, or the number of the signal that ended it. */
export interface ProcessEnd {
  status: number
  signal: NodeJS.Signals | null
}

export interface GatewayProcessOptions {
  openclaw: OpenClawState
  environment: Record<string, string>
  called: (method: string) => void
  /** The exit status that this start ends with; null for a healthy one. */
  failWith: number | null
  /** How the release that is started goes wrong. */
  flaw: ReleaseFlaw | null
  /** The gateway was asked to restart itself. */
  restart: (reason: string) => void
}

/**
 * One life of the gateway: its server runs here, and a real process stands for it, so that it has a pid and a `kill`
 * from a shell really ends it.
 */
export class GatewayProcess {
  readonly gateway: Gateway
  readonly pid: number
  readonly startedAt: number
  /** Resolves when the process is gone and its port is closed. */
  readonly ended: Promise<ProcessEnd>
  readonly #options: GatewayProcessOptions
  readonly #anchor: ChildProcess
  readonly #life = new AbortController()
  #exitStatus: number | null = null

  /** @param anchor a process that was just spawned */
  private constructor(options: GatewayProcessOptions, anchor: ChildProcess, pid: number) {
    const { openclaw, called, restart } = options
    this.#options = options
    this.#anchor = anchor
    this.pid = pid
    this.startedAt = openclaw.now()
    const process = { pid: () => pid, startedAt: () => this.startedAt, restart }
    this.gateway = new Gateway({ openclaw, process, called })
    this.ended = once(anchor, 'exit').then(([code, signal]) => this.#end(code, signal))
    void this.#boot().catch(() => {})
  }

  /** Starts the process; it is not ready yet. It ends by itself when this program ends: its input closes. */
  static async start(options: GatewayProcessOptions): Promise<GatewayProcess> {
    const anchor = spawn('/bin/sh', ['-c', 'read -r _', 'openclaw-gateway'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: '/usr/bin:/bin', ...options.environment },
    })
    await once(anchor, 'spawn')
    return new GatewayProcess(options, anchor, anchor.pid ?? 0)
  }

  kill(signal: NodeJS.Signals): void {
    this.#anchor.kill(signal)
  }

  /** What SIGTERM does: running turns may end, clients are told, then the process ends. */
  async stop(): Promise<void> {
    const { timings } = this.#options.openclaw
    await this.#drain()
    await machineClock.sleep(timings.stopMs, this.#life.signal).catch(() => {})
    if (this.#life.signal.aborted) return
    await this.gateway.shutdown('gateway stopping')
    this.kill('SIGTERM')
  }

  /** The gateway ends its own process, once it is idle; the service manager starts the next one. */
  restart(reason: string): void {
    this.#options.openclaw.log.gateway('gateway', `restart requested: ${reason}`)
    const work = async () => {
      await machineClock.sleep(RESTART_DELAY_MS, this.#life.signal)
      await this.#drain()
      await this.gateway.shutdown('gateway restarting')
      this.#exit(0)
    }
    void work().catch(() => this.#exit(1))
  }

  /** What the process does until it is ready; its end aborts that. */
  async #boot(): Promise<void> {
    const { openclaw, failWith, flaw } = this.#options
    const { log, timings, config } = openclaw
    const { signal } = this.#life
    log.gateway('gateway', 'loading configuration…')
    const problem = config.problem()
    if (problem) {
      log.gateway('gateway', problem, 'error')
      await machineClock.sleep(Math.min(50, timings.crashAfterMs), signal)
      return this.#exit(EXIT_CONFIG)
    }
    const refusal = refusedStart(openclaw, config.read())
    if (refusal.length > 0) {
      for (const line of refusal) log.printed(line)
      await machineClock.sleep(Math.min(50, timings.crashAfterMs), signal)
      return this.#exit(EXIT_CONFIG)
    }
    log.gateway('gateway', 'starting...')
    if (failWith !== null || flaw === 'exits' || openclaw.needsDoctor) {
      await machineClock.sleep(timings.crashAfterMs, signal)
      log.gateway(
        'gateway',
        "Gateway failed to start: Error: Cannot find module './plugin-runtime.js'",
        'error',
      )
      return this.#exit(failWith ?? 1)
    }
    openclaw.turns.flaw = turnFlawOf(flaw)
    openclaw.apply()
    openclaw.takeDirectory()
    await machineClock.sleep(timings.readyMs * SILENT_SHARE, signal)
    const port = await this.gateway.listen(Number(at(openclaw.applied, 'gateway', 'port')), signal)
    log.gateway('gateway', `listening on ws://127.0.0.1:${port} (PID ${this.pid})`)
    await machineClock.sleep(timings.readyMs * (1 - SILENT_SHARE), signal)
    if (flaw === 'never-ready') return
    this.gateway.serve()
    if (flaw !== 'ends-later') return
    await machineClock.sleep(timings.crashAfterMs, signal)
    this.#exit(1)
  }

  /** Waits for running turns as long as the release does. */
  async #drain(): Promise<void> {
    const { turns, timings, log } = this.#options.openclaw
    if (turns.active === 0 || timings.drainMs === 0) return
    log.gateway('gateway', `draining ${turns.active} active run(s) before exit`)
    const limit = AbortSignal.any([this.#life.signal, AbortSignal.timeout(timings.drainMs)])
    await turns.drained(limit).catch(() => log.gateway('gateway', 'drain timeout reached', 'warn'))
  }

  #exit(status: number): void {
    this.#exitStatus = status
    this.kill('SIGKILL')
  }

  async #end(code: number | null, signal: NodeJS.Signals | null): Promise<ProcessEnd> {
    this.#life.abort(new Error('the gateway ended'))
    await this.gateway.kill()
    const status = this.#exitStatus ?? code
    if (status !== null) return { status, signal: null }
    return { status: constants.signals[signal ?? 'SIGKILL'], signal: signal ?? 'SIGKILL' }
  }
}

function turnFlawOf(flaw: ReleaseFlaw | null): TurnFlaw | null {
  return flaw === 'turns-fail' || flaw === 'turns-silent' || flaw === 'no-key' ? flaw : null
}
