import { type ZodType, z } from 'zod'
import { checkFor } from './conforms.ts'
import { REASON_CODES, type Reading, type ReadingSource, type Reason } from './reading.ts'

/** A reason as a file holds it. */
export const reasonSchema: ZodType<Reason> = z.strictObject({
  code: z.enum(REASON_CODES),
  params: z.exactOptional(z.record(z.string(), z.union([z.string(), z.number()]))),
  detail: z.exactOptional(z.string()),
})

const SOURCE_NAMES = ['rpc', 'cli', 'store-file', 'probe', 'ssh', 'registry'] as const
const SOURCES: ReadonlySet<unknown> = new Set(SOURCE_NAMES)
const KEYS: ReadonlySet<string> = new Set([
  'freshness',
  'value',
  'source',
  'observedAt',
  'limitedTo',
  'reason',
])
/** Those that every reading has. */
const PLAIN_KEYS = 4

const values = new WeakMap<ZodType, ZodType>()

/** The schema of the value of what {@link readingSchema} made; null for every other schema. */
export function valueSchemaOf(reading: ZodType): ZodType | null {
  return values.get(reading) ?? null
}

/** Where a reading comes from, as a file holds it. */
export const readingSourceSchema: ZodType<ReadingSource> = z.enum(SOURCE_NAMES)

/**
 * A reading of `value` as a file holds it. A snapshot is made of readings, hundreds in each: they are looked at by hand,
 * which takes a fraction of what a schema for each of their forms takes.
 */
export function readingSchema<T>(value: ZodType<T>): ZodType<Reading<T>> {
  let fits: ((input: unknown) => boolean) | null = null
  const schema = z.custom<Reading<T>>((input) => {
    fits ??= checkFor(value)
    return isReading(input, fits)
  })
  values.set(schema, value)
  return schema
}

function isReading(input: unknown, fits: (value: unknown) => boolean): boolean {
  if (typeof input !== 'object' || input === null) return false
  const { freshness, value, source, observedAt, limitedTo, reason } = input as Record<string, unknown>
  const more = Number(limitedTo !== undefined) + Number(reason !== undefined)
  // All that a reading has, counted: the keys are looked at one by one only where there are others.
  if (Object.keys(input).length !== PLAIN_KEYS + more || value === undefined)
    for (const key in input) if (!KEYS.has(key)) return false
  if (typeof observedAt !== 'number' || Number.isNaN(observedAt)) return false
  if (limitedTo !== undefined && !(Number.isSafeInteger(limitedTo) && Number(limitedTo) >= 0)) return false
  switch (freshness) {
    case 'fresh':
      return reason === undefined && SOURCES.has(source) && fits(value)
    case 'stale':
      return isReason(reason) && SOURCES.has(source) && fits(value)
    case 'unknown':
      return (
        isReason(reason) &&
        (source === null || SOURCES.has(source)) &&
        value === null &&
        limitedTo === undefined
      )
    default:
      return false
  }
}

/** A reason without more, as most are, is known by its code. */
function isReason(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { code, params, detail } = value as Record<string, unknown>
  if (params === undefined && detail === undefined && Object.keys(value).length === 1) return CODES.has(code)
  return reasonSchema.safeParse(value).success
}

const CODES: ReadonlySet<unknown> = new Set(REASON_CODES)
