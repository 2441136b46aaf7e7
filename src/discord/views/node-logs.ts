import type { NodeLogs } from '../../operations/node-logs.ts'
import { logFacts } from '../../presenters/node-logs.ts'
import { dotted } from '../../presenters/readings.ts'
import { buttonRow, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import { toCodeBlock, toLogLine, toPlainText } from '../markdown.ts'
import { textBudget } from '../paging.ts'
import type { Reader } from '../reader.ts'

/** A longer line is cut in the card, visibly, and whole in the file. */
const LINE_SHOWN = 300
/** Fences and line breaks of the block. */
const BLOCK_OVERHEAD = 12

/** The node whose log is shown. */
export interface LoggedNode {
  id: string
  name: string
}

/** A finished log: its end in the card, all of it in a file when it does not fit. */
export function nodeLogsView(node: LoggedNode, logs: NodeLogs, reader: Reader): Card {
  const { ink } = reader
  const { facts, redacted } = logFacts(logs, ink)
  const head = [
    ink.title(`📜 ${ink.t('logs.title', {}, { node: ink.named(node) })}`),
    ink.small(dotted([...facts, redacted && `🔒 ${redacted}`])),
  ].join('\n')
  const { text, whole } = tail(logs.lines, reader, head)
  return makeCard({
    colour: logs.endedBy === 'lost' ? 'warning' : 'neutral',
    texts: [head, text],
    file: whole ? undefined : { name: 'node-logs.txt', text: `${logs.lines.map(toPlainText).join('\n')}\n` },
    controls: [
      buttonRow([
        { id: encodeCustomId('node-logs', 'again', node.id), label: ink.t('button.refresh'), emoji: '🔄' },
      ]),
    ],
  })
}

/** A log that is being followed: its newest lines, and a button to stop. */
export function followingLogsView(
  node: LoggedNode,
  lines: readonly string[],
  runId: string,
  reader: Reader,
): Card {
  const { ink } = reader
  const head = [
    ink.title(`📜 ${ink.t('logs.following', {}, { node: ink.named(node) })}`),
    ink.small(ink.t('logs.lines', { count: lines.length })),
  ].join('\n')
  return makeCard({
    colour: 'neutral',
    texts: [head, tail(lines, reader, head).text],
    controls: [
      buttonRow([
        { id: encodeCustomId('node-logs', 'stop', runId), label: ink.t('button.stop'), emoji: '⏹️' },
      ]),
    ],
  })
}

/** As many of the last lines as fit, with the number of those that do not. */
function tail(lines: readonly string[], { ink }: Reader, head: string): { text: string; whole: boolean } {
  if (lines.length === 0) return { text: ink.t('logs.empty'), whole: true }
  const note = ink.t('word.earlier-lines', { count: lines.length })
  const budget = textBudget(head, note) - BLOCK_OVERHEAD
  const shown: string[] = []
  let used = 0
  let cutAny = false
  for (const line of lines.toReversed()) {
    const text = toLogLine(line, LINE_SHOWN)
    cutAny ||= text.endsWith('…') && !line.endsWith('…')
    const cost = toCodeBlock([text]).length
    if (used + cost > budget) break
    used += cost
    shown.unshift(text)
  }
  const left = lines.length - shown.length
  const earlier = left > 0 ? `${ink.small(ink.t('word.earlier-lines', { count: left }))}\n` : ''
  return { text: earlier + toCodeBlock(shown), whole: left === 0 && !cutAny }
}
