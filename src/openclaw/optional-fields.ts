import { z } from 'zod'

/**
 * What may be missing, null, of another type or out of all bounds, and then is null: a value from outside is mended here
 * or nowhere, and one that cannot be mended costs itself alone. One check and no list of issues: sweeps read many.
 */
const anything = z.unknown().optional()

/** More tokens than any model holds; a larger number means something else. */
const MOST_TOKENS = 1e9
/** Milliseconds: the last day that a date can name. */
const LAST_STAMP = 8.64e15
const MOST_DOLLARS = 1e9

/** A text of at most `longest` characters, or null. */
export function optionalText(longest: number) {
  return anything.transform((value) => (typeof value === 'string' && value.length <= longest ? value : null))
}

/** What is counted: a whole number that is not negative, a fraction cut off, or null. */
export const optionalCount = anything.transform((value) => wholeUpTo(value, Number.MAX_SAFE_INTEGER))

/** A count of tokens, or null. */
export const optionalTokens = anything.transform((value) => wholeUpTo(value, MOST_TOKENS))

/** A time in epoch milliseconds, or null. */
export const optionalStamp = anything.transform((value) => wholeUpTo(value, LAST_STAMP))

/** An amount of money, or null. */
export const optionalAmount = anything.transform((value) => (isWithin(value, MOST_DOLLARS) ? value : null))

/** A boolean, or null. */
export const optionalFlag = anything.transform((value) => (typeof value === 'boolean' ? value : null))

/** The whole part of a number from 0 to `most`; null for anything else. */
export function wholeUpTo(value: unknown, most: number): number | null {
  return isWithin(value, most) ? Math.trunc(value) : null
}

function isWithin(value: unknown, most: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= most
}
