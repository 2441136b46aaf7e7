import type { Clock } from '../base/clock.ts'

/** How long no gateway has served. */
export interface Down {
  /** Whole seconds until now. */
  seconds(): number
}

/**
 * Counts from now on.
 * @param earlier whole seconds before a gateway served in between; a way back counts what the way there took as well
 */
export function downFromNow(clock: Pick<Clock, 'monotonic'>, earlier = 0): Down {
  const since = clock.monotonic()
  return { seconds: () => earlier + Math.round((clock.monotonic() - since) / 1_000) }
}
