import type { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import { errorCode } from '../state/atomic-file.ts'
import type { ListQuery, Store } from '../store/store.ts'
import { type AuditLine, auditLines, type ChainPlace, type entrySchema, lineKey } from './audit-chain.ts'
import { type AuditCopy, type ChainCheck, type CopyCheck, checkChain } from './audit-check.ts'
import { type AuditCopier, type CopyState, textsOf } from './audit-copy.ts'
import { createAuditWriter } from './audit-writer.ts'

/** So many lines are read at once. */
const PAGE = 128
/** So many lines are looked at for one answer; it then says where to go on. */
const MOST_LOOKED_AT = 5_000
/** A line is written when its operation ends and has the time when it began: so far may lines be out of order. */
const DISORDER_MS = 24 * 3_600_000

/** One entry of the audit: who did what to which node, why, how it ended and how long it took. */
export type AuditEntry = z.infer<typeof entrySchema>

/** Which lines are looked for: all that match every part given, the newest first. */
export interface AuditQuery {
  /** ISO 8601 in UTC; inclusive. */
  from?: string | undefined
  /** Exclusive. */
  to?: string | undefined
  nodeId?: string | undefined
  /** One of these; none is all. */
  operations?: readonly string[]
  /** An id of a person, a token or a login, or a name, in whichever case. */
  who?: string | undefined
  operationId?: string | undefined
  /** Only what was written before the line of this number. */
  before?: number | undefined
  /** Whether the reader may see a line. */
  sees?(line: AuditLine): boolean
  limit: number
}

/** Some lines, and where to go on. */
export interface AuditPage {
  lines: AuditLine[]
  /** What `before` of the next page is; null when there is none. There may be a next one behind an empty page. */
  next: number | null
}

/** What was done, for good. */
export interface Audit {
  /** The entry is on the disk when the promise resolves. @throws what the store throws */
  append(entry: AuditEntry): Promise<void>
  /** @throws what the store throws */
  find(query: AuditQuery): Promise<AuditPage>
  /** Lines in the order in which they were written, behind that of a number. @throws what the store throws */
  after(seq: number, limit: number): Promise<AuditLine[]>
  /**
   * Reads all of it and says what is wrong, compared with the copy of the settings, or with the file `against`.
   * @throws OperatorError audit-copy-unreadable for `against`; what the store throws
   */
  check(options: {
    against: string | null
    noted: ChainPlace | null
    signal: AbortSignal
  }): Promise<AuditCheck>
  /** Sends to the copy what it lacks, and tells how it stands; null where there is none. @throws what the store throws */
  copyNow(signal: AbortSignal): Promise<CopyState | null>
}

/** An audit that takes in looks as well. */
export interface AuditPort extends Audit {
  /** What changed nothing and was not refused. Of the same look again and again not each has a line. @throws what the store throws */
  look(entry: AuditEntry): Promise<void>
}

/** The copy that the chain was compared with: its own state, and what the comparison read; null where it could not. */
export interface ComparedCopy {
  /** `given`: a file that was named. */
  kind: CopyState['kind'] | 'given'
  /** The last line that it has been given; null where nothing is known of that. */
  upTo: number | null
  compared: CopyCheck | null
  /** Why it could not be read or written, as a code. */
  problem: string | null
}

/** What is to be said of the chain. `copy` is null where there is none. */
export interface AuditCheck extends ChainCheck {
  copy: ComparedCopy | null
}

/**
 * The audit in the store.
 * @param options.redact applied to every text of people and nodes in an entry before it is written
 * @param options.copier keeps a copy elsewhere, where the settings want one
 */
export function createAudit(options: {
  store: Store
  redact: (text: string) => string
  copier?: AuditCopier | null
}): Audit {
  const { store, redact, copier = null } = options
  const write = createAuditWriter(store)
  return {
    append: async (entry) => write(redacted(entry, redact)),
    find: (query) => found(store, query),
    async after(seq, limit) {
      const found = await store.list(auditLines, { from: lineKey(seq + 1), limit })
      return found.map(({ value }) => value)
    },
    copyNow: async (signal) => copier && (await copier.catchUp(signal)),
    async check({ against, ...options }) {
      if (against !== null) {
        const copy = { texts: () => textsOf(against) }
        const { copy: compared, ...check } = await checkChain(store, { ...options, copy }).catch((error) => {
          throw unreadable(error, against)
        })
        return { ...check, copy: { kind: 'given', upTo: null, compared, problem: null } }
      }
      const state = copier && (await copier.state())
      const copy = state?.upTo === null ? null : (copier?.readable() ?? null)
      const { copy: compared, ...check } = await checkedWith(store, { ...options, copy })
      if (state === null) return { ...check, copy: null }
      const problem = typeof compared === 'string' ? compared : state.problem
      return {
        ...check,
        copy: { ...state, compared: typeof compared === 'string' ? null : compared, problem },
      }
    },
  }
}

async function found(store: Store, query: AuditQuery): Promise<AuditPage> {
  const { from, limit, nodeId, operations = [] } = query
  const matches = matcher(query)
  const earliest = from === undefined ? '' : shifted(from, -DISORDER_MS)
  const asked: ListQuery = { reverse: true, limit: PAGE, ...indexFor(nodeId, operations) }
  const lines: AuditLine[] = []
  let before = await endOf(store, query)
  for (let looked = 0; looked < MOST_LOOKED_AT; looked += PAGE) {
    const end = before === null ? {} : { to: lineKey(before) }
    const page = (await store.list(auditLines, { ...asked, ...end })).map(({ value }) => value)
    const near = page.filter(({ at }) => at >= earliest)
    lines.push(...near.filter(matches))
    // One more than is wanted says that there is a next page.
    if (lines.length > limit) return { lines: lines.slice(0, limit), next: lines[limit - 1]?.seq ?? null }
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE || near.length < page.length) return { lines, next: null }
    before = last.seq
  }
  return { lines, next: before }
}

