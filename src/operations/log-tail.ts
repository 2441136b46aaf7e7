import { setImmediate as nextTurn } from 'node:timers/promises'
import { OperatorError } from '../base/errors.ts'
import { KEY_BEGINS, KEY_ENDS } from '../base/secret-shapes.ts'
import { defaultLogCommand, journalCommand } from '../openclaw/logs.ts'
import { readGatewayLog } from '../openclaw/methods/logs.ts'
import { isUnread } from '../openclaw/node-state.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import { unitLevel } from '../openclaw/service.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { ExecResult } from '../ssh/exec.ts'
import type { Context } from './context.ts'
import type { NodeLogs } from './node-logs.ts'

const DEADLINE_MS = 10_000
const LOG_BYTES = 1024 * 1024
/** Characters of stderr that are kept for the error. */
const STDERR_TAIL = 2_000

/** Log lines and where they come from; redacted, still untrusted. */
export type LogLines = Pick<NodeLogs, 'lines' | 'source' | 'redactions'>

/**
 * The last lines of a gateway's log: the unit's journal where there is a unit, else what the gateway hands out, else
 * its default file. Secrets are replaced before anything leaves this function.
 * @throws OperatorError as the link does; remote-command-failed when no log could be read
 */
export async function readLog(
  context: Context,
  link: NodeLink,
  snapshot: Pick<NodeSnapshot, 'service'>,
  lines: number,
  signal?: AbortSignal,
): Promise<LogLines> {
  const limits = { deadlineMs: DEADLINE_MS, maxOutputBytes: LOG_BYTES, ...(signal ? { signal } : {}) }
  const unit = snapshot.service.unit.value
  let journal: ExecResult | null = null
  const level = unitLevel(snapshot.service)
  if (level !== null && unit !== null) {
    journal = await link.exec(journalCommand(unit, lines, level), limits)
    if (journal.code === 0 && journal.stdout.trim() !== '')
      return await inPieces(context, splitLines(journal.stdout), 'journal')
  }
  const tail = await readGatewayLog(link, lines, limits)
  if (tail) return await inPieces(context, tail, 'gateway')
  const file = await link.exec(defaultLogCommand(lines), limits)
  if (file.code === 0) return await inPieces(context, splitLines(file.stdout), 'file')
  // A journal that answers and holds nothing is an answer; when no source could be read, an empty log would be a lie.
  if (journal?.code === 0) return await inPieces(context, [], 'journal')
  const { code, stderr } = journal ?? file
  throw new OperatorError(
    'remote-command-failed',
    { node: link.nodeId, exitCode: code ?? 'signal' },
    { detail: context.redact(stderr).text.slice(-STDERR_TAIL) },
  )
}

/** The tail for a failure report: whatever can be had, never an error of its own. */
export async function readLogTail(
  context: Context,
  link: NodeLink,
  snapshot: NodeSnapshot,
  lines: number,
): Promise<string[]> {
  if (isUnread(snapshot)) return []
  try {
    return (await readLog(context, link, snapshot, lines)).lines
  } catch (error) {
    context.log.warn({ err: error, node: link.nodeId }, 'no log tail for a failed operation')
    return []
  }
}

function splitLines(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** Replaces what looks like a secret, also one that spans lines. */
export function cleaned(context: Context, raw: readonly string[], source: LogLines['source']): LogLines {
  const { text, count } = context.redact(raw.join('\n'))
  return { lines: raw.length === 0 ? [] : text.split('\n'), source, redactions: count }
}

/** Cleaned in one piece: a few milliseconds. */
const PIECE_CHARACTERS = 32_768

/**
 * Cleans many lines in pieces, so that nothing else has to wait for a long log. A piece ends where no secret goes on: not
 * within a private key, and before a line that stands on its own.
 */
export async function inPieces(
  context: Context,
  raw: readonly string[],
  source: LogLines['source'],
): Promise<LogLines> {
  const result: LogLines = { lines: [], source, redactions: 0 }
  let piece: string[] = []
  let size = 0
  let inKey = false
  const flush = () => {
    const { lines, redactions } = cleaned(context, piece, source)
    for (const line of lines) result.lines.push(line)
    result.redactions += redactions
    piece = []
    size = 0
  }
  for (const [index, line] of raw.entries()) {
    piece.push(line)
    size += line.length + 1
    inKey = isKeyOpen(line, inKey)
    if (size < PIECE_CHARACTERS || inKey || goesOn(line, raw[index + 1] ?? '')) continue
    flush()
    await nextTurn()
  }
  flush()
  return result
}

/** Whether a private key goes on after this line. */
function isKeyOpen(line: string, before: boolean): boolean {
  const end = line.lastIndexOf('-----END ')
  const begin = line.search(KEY_BEGINS)
  return begin === -1 ? before && !KEY_ENDS.test(line) : begin > end
}

/** Whether a value may stand on the line after its name, or a line is the rest of another. */
function goesOn(line: string, next: string): boolean {
  return /[:=,({[\\"'\s-]$/.test(line) || /^[\s"']/.test(next)
}

/** Longer than any key: text after a beginning without an end is shown again. */
const KEY_LINES_MAX = 500

/**
 * Cleans lines that come one by one. A private key spans lines, so each line is cleaned by what was before it: from the
 * beginning of a key to its end nothing is shown but one mask.
 */
export function lineCleaner(context: Context, source: LogLines['source']): (line: string) => LogLines {
  let inKey = 0
  return function clean(line): LogLines {
    if (inKey > 0) {
      const end = KEY_ENDS.exec(line)
      inKey = end || inKey >= KEY_LINES_MAX ? 0 : inKey + 1
      const rest = end ? line.slice(end.index + end[0].length) : ''
      return rest === '' ? { lines: [], source, redactions: 0 } : clean(rest)
    }
    const begin = line.search(KEY_BEGINS)
    if (begin !== -1 && !KEY_ENDS.test(line.slice(begin))) inKey = 1
    return cleaned(context, [line], source)
  }
}
