import { ERROR_CODES, type FailureKind, OperatorError } from '../base/errors.ts'
import type { Outcome } from '../operations/operation.ts'
import { UsageError } from './usage-error.ts'

/** How a run of the command line ended: an outcome, or why there is none. */
export type Ending = Outcome | Exclude<FailureKind, Outcome>

/** The exit codes of ocm; docs/cli.md has the same table. */
export const EXIT_CODES = {
  done: 0,
  internal: 1,
  usage: 2,
  partial: 3,
  failed: 4,
  unknown: 5,
  refused: 6,
} as const satisfies Record<Ending, number>

/** Ended by a signal, as shells count it: 128 and its number. */
export const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** How a call that threw has ended. */
export function endingOf(error: unknown): Ending {
  if (error instanceof UsageError) return 'usage'
  return error instanceof OperatorError ? ERROR_CODES[error.code] : 'internal'
}
