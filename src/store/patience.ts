import { setTimeout as pause } from 'node:timers/promises'
import { monotonicMs } from '../base/clock.ts'
import { isBusy } from './database.ts'

/** How long a writer waits for the writers of other processes; one of them takes milliseconds. */
const BUSY_LIMIT_MS = 5_000
const LONGEST_PAUSE_MS = 20

/** Does `work` once no other process stands in the way; the event loop runs meanwhile. @throws the error of `work` */
export async function patiently<T>(work: () => T): Promise<T> {
  const giveUpAt = monotonicMs() + BUSY_LIMIT_MS
  let step = 1
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || monotonicMs() > giveUpAt) throw error
    }
    await pause(step * (0.5 + Math.random()))
    step = Math.min(step * 2, LONGEST_PAUSE_MS)
  }
}
