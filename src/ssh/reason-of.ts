import type { OperatorError } from '../base/errors.ts'
import { REASON_CODES, type ReasonCode } from '../base/reading.ts'

const CODES: ReadonlySet<string> = new Set(REASON_CODES)

/** The reason code that stands for a failure of this layer in a reading; `connection-lost` for one it does not know. */
export function reasonOf(error: OperatorError): ReasonCode {
  const { reason } = error.params
  if (isReasonCode(reason)) return reason
  if (isReasonCode(error.code)) return error.code
  return 'connection-lost'
}

function isReasonCode(value: unknown): value is ReasonCode {
  return typeof value === 'string' && CODES.has(value)
}
