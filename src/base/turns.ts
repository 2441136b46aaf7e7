import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long one piece of work may keep the event loop. */
const SLICE_MS = 5

/** Lets the event loop have its turn in the middle of a long loop: `if (turns.isDue()) await turns.give()`. */
export class Turns {
  #until = performance.now() + SLICE_MS

  isDue(): boolean {
    return performance.now() >= this.#until
  }

  async give(): Promise<void> {
    await nextTurn()
    this.#until = performance.now() + SLICE_MS
  }
}
