import { type Clock, systemClock } from '../../src/clock.ts'

/** The machine's clock, which can be set forward; what already sleeps sleeps on. */
export class ShiftedClock implements Clock {
  #ahead = 0

  now(): number {
    return systemClock.now() + this.#ahead
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#ahead
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal)
  }

  setForward(ms: number): void {
    this.#ahead += ms
  }
}
