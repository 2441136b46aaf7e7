import type { Measurement } from '../monitor/signal.ts'

/** Texts come from nodes, and what is written has to stay small enough to be read again. */
const LONGEST_TEXT = 512

/** Values with texts of a length that can be kept. */
export function fitting(params: Measurement['params']): Measurement['params'] {
  const tooLong = (value: string | number) => typeof value === 'string' && value.length > LONGEST_TEXT
  if (!Object.values(params).some(tooLong)) return params
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : value,
    ]),
  )
}
