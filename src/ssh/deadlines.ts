import { OVER } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'

/** The deadlines of many calls with one timer for all of them: a timer of its own would cost a call more than its work. */
export interface Deadlines {
  readonly clock: Clock
  /** Calls `expire` once after `ms` milliseconds, unless the returned function is called before. */
  add(ms: number, expire: () => void): () => void
}

interface Waiting {
  due: number
  expire(): void
}

/** Keeps deadlines by a clock. While there is none, no timer runs. */
export function createDeadlines(clock: Clock): Deadlines {
  const waiting = new Set<Waiting>()
  let nap: { until: number; end: AbortController } | null = null

  function sleepUntil(until: number): void {
    stopNap()
    const mine = { until, end: new AbortController() }
    nap = mine
    clock.sleep(Math.max(0, until - clock.monotonic()), mine.end.signal).then(
      () => {
        if (nap !== mine) return
        nap = null
        wake()
      },
      () => undefined,
    )
  }

  function stopNap(): void {
    nap?.end.abort(OVER)
    nap = null
  }

  function wake(): void {
    const now = clock.monotonic()
    for (const each of [...waiting]) {
      if (each.due <= now && waiting.delete(each)) each.expire()
    }
    let next = Number.POSITIVE_INFINITY
    for (const { due } of waiting) next = Math.min(next, due)
    if (waiting.size > 0) sleepUntil(next)
  }

  return {
    clock,
    add(ms, expire) {
      const mine: Waiting = { due: clock.monotonic() + ms, expire }
      waiting.add(mine)
      if (nap === null || mine.due < nap.until) sleepUntil(mine.due)
      return () => {
        if (waiting.delete(mine) && waiting.size === 0) stopNap()
      }
    },
  }
}
