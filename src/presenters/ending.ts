import { ERROR_CODES, type FailureKind, OperatorError } from '../base/errors.ts'
import type { Outcome } from '../operations/operation.ts'

/** How a call ended for a program: an outcome, or why there is none. */
export type Ending = Outcome | Exclude<FailureKind, Outcome>

/** The exit codes of ocm, which an envelope has as well; docs/cli.md has the same table. */
export const EXIT_CODES = {
  done: 0,
  internal: 1,
  usage: 2,
  partial: 3,
  failed: 4,
  unknown: 5,
  refused: 6,
  stopped: 7,
} as const satisfies Record<Ending, number>

/** How a call that threw has ended. */
export function endingOf(error: unknown): Ending {
  return error instanceof OperatorError ? ERROR_CODES[error.code] : 'internal'
}
