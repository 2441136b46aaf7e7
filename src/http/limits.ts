import type { Clock } from '../base/clock.ts'
import { Latest } from '../base/latest.ts'

/** Keys that are remembered at once; of more, the one longest unused goes. */
const MOST_KEYS = 1_000
const MINUTE_MS = 60_000

/** How often each of many may do something. */
export interface Allowance {
  /** Takes one; 0, or the milliseconds until there is one again. */
  take(key: string): number
}

/** So many a minute for each key, all at once if they like. Bounded however many keys there are. */
export function createAllowance(clock: Clock, perMinute: number): Allowance {
  const left = new Latest<string, { tokens: number; at: number }>(MOST_KEYS)
  return {
    take(key) {
      const now = clock.monotonic()
      const last = left.get(key) ?? { tokens: perMinute, at: now }
      const tokens = Math.min(perMinute, last.tokens + ((now - last.at) / MINUTE_MS) * perMinute)
      left.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now })
      return waitFor(tokens)
    },
  }

  function waitFor(tokens: number): number {
    return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * MINUTE_MS) / perMinute)
  }
}
