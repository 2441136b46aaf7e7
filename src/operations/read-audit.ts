import { z } from 'zod'
import { findRecord } from '../../registry/find-record.ts'
import { OperatorError } from '../base/errors.ts'
import { type Actor, mayUse, mayUseFleet } from './access.ts'
import type { AuditCheck } from './audit.ts'
import { type AuditLine, canonical } from './audit-chain.ts'
import type { Context } from './context.ts'
import { defineOperation } from './operation.ts'
import { isAudited, unknownOperation } from './operation-names.ts'

const MOST_ROWS = 200
const USUAL_ROWS = 50
const MOST_LINES = 1_000
/** An answer with lines to keep ends after so many characters. */
const MOST_CHARACTERS = 2 * 1024 * 1024

/** A line as a person sees it: without the address where it is none of their business. */
export type AuditRow = Omit<AuditLine, 'prev'>

/** list-audit: the newest first. */
export interface AuditList {
  rows: AuditRow[]
  /** What `before` of the next page is; null when there is none. */
  next: number | null
}

/** export-audit: lines as they are chained, oldest first. */
export interface AuditExport {
  /** Each one JSON, ready to be hashed. */
  lines: string[]
  /** What `after` of the next part is; null when this was the last. */
  next: number | null
}

const word = z.string().trim().min(1).max(100)

const listInput = z.strictObject({
  /** A name, or the id of a person, a token or a login. */
  who: word.nullable().default(null),
  node: word.nullable().default(null),
  /** By their names, as in the audit; none is all. */
  operations: z.array(word).max(64).default([]),
  /** The id of one run. */
  run: word.nullable().default(null),
  /** Inclusive. */
  from: z.iso.datetime().nullable().default(null),
  /** Exclusive. */
  to: z.iso.datetime().nullable().default(null),
  /** The number of a line: only those before it. */
  before: z.int().positive().nullable().default(null),
  limit: z.int().min(1).max(MOST_ROWS).default(USUAL_ROWS),
})

/** Who did what, when, and how it ended: each person sees their own part. */
export const listAudit = defineOperation<z.infer<typeof listInput>, AuditList>({
  name: 'list-audit',
  access: 'operator',
  effect: 'read',
  input: listInput,
  nodeOf: () => null,
  async run(context, input, { actor }) {
    for (const name of input.operations) await requireAudited(context, name)
    const given = <T>(value: T | null) => value ?? undefined
    const { lines, next } = await context.audit.find({
      from: given(input.from),
      to: given(input.to),
      nodeId: given(input.node),
      operations: input.operations,
      operationId: given(input.run),
      who: given(input.who),
      before: given(input.before),
      limit: input.limit,
      sees: readerOf(context, actor),
    })
    return { outcome: 'done', data: { rows: lines.map((line) => rowFor(actor, line)), next } }
  },
})

/**
 * Where nothing was ever written under a name that is none, it was typed wrong; to tell of nothing found would be no answer.
 * Another ocm may have written under others.
 * @throws OperatorError unknown-operation
 */
async function requireAudited({ audit }: Context, name: string): Promise<void> {
  if (isAudited(name)) return
  const { lines } = await audit.find({ operations: [name], limit: 1 })
  if (lines.length === 0) throw unknownOperation(name)
}

/** `number:hash` of a line, as it was noted elsewhere. */
const notedSchema = z.string().regex(/^[1-9]\d{0,11}:[0-9a-f]{64}$/)

const verifyInput = z.strictObject({
  noted: notedSchema.nullable().default(null),
  /** Path of a copy on the machine that runs ocm: only from its shell. */
  against: z.string().min(1).max(4_096).nullable().default(null),
})

/** Reads the whole chain, compares it with its copy, and says what does not fit. */
export const verifyAudit = defineOperation<z.infer<typeof verifyInput>, AuditCheck>({
  name: 'verify-audit',
  access: 'admin',
  effect: 'read',
  input: verifyInput,
  nodeOf: () => null,
  tagsOf: () => [],
  async run({ audit }, { noted, against }, { actor, signal }) {
    if (against !== null && actor.face !== 'cli') throw new OperatorError('not-here', { what: 'against' })
    const [seq = '', hash = ''] = noted?.split(':') ?? []
    const place = noted === null ? null : { seq: Number(seq), hash }
    const data = await audit.check({ against, noted: place, signal })
    const unread = data.copy !== null && data.copy.problem !== null
    return { outcome: data.faultCount > 0 ? 'failed' : unread ? 'partial' : 'done', data }
  },
})

const exportInput = z.strictObject({
  /** The number of a line: only those behind it. */
  after: z.int().min(0).default(0),
  limit: z.int().min(1).max(MOST_LINES).default(MOST_LINES),
})

/** Gives the lines away as they are chained, to be kept and checked elsewhere. */
export const exportAudit = defineOperation<z.infer<typeof exportInput>, AuditExport>({
  name: 'export-audit',
  access: 'admin',
  effect: 'read',
  input: exportInput,
  nodeOf: () => null,
  tagsOf: () => [],
  async run({ audit }, { after, limit }) {
    const found = await audit.after(after, limit)
    const lines: string[] = []
    let characters = 0
    for (const line of found) {
      const text = canonical(line)
      characters += text.length
      if (lines.length > 0 && characters > MOST_CHARACTERS) break
      lines.push(text)
    }
    const all = lines.length === found.length && found.length < limit
    return { outcome: 'done', data: { lines, next: all ? null : (found[lines.length - 1]?.seq ?? null) } }
  },
})

/**
 * Who has the whole fleet as an admin sees every line; operators see what was done to their nodes, and everybody what
 * they did themselves. A node that is no longer registered has no tags any more.
 */
function readerOf({ registry }: Context, actor: Actor): (line: AuditLine) => boolean {
  if (mayUseFleet(actor, 'admin')) return () => true
  const nodes = registry.list()
  return ({ actorId, nodeId }) => {
    if (actorId === actor.id) return true
    const node = nodeId === null ? undefined : findRecord(nodes, nodeId)
    return node !== undefined && mayUse(actor, 'operator', node)
  }
}

function rowFor(actor: Actor, { prev: _prev, address, ...row }: AuditLine): AuditRow {
  const sees = address !== undefined && (row.actorId === actor.id || mayUseFleet(actor, 'admin'))
  return sees ? { ...row, address } : row
}
