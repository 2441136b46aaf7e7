import { OperatorError } from '../base/errors.ts'

/** What a key that is restricted answers to whatever it may not do; the exit status is {@link REFUSED_STATUS}. */
export const REFUSAL = 'ocm-key-restricted'
export const REFUSED_STATUS = 126

/** The error where the forced command of a restricted key refused; null where the command itself ended so. */
export function keyRestricted(node: string, code: number | null, stderr: string): OperatorError | null {
  if (code !== REFUSED_STATUS || !stderr.split('\n').includes(REFUSAL)) return null
  return new OperatorError('key-restricted', { node })
}
