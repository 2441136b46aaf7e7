import type { Clock } from '../base/clock.ts'

/** Discord waits three seconds for the first answer; a call needs part of them. */
const TOO_LATE_MS = 2_500
const REMEMBERED = 32

/** Tells whether an interaction is too old to be answered when it arrives. */
export interface LatenessGauge {
  /** `createdAt` is Discord's time of making, epoch ms. */
  isTooLate(createdAt: number): boolean
}

/**
 * Measures age against the quickest of the latest interactions: the two clocks need not agree, and a constant
 * difference between them must not make every command look late.
 */
export function createLatenessGauge(clock: Clock): LatenessGauge {
  const delays: number[] = []
  return {
    isTooLate(createdAt) {
      const delay = clock.now() - createdAt
      delays.push(delay)
      if (delays.length > REMEMBERED) delays.shift()
      return delay - Math.min(...delays) > TOO_LATE_MS
    },
  }
}
