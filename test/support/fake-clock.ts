import type { Clock } from '../../src/base/clock.ts'

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  /** Moves time on and wakes the sleepers that are due, in order, letting their work settle in between. */
  advance(ms: number): Promise<void>
  /** Sets the wall clock; time itself does not pass. */
  jump(ms: number): void
  /** Time passes and wakes nobody, as while the event loop is held or the program is down. */
  block(ms: number): void
  /** Lets work that waits for nothing but its turn go on. */
  settle(): Promise<void>
}

export function createFakeClock(start = Date.parse('2026-11-22T12:00:00Z')): FakeClock {
  let passed = 0
  let wall = start
  let sleepers: { due: number; wake(): void }[] = []
  const settle = async () => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    now: () => wall + passed,
    monotonic: () => passed,
    settle,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const onAbort = () => {
          sleepers = sleepers.filter((one) => one !== sleeper)
          reject(signal?.reason)
        }
        const wake = () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        }
        const sleeper = { due: passed + ms, wake }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', onAbort)
      })
    },
    async advance(ms) {
      const end = passed + ms
      for (;;) {
        await settle()
        const next = sleepers.toSorted((a, b) => a.due - b.due).find(({ due }) => due <= end)
        if (!next) break
        sleepers = sleepers.filter((one) => one !== next)
        passed = Math.max(passed, next.due)
        next.wake()
      }
      passed = end
      await settle()
    },
    jump(ms) {
      wall += ms
    },
    block(ms) {
      passed += ms
    },
  }
}
