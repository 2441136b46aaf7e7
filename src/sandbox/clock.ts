import { setMaxListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'

/** The time of the sandbox; a clock of the program is one as well, so that both can share it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The machine's own clock. */
export const machineClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    // The end of one node ends everything that it waits for.
    if (signal) setMaxListeners(0, signal)
    try {
      await setTimeout(ms, undefined, signal ? { signal } : {})
    } catch {
      signal?.throwIfAborted()
    }
  },
}
