import { createFakeClock } from './fake-clock.ts'

const TICK = 5_000

/** A clock whose wall time and monotonic time can part, and the ticks of a schedule that runs on it. */
export function twinClock(wall: number) {
  const clock = createFakeClock(wall)
  let ticks: (() => void)[] = []
  return {
    clock,
    ticker: (tick: () => void) => {
      ticks.push(tick)
      return () => {
        ticks = ticks.filter((one) => one !== tick)
      }
    },
    jump: clock.jump,
    block: clock.block,
    settle: clock.settle,
    /** Time passes, tick by tick. */
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= TICK) {
        await clock.advance(Math.min(TICK, left))
        for (const tick of ticks) tick()
        await clock.settle()
      }
    },
  }
}
