import * as shared from '../presenters/ending.ts'
import { UsageError } from './usage-error.ts'

/** Ended by a signal, as shells count it: 128 and its number. */
export const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** How a command line that threw has ended. */
export function endingOf(error: unknown): shared.Ending {
  return error instanceof UsageError ? 'usage' : shared.endingOf(error)
}
