import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Store } from '../store/store.ts'
import {
  type AuditLine,
  auditLines,
  BEGINNING,
  type ChainPlace,
  chainMarks,
  hashOf,
  KEPT,
  lineKey,
  lineSchema,
  marksOf,
} from './audit-chain.ts'

/** So many lines are checked in one piece: some milliseconds. */
const PAGE = 64
/** Faults that are told one by one. */
export const MOST_FAULTS = 20

/** What can be wrong with the chain. */
export const AUDIT_FAULTS = [
  /** What a line says is not what its hash was made of. */
  'edited',
  /** Lines that were written are not there. */
  'missing',
  /** A line stands in the place of another. */
  'moved',
  /** A line does not follow the one before it: what comes before was written anew. */
  'not-following',
  /** Lines at the end that were written are not there. */
  'cut-off',
  /** Lines at the end stand behind what was written down as the last one. */
  'added',
  /** The beginning was taken away although it had to be kept. */
  'cut-too-early',
  /** The copy elsewhere has another line in this place. */
  'not-as-copied',
  /** The copy elsewhere goes on behind the last line. */
  'behind-copy',
  /** The place that was given to be compared with is not in the chain. */
  'not-as-noted',
] as const
export type AuditFaultKind = (typeof AUDIT_FAULTS)[number]

/** Something that is wrong with the lines of these numbers. */
export interface AuditFault {
  kind: AuditFaultKind
  from: number
  to: number
}

/** What was found. */
export interface ChainCheck {
  /** How many lines were read. */
  lines: number
  /** The number of the first line that is kept; null where there is none. */
  first: number | null
  /** The last line, to be noted elsewhere; null where there is none. */
  head: ChainPlace | null
  /** At most {@link MOST_FAULTS}, in the order of the lines. */
  faults: AuditFault[]
  /** How many there are in all. */
  faultCount: number
}

/** A copy to compare with: lines of text, as a file elsewhere has them. */
export interface AuditCopy {
  /** @throws the error of the file system */
  texts(): AsyncIterable<string>
}

/** How a copy compares. */
export interface CopyCheck {
  /** Lines of the copy that were compared. */
  lines: number
  /** Lines of the copy that are no line of an audit, such as one that a crash cut off, or whose hash is not theirs. */
  unreadable: number
  /** The highest number in the copy. */
  upTo: number
}

/**
 * Reads the chain from its beginning to its end, a few milliseconds at a time, and compares it with a copy, where there is
 * one, and with a place that somebody noted.
 * @throws what the store throws; AbortError
 */
export async function checkChain(
  store: Store,
  options: { copy: AuditCopy | null; noted: ChainPlace | null; signal: AbortSignal },
): Promise<ChainCheck & { copy: CopyCheck | null }> {
  const { copy, noted, signal } = options
  const found = createFaults()
  // Of one moment: what is written from here on is not part of it.
  const { head, anchor } = await store.transaction((tx) => {
    const marks = marksOf(tx)
    checkEnds({ ...marks, last: tx.list(auditLines, { reverse: true, limit: 1 })[0] ?? null }, found)
    return marks
  })
  const end = head ?? { seq: Number.MAX_SAFE_INTEGER }
  const hashes = new Map<number, string>()
  let last: ChainPlace = anchor
  let [lines, first] = [0, null as number | null]
  for (let more = true; more; ) {
    signal.throwIfAborted()
    const page = await store.list(auditLines, { from: lineKey(last.seq + 1), limit: PAGE })
    more = page.length === PAGE
    for (const { key, value } of page) {
      const at = Number(key)
      if (at > end.seq) {
        more = false
        break
      }
      // What is kept no longer may go while this reads.
      const after = first === null ? Math.max(last.seq, (await anchorNow(store)).seq) : last.seq
      if (at > after + 1) found.add('missing', after + 1, at - 1)
      checkLine(value, at, last, found)
      if (copy !== null || at === noted?.seq) hashes.set(at, value.hash)
      first ??= at
      last = { seq: at, hash: value.hash }
      lines++
    }
    await nextTurn()
  }
  if (noted && noted.seq > anchor.seq && hashes.get(noted.seq) !== noted.hash)
    found.add('not-as-noted', noted.seq, noted.seq)
  const compared = copy && (await compare(copy, { hashes, last, first, signal }, found))
  return { lines, first, head: lines === 0 ? null : last, ...found.result(), copy: compared }
}

