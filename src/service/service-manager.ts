import { execFile } from 'node:child_process'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Environment } from '../settings/environment.ts'

/** A pass is told so often in the time after which the manager gives the program up. */
const SIGNS_IN_A_SPAN = 4
/** A pass may fail and the next may take its whole time before the program counts as stuck. */
const PASSES_IN_A_SPAN = 3
const MICROSECONDS = 1_000
const TELL_MS = 10_000

/** Tells the service manager how the program fares. Nothing is told, and nothing fails, where none listens. */
export interface ServiceManager {
  /** It runs: settings are right, the store is open, nodes are looked at. Discord may still be on its way. */
  ready(): void
  /** A line for people who ask for the state of the service. */
  status(text: string): void
  /** The last pass over the nodes was good; when this stays out, the manager starts the program anew. */
  passed(): void
  stopping(): void
}

/**
 * The manager that `NOTIFY_SOCKET` names. Source: sd_notify(3). Node has no datagram sockets of the file system, so
 * systemd's own program speaks; docs/decisions says why.
 * @param passMs how long one pass and the pause after it may take
 */
export function openServiceManager(options: {
  env: Environment
  clock: Clock
  log: Log
  passMs: number
}): ServiceManager {
  const { env, clock, log, passMs } = options
  const socket = env.NOTIFY_SOCKET
  let silent = socket === undefined || socket === ''
  const tell = (...lines: string[]) => {
    if (silent) return
    const surroundings = { PATH: env.PATH ?? '/usr/bin:/bin', NOTIFY_SOCKET: socket ?? '' }
    execFile('systemd-notify', lines, { env: surroundings, timeout: TELL_MS }, (error) => {
      if (error === null || silent) return
      silent = true
      log.warn({ err: error }, 'the service manager cannot be told anything')
    }).unref()
  }
  const givenMs = Number(env.WATCHDOG_USEC ?? 0) / MICROSECONDS
  const watched = Number.isFinite(givenMs) && givenMs > 0
  const spanMs = Math.max(givenMs, passMs * PASSES_IN_A_SPAN)
  let told = Number.NEGATIVE_INFINITY
  return {
    // The interval is a setting, the unit is not: what does not fit is widened here.
    ready: () =>
      tell('READY=1', ...(watched && spanMs > givenMs ? [`WATCHDOG_USEC=${spanMs * MICROSECONDS}`] : [])),
    status: (text) => tell(`STATUS=${text}`),
    passed() {
      const now = clock.monotonic()
      if (!watched || now - told < spanMs / SIGNS_IN_A_SPAN) return
      told = now
      tell('WATCHDOG=1')
    },
    stopping: () => tell('STOPPING=1'),
  }
}
