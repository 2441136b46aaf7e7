import { z } from 'zod'

/** What may be missing, null or of another type and then is null. One check and no list of issues: sweeps read many. */
const anything = z.unknown().optional()

/** A text of at most `longest` characters, or null. */
export function optionalText(longest: number) {
  return anything.transform((value) => (typeof value === 'string' && value.length <= longest ? value : null))
}

/** A finite number, or null. */
export const optionalCount = anything.transform((value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : null,
)

/** A boolean, or null. */
export const optionalFlag = anything.transform((value) => (typeof value === 'boolean' ? value : null))
