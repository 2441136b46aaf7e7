import { z } from 'zod'
import { defineCollection, type ListQuery, type Store, type Transaction } from '../store/store.ts'
import type { FormerFile } from '../store/take-over.ts'

const DAY_MS = 24 * 3_600_000
/** Older entries go, and the oldest of more than this. */
const KEEP = { forMs: 400 * DAY_MS, records: 200_000 }
/** So many entries are read at once. */
const PAGE = 200

const entrySchema = z.object({
  /** ISO 8601 in UTC. */
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
  approval: z.object({ request: z.string(), by: z.string(), emergency: z.string().nullable() }).optional(),
  result: z.enum(['done', 'partial', 'failed', 'unknown', 'refused']),
  errorCode: z.string().nullable(),
  durationMs: z.number(),
})

/** One entry of the audit: who did what to which node, why, how it ended and how long it took. */
export type AuditEntry = z.infer<typeof entrySchema>

/** Entries in the order of their time. Nothing changes one. */
export const auditEntries = defineCollection({
  name: 'audit',
  schema: entrySchema,
  indexes: { node: '$.nodeId', actor: '$.actorId' },
  keep: KEEP,
})

/** Which entries are looked for: all that match every part given, the newest first. */
export interface AuditQuery {
  /** ISO 8601 in UTC; inclusive. */
  from?: string
  /** Exclusive. */
  to?: string
  nodeId?: string
  actorId?: string
  limit: number
}

/** What was done, for good. */
export interface AuditPort {
  /** The entry is on the disk when the promise resolves. @throws what the store throws */
  append(entry: AuditEntry): Promise<void>
  /** @throws what the store throws */
  find(query: AuditQuery): Promise<AuditEntry[]>
}

/**
 * The audit in the store.
 * @param options.redact applied to every string of an entry before it is written
 */
export function createAudit(options: { store: Store; redact: (text: string) => string }): AuditPort {
  const { store, redact } = options
  return {
    append: (entry) => {
      const clean = redacted(entry, redact)
      return store.transaction((tx) => {
        let same = 0
        while (tx.get(auditEntries, keyOf(clean, same))) same++
        tx.put(auditEntries, keyOf(clean, same), clean)
      })
    },
    async find({ from, to, nodeId, actorId, limit }) {
      const found: AuditEntry[] = []
      const index = indexFor(nodeId, actorId)
      let before = to
      for (;;) {
        const query: ListQuery = { reverse: true, limit: PAGE, ...index }
        if (from !== undefined) query.from = from
        if (before !== undefined) query.to = before
        const page = await store.list(auditEntries, query)
        for (const { value } of page)
          if (actorId === undefined || value.actorId === actorId) found.push(value)
        before = page.at(-1)?.key
        if (page.length < PAGE || found.length >= limit) return found.slice(0, limit)
      }
    },
  }
}

/** A node has fewer entries than a busy person. */
function indexFor(nodeId: string | undefined, actorId: string | undefined): Pick<ListQuery, 'index'> {
  if (nodeId !== undefined) return { index: { name: 'node', value: nodeId } }
  return actorId === undefined ? {} : { index: { name: 'actor', value: actorId } }
}

/** The audit of the time before the store. Lines that are no entry, such as one that a crash cut off, stay behind. */
export function formerAudit(store: Store): FormerFile {
  return {
    name: 'audit.jsonl',
    kind: 'file',
    store,
    writes: (text) =>
      text.split('\n').flatMap((line, number) => {
        const entry = parseLine(line)
        return entry ? [(tx: Transaction) => tx.put(auditEntries, keyOf(entry, number), entry)] : []
      }),
  }
}

function parseLine(line: string): AuditEntry | null {
  try {
    return entrySchema.parse(JSON.parse(line))
  } catch {
    return null
  }
}

function redacted(entry: AuditEntry, redact: (text: string) => string): AuditEntry {
  const text = JSON.stringify(entry, (_key, value: unknown) =>
    typeof value === 'string' ? redact(value) : value,
  )
  return JSON.parse(text)
}

/** Sorts by time; `same` tells entries of one operation and one millisecond apart. */
function keyOf({ at, operationId }: AuditEntry, same: number): string {
  return `${at} ${operationId} ${same}`
}
