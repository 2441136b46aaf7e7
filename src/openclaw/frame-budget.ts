import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'

/** What the frames of one gateway may add up to at once, and per second. A busy gateway sends a hundredth of it. */
const BURST_BYTES = 16 * 1024 * 1024
const BYTES_PER_SECOND = 1024 * 1024
/** A small frame costs us more than its bytes. */
const LEAST_COST_BYTES = 1024
/** A node beyond its budget is let alone for so long. */
const CUT_OFF_MS = 5 * 60_000

/** How much one node's gateway may send: it must not be able to keep the event loop of all the others busy. */
export class FrameBudget {
  readonly #clock: Clock
  #leftBytes = BURST_BYTES
  #countedAt: number
  #cutOffUntil = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
    this.#countedAt = clock.monotonic()
  }

  /** Counts a frame. False when it is one too many: then the node is cut off for a while. */
  take(bytes: number): boolean {
    const now = this.#clock.monotonic()
    const earned = ((now - this.#countedAt) / 1000) * BYTES_PER_SECOND
    this.#countedAt = now
    this.#leftBytes = Math.min(BURST_BYTES, this.#leftBytes + earned) - Math.max(bytes, LEAST_COST_BYTES)
    if (this.#leftBytes >= 0) return true
    this.#leftBytes = BURST_BYTES
    this.#cutOffUntil = now + CUT_OFF_MS
    return false
  }

  /** Whether the node was cut off a short time ago. */
  get isCutOff(): boolean {
    return this.#clock.monotonic() < this.#cutOffUntil
  }
}

/** The error of a node that is cut off: gateway-protocol {node, code, reason: over-budget}. */
export function overBudget(node: string): OperatorError {
  return new OperatorError('gateway-protocol', { node, code: 'over-budget', reason: 'over-budget' })
}
