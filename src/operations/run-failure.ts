import { OperatorError } from '../base/errors.ts'
import type { AuditEntry } from './audit.ts'

/** How a run ended that an error ended. */
export function resultOf(error: OperatorError): AuditEntry['result'] {
  const { kind } = error
  if (kind === 'usage') return 'refused'
  return kind === 'internal' ? 'failed' : kind
}

/** Whatever was thrown, as an error that people can be told. */
export function asOperatorError(error: unknown): OperatorError {
  if (error instanceof OperatorError) return error
  if (error instanceof Error && error.name === 'AbortError')
    return new OperatorError('cancelled', {}, { cause: error })
  return new OperatorError('internal', {}, { cause: error })
}
