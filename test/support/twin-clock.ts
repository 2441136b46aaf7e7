import type { Clock } from '../../src/base/clock.ts'

const TICK = 5_000

/** A wall clock and a monotonic one that can part, and the ticks of a schedule that runs on them. */
export function twinClock(wall: number) {
  let offset = wall
  let monotonic = 1_000
  let sleepers: { due: number; wake(): void }[] = []
  let ticks: (() => void)[] = []
  const settle = async () => {
    for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  const clock: Clock = {
    now: () => offset + monotonic,
    monotonic: () => monotonic,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { due: monotonic + ms, wake: resolve }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((one) => one !== sleeper)
          reject(signal.reason)
        })
      }),
  }
  offset -= monotonic
  return {
    clock,
    ticker: (tick: () => void) => {
      ticks.push(tick)
      return () => {
        ticks = ticks.filter((one) => one !== tick)
      }
    },
    /** Sets the wall clock; time itself does not pass. */
    jump(ms: number) {
      offset += ms
    },
    /** Time passes without a tick, as while the event loop is held or the program is down. */
    block(ms: number) {
      monotonic += ms
    },
    /** Time passes, tick by tick. */
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= TICK) {
        monotonic += Math.min(TICK, left)
        const due = sleepers.filter((sleeper) => sleeper.due <= monotonic)
        sleepers = sleepers.filter((sleeper) => sleeper.due > monotonic)
        for (const sleeper of due) sleeper.wake()
        for (const tick of ticks) tick()
        await settle()
      }
    },
    settle,
  }
}
