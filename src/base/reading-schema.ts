import { type ZodType, z } from 'zod'
import { REASON_CODES, type Reading, type Reason } from './reading.ts'

/** A reason as a file holds it. */
export const reasonSchema: ZodType<Reason> = z.strictObject({
  code: z.enum(REASON_CODES),
  params: z.exactOptional(z.record(z.string(), z.union([z.string(), z.number()]))),
  detail: z.exactOptional(z.string()),
})

const sourceSchema = z.enum(['rpc', 'cli', 'store-file', 'probe', 'ssh', 'registry'])

/** A reading of `value` as a file holds it. */
export function readingSchema<T>(value: ZodType<T>): ZodType<Reading<T>> {
  const known = {
    value,
    source: sourceSchema,
    observedAt: z.number(),
    limitedTo: z.exactOptional(z.int().min(0)),
  }
  return z.discriminatedUnion('freshness', [
    z.strictObject({ freshness: z.literal('fresh'), ...known }),
    z.strictObject({ freshness: z.literal('stale'), ...known, reason: reasonSchema }),
    z.strictObject({
      freshness: z.literal('unknown'),
      value: z.null(),
      source: sourceSchema.nullable(),
      observedAt: z.number(),
      reason: reasonSchema,
    }),
  ]) as unknown as ZodType<Reading<T>>
}
