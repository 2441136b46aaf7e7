import { onAbort } from './abort.ts'

/** The only source of time for the core, so that hours can pass in a test at no cost. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds that only grow; for measuring durations across clock jumps. */
  monotonic(): number
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/**
 * Milliseconds that only grow, of this machine; where no clock is handed over because nothing may be delayed by a test's.
 * Not of `performance`: a process that has no other use for it loads what belongs to it in 2 ms.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1_000 + nanoseconds / 1e6
}

/** setTimeout fires at once above this many milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: monotonicMs,
  async sleep(ms, signal) {
    let left = ms
    while (left > 0) {
      const slice = Math.min(left, LONGEST_TIMER_MS)
      await pause(slice, signal)
      left -= slice
    }
    signal?.throwIfAborted()
  },
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const timer = setTimeout(() => {
      unsubscribe()
      resolve()
    }, ms)
    const unsubscribe = onAbort(signal, () => {
      clearTimeout(timer)
      reject(signal?.reason)
    })
  })
}
