import type { Clock } from '../../../src/base/clock.ts'

/** A clock that moves only when told. */
export class ManualClock implements Clock {
  #now = Date.parse('2026-11-20T10:00:00Z')
  #sleepers: { due: number; wake: () => void }[] = []

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { due: this.#now + ms, wake: resolve }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper)
        reject(signal.reason)
      })
    })
  }

  /** Wakes everyone whose time has come, in order. */
  async advance(ms: number): Promise<void> {
    this.#now += ms
    const due = this.#sleepers.filter((one) => one.due <= this.#now)
    this.#sleepers = this.#sleepers.filter((one) => one.due > this.#now)
    for (const one of due.toSorted((a, b) => a.due - b.due)) one.wake()
    await new Promise((resolve) => setImmediate(resolve))
  }
}
