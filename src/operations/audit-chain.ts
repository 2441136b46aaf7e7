import { createHash } from 'node:crypto'
import { z } from 'zod'
import { defineCollection, type Reads, type Transaction } from '../store/store.ts'

const DAY_MS = 24 * 3_600_000
/** Older lines go, and the oldest of more than this. */
export const KEPT = { forMs: 400 * DAY_MS, records: 200_000 }
/** Lines that go with each new one: more than one, so that a budget that was exceeded is kept again. */
const CUT_AT_ONCE = 3
/** A key sorts as its number does. */
const KEY_DIGITS = 12
/** What the first line of all follows. */
export const BEGINNING = '0'.repeat(64)

export const entrySchema = z.object({
  /** When it began, ISO 8601 in UTC. */
  at: z.string(),
  operationId: z.string(),
  operation: z.string(),
  face: z.string(),
  actorId: z.string(),
  actorName: z.string(),
  /** Where it was asked from, where the face knows. */
  address: z.string().optional(),
  nodeId: z.string().nullable(),
  input: z.record(z.string(), z.unknown()),
  reason: z.string().nullable(),
  /** The approval that it was done on. `emergency`: why nobody else approved it. */
  approval: z
    .object({
      request: z.string(),
      by: z.string(),
      /** Who that is by name; an entry of an older ocm has none. */
      name: z.string().optional(),
      emergency: z.string().nullable(),
    })
    .optional(),
  /** What was asked for in the request that it decided. */
  about: z
    .object({
      operation: z.string(),
      nodeId: z.string().nullable(),
      input: z.record(z.string(), z.unknown()),
    })
    .optional(),
  result: z.enum(['done', 'partial', 'failed', 'unknown', 'refused', 'stopped']),
  errorCode: z.string().nullable(),
  durationMs: z.number(),
  /** How many of the same looks it stands for, this one last, where there was more than one. */
  times: z.int().min(2).optional(),
})

const digest = z.string().regex(/^[0-9a-f]{64}$/)

/** An entry in its place: each line names the one before it, so that none can be changed, taken away or moved unnoticed. */
export const lineSchema = entrySchema.extend({
  /** Counts from 1, without a gap. */
  seq: z.int().positive(),
  /** Hash of the line before; {@link BEGINNING} for the first of all. */
  prev: digest,
  /** SHA-256 in hex of the UTF-8 of {@link canonical} of everything else of the line. */
  hash: digest,
})
export type AuditLine = z.infer<typeof lineSchema>

/** The lines in the order in which they were written. Nothing changes one. */
export const auditLines = defineCollection({
  name: 'audit-line',
  schema: lineSchema,
  indexes: { node: '$.nodeId', operation: '$.operation' },
})

/** A place in the chain. */
export interface ChainPlace {
  seq: number
  hash: string
}

const markSchema = z.strictObject({
  seq: z.int().min(0),
  hash: digest,
  /** Of what was cut: when its last line began, and when the line was written for which it had to go. */
  cut: z.strictObject({ lastAt: z.string(), at: z.string() }).nullable(),
})

/** `head` is the last line; `anchor` is the last one that was cut, which the first one kept has to follow. */
export const chainMarks = defineCollection({ name: 'audit-chain', schema: markSchema })

/** The key of a line in its collection. */
export function lineKey(seq: number): string {
  return String(seq).padStart(KEY_DIGITS, '0')
}

/** JSON without white space in which the members of every object stand in the order of their UTF-16 code units. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
}

/** The hash that a line must have. */
export function hashOf({
  hash: _hash,
  ...rest
}: AuditLine | (Omit<AuditLine, 'hash'> & { hash?: string })): string {
  return createHash('sha256').update(canonical(rest)).digest('hex')
}

/** Where the chain ends and where what is kept of it begins. */
export function marksOf(reads: Pick<Reads, 'get'>): {
  head: z.infer<typeof markSchema> | undefined
  anchor: z.infer<typeof markSchema>
} {
  const anchor = reads.get(chainMarks, 'anchor') ?? { seq: 0, hash: BEGINNING, cut: null }
  return { head: reads.get(chainMarks, 'head'), anchor }
}

/**
 * Writes an entry behind the last line. One transaction works at a time, of all processes: two never follow the same
 * line. Costs the same however long the chain is.
 */
export function appendLine(tx: Transaction, entry: z.infer<typeof entrySchema>): AuditLine {
  const { head, anchor } = marksOf(tx)
  const [last] = tx.list(auditLines, { reverse: true, limit: 1 })
  const before: ChainPlace = head ?? last?.value ?? anchor
  // What somebody wrote behind the head by hand is not written over: it stays to be found.
  const seq = Math.max(before.seq, last?.value.seq ?? 0) + 1
  const rest = { ...entrySchema.parse(entry), seq, prev: before.hash }
  const line = { ...rest, hash: hashOf(rest) }
  tx.put(auditLines, lineKey(seq), line)
  tx.put(chainMarks, 'head', { seq, hash: line.hash, cut: null })
  cutOld(tx, line, anchor.seq)
  return line
}

/** Takes away what is kept no longer and remembers what the first line that is left has to follow. */
function cutOld(tx: Transaction, newest: AuditLine, anchor: number): void {
  let kept = newest.seq - anchor
  for (const { value } of tx.list(auditLines, { limit: CUT_AT_ONCE })) {
    const old = Date.parse(newest.at) - Date.parse(value.at) > KEPT.forMs
    if (kept <= KEPT.records && !old) return
    if (value.seq === newest.seq) return
    tx.forget(auditLines, { before: lineKey(value.seq + 1), limit: CUT_AT_ONCE })
    const { seq, hash, at: lastAt } = value
    tx.put(chainMarks, 'anchor', { seq, hash, cut: { lastAt, at: newest.at } })
    kept = newest.seq - seq
  }
}
