import { setImmediate as nextTurn } from 'node:timers/promises'
import { monotonicMs } from './clock.ts'

/** How long one piece of work may keep the event loop. */
const SLICE_MS = 5

/** Lets the event loop have its turn in the middle of a long loop: `if (turns.isDue()) await turns.give()`. */
export class Turns {
  #until = monotonicMs() + SLICE_MS

  isDue(): boolean {
    return monotonicMs() >= this.#until
  }

  async give(): Promise<void> {
    await nextTurn()
    this.#until = monotonicMs() + SLICE_MS
  }
}