async function anchorNow(store: Store): Promise<ChainPlace> {
  return (await store.get(chainMarks, 'anchor')) ?? { seq: 0, hash: BEGINNING }
}

function checkLine(line: AuditLine, at: number, before: ChainPlace, found: Faults): void {
  if (line.seq !== at) found.add('moved', at, at)
  else if (hashOf(line) !== line.hash) found.add('edited', at, at)
  else if (at === before.seq + 1 && line.prev !== before.hash) found.add('not-following', at, at)
}

/** Whether the last line is the one that was written down as such, and what was cut had to go. */
function checkEnds(
  { head, anchor, last }: ReturnType<typeof marksOf> & { last: { key: string; value: AuditLine } | null },
  found: Faults,
): void {
  const at = last === null ? anchor.seq : Number(last.key)
  const noted = head?.seq ?? anchor.seq
  if (at < noted) found.add('cut-off', at + 1, noted)
  if (at > noted) found.add('added', noted + 1, at)
  if (at === noted && head && last && last.value.hash !== head.hash) found.add('edited', at, at)
  const { cut } = anchor
  if (cut === null) return
  const overdue = Date.parse(cut.at) - Date.parse(cut.lastAt) > KEPT.forMs
  if (!overdue && noted - anchor.seq < KEPT.records) found.add('cut-too-early', anchor.seq, anchor.seq)
}

/** Compares with the lines of a copy. Lines that are kept here no longer say nothing. */
async function compare(
  copy: AuditCopy,
  kept: { hashes: ReadonlyMap<number, string>; last: ChainPlace; first: number | null; signal: AbortSignal },
  found: Faults,
): Promise<CopyCheck> {
  const { hashes, last, first, signal } = kept
  let [lines, unreadable, upTo] = [0, 0, 0]
  for await (const text of copy.texts()) {
    signal.throwIfAborted()
    const line = parsed(text)
    if (line === null) {
      unreadable++
      continue
    }
    lines++
    upTo = Math.max(upTo, line.seq)
    const own = hashes.get(line.seq)
    if (own !== undefined && own !== line.hash) found.add('not-as-copied', line.seq, line.seq)
    // Without a single line left, nothing says from where on they had to be kept.
    else if (own === undefined && line.seq <= last.seq && line.seq >= (first ?? 0))
      found.add('missing', line.seq, line.seq)
  }
  if (upTo > last.seq) found.add('behind-copy', last.seq + 1, upTo)
  return { lines, unreadable, upTo }
}

/** A line of a copy whose hash is its own; null for anything else. */
function parsed(text: string): AuditLine | null {
  try {
    const line = lineSchema.parse(JSON.parse(text))
    return hashOf(line) === line.hash ? line : null
  } catch {
    return null
  }
}

interface Faults {
  /** Lines beside each other that are wrong in the same way are one fault. */
  add(kind: AuditFaultKind, from: number, to: number): void
  result(): Pick<ChainCheck, 'faults' | 'faultCount'>
}

function createFaults(): Faults {
  const faults: AuditFault[] = []
  let faultCount = 0
  return {
    add(kind, from, to) {
      const last = faults.findLast((one) => one.kind === kind)
      if (last && from >= last.from && from <= last.to + 1) last.to = Math.max(last.to, to)
      else {
        faultCount++
        if (faults.length < MOST_FAULTS) faults.push({ kind, from, to })
      }
    },
    result: () => ({ faults: faults.sort((a, b) => a.from - b.from), faultCount }),
  }
}
