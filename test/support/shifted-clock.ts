import { type Clock, systemClock } from '../../src/base/clock.ts'

/** The machine's clock, whose wall time can be set forward; what already sleeps sleeps on, and durations stay true. */
export class ShiftedClock implements Clock {
  #ahead = 0

  now(): number {
    return systemClock.now() + this.#ahead
  }

  monotonic(): number {
    return systemClock.monotonic()
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal)
  }

  setForward(ms: number): void {
    this.#ahead += ms
  }
}
