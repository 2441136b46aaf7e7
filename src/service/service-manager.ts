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
  let failing = false
  /** What the manager has to hear once, until it has. */
  let owed: readonly string[] = []
  let paying = false
  const tell = (lines: readonly string[], failed: () => void = () => undefined) => {
    if (silent) return
    const isOwed = lines === owed
    if (isOwed) paying = true
    const surroundings = { PATH: env.PATH ?? '/usr/bin:/bin', NOTIFY_SOCKET: socket ?? '' }
    execFile('systemd-notify', [...lines], { env: surroundings, timeout: TELL_MS }, (error) => {
      if (isOwed) paying = false
      if (error === null) {
        if (failing) log.info({}, 'the service manager is told again')
        failing = false
        if (isOwed) owed = []
        return
      }
      // Without the program nothing will ever be told; anything else may pass, as a machine without memory does.
      if (error.code === 'ENOENT') silent = true
      if (!failing) log.warn({ err: error }, 'the service manager cannot be told anything')
      failing = true
      failed()
    }).unref()
  }
  const givenMs = Number(env.WATCHDOG_USEC ?? 0) / MICROSECONDS
  const watched = Number.isFinite(givenMs) && givenMs > 0
  const spanMs = Math.max(givenMs, passMs * PASSES_IN_A_SPAN)
  let told = Number.NEGATIVE_INFINITY
  return {
    ready() {
      // The interval is a setting, the unit is not: what does not fit is widened here.
      const widened = watched && spanMs > givenMs ? [`WATCHDOG_USEC=${spanMs * MICROSECONDS}`] : []
      owed = ['READY=1', ...widened]
      tell(owed)
    },
    status: (text) => tell([`STATUS=${text}`]),
    passed() {
      if (owed.length > 0 && !paying) tell(owed)
      const now = clock.monotonic()
      if (!watched || now - told < spanMs / SIGNS_IN_A_SPAN) return
      told = now
      tell(['WATCHDOG=1'], () => {
        told = Number.NEGATIVE_INFINITY
      })
    },
    stopping: () => tell(['STOPPING=1']),
  }
}