/** The check, without the copy where that cannot be read; then its error code is in its place. */
async function checkedWith(
  store: Store,
  options: { copy: AuditCopy | null; noted: ChainPlace | null; signal: AbortSignal },
): Promise<ChainCheck & { copy: CopyCheck | string | null }> {
  try {
    return await checkChain(store, options)
  } catch (error) {
    if (!isOfFile(error)) throw error
    return { ...(await checkChain(store, { ...options, copy: null })), copy: errorCode(error) }
  }
}

/** An error of the file system, as opposed to one of the store. */
function isOfFile(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

function unreadable(error: unknown, file: string): unknown {
  if (!isOfFile(error)) return error
  return new OperatorError('audit-copy-unreadable', { file, code: errorCode(error) }, { cause: error })
}

function matcher({
  from,
  to,
  nodeId,
  operations = [],
  operationId,
  who,
  sees,
}: AuditQuery): (line: AuditLine) => boolean {
  const name = who?.toLowerCase()
  return (line) =>
    (from === undefined || line.at >= from) &&
    (to === undefined || line.at < to) &&
    (nodeId === undefined || line.nodeId === nodeId) &&
    (operations.length === 0 || operations.includes(line.operation)) &&
    (operationId === undefined || line.operationId === operationId) &&
    (who === undefined || line.actorId === who || line.actorName.toLowerCase() === name) &&
    (sees?.(line) ?? true)
}

/** A node has fewer lines than an operation. */
function indexFor(nodeId: string | undefined, operations: readonly string[]): Pick<ListQuery, 'index'> {
  if (nodeId !== undefined) return { index: { name: 'node', value: nodeId } }
  const [operation, ...others] = operations
  if (operation === undefined || others.length > 0) return {}
  return { index: { name: 'operation', value: operation } }
}

/** Before which line one has to look; null where that is the end. */
async function endOf(store: Store, { before, to }: AuditQuery): Promise<number | null> {
  if (before !== undefined) return before
  return to === undefined ? null : seqAt(store, shifted(to, DISORDER_MS))
}

/** The number of the first line that began at this time or later, as far as lines stand in their order. */
async function seqAt(store: Store, at: string): Promise<number | null> {
  const [last] = await store.list(auditLines, { reverse: true, limit: 1 })
  const [first] = await store.list(auditLines, { limit: 1 })
  if (!first || !last || last.value.at < at) return null
  let [low, high] = [first.value.seq, last.value.seq]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [found] = await store.list(auditLines, { from: lineKey(middle), limit: 1 })
    if (found && found.value.at < at) low = found.value.seq + 1
    else high = middle
  }
  return high
}

function shifted(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString()
}

/** What ocm itself has made: a text of these that looks like a secret is none, and one that is hidden names nobody. */
const OWN = ['at', 'operationId', 'operation', 'face', 'actorId', 'result', 'errorCode'] as const

function redacted(entry: AuditEntry, redact: (text: string) => string): AuditEntry {
  const text = JSON.stringify(entry, (_key, value: unknown) =>
    typeof value === 'string' ? redact(value) : value,
  )
  return { ...JSON.parse(text), ...Object.fromEntries(OWN.map((name) => [name, entry[name]])) }
}
