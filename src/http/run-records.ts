import { z } from 'zod'
import { ERROR_CODES, type ErrorCode } from '../base/errors.ts'
import { defineCollection } from '../store/store.ts'

const DAY_MS = 24 * 3_600_000

const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code)

const endSchema = z.strictObject({
  outcome: z.enum(['done', 'partial', 'failed', 'unknown', 'refused', 'stopped', 'usage', 'internal']),
  durationMs: z.number(),
  data: z.unknown(),
  error: z
    .strictObject({
      code: z
        .string()
        .refine(isCode)
        .transform((code) => code as ErrorCode),
      params: z.record(z.string(), z.union([z.string(), z.number()])),
      detail: z.string().nullable(),
    })
    .nullable(),
})

/** How a run ended, without words: they are written for whoever reads it. */
export type RunEnd = z.infer<typeof endSchema>

const runSchema = z.strictObject({
  id: z.string(),
  operation: z.string(),
  /** The actor who began it. */
  ownerId: z.string(),
  /** Owner and Idempotency-Key together; null without one. */
  key: z.string().nullable(),
  /** Of what was asked, to tell a repetition from another request under the same key. */
  digest: z.string(),
  /** Epoch milliseconds. */
  startedAt: z.number(),
  /** Null while it goes on. */
  end: endSchema.nullable(),
})

/** A run that was begun through this face. */
export type RunRecord = z.infer<typeof runSchema>

/** Runs under their operation's id: on the disk before the work begins, so that a repetition never does it twice. */
export const runRecords = defineCollection({
  name: 'http-run',
  schema: runSchema,
  indexes: { key: '$.key' },
  maxCharacters: 4 * 1024 * 1024,
  keep: { forMs: 7 * DAY_MS, records: 2_000 },
})
