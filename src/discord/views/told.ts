import type { APIComponentInContainer } from 'discord.js'
import type { Report } from '../../operations/operation.ts'
import { dotted } from '../../presenters/readings.ts'
import type { Finding, Line, Mark, Told } from '../../presenters/told.ts'
import { type Card, type CardAttachment, makeCard } from '../card.ts'
import type { DiscordInk } from '../ink.ts'
import { toCodeBlock, toLogLine } from '../markdown.ts'
import type { Reader } from '../reader.ts'
import { type AskedBy, type ConfirmLabel, confirmControls, type PressedBy, pressedLine } from './confirm.ts'
import { OUTCOME_SYMBOLS, SEVERITY_SYMBOLS, STATE_SYMBOLS } from './symbols.ts'

const FINDINGS_SHOWN = 3
const LOG_LINES = 20
const LOG_LINE = 140
const LONGEST_DETAIL = 300

const MARK_SYMBOLS: Record<Mark, string> = {
  well: '✅',
  warning: '⚠️',
  alarm: '🚨',
  waiting: '⏳',
  kept: '💾',
  'put-aside': '⏸️',
}

/** A line as Discord shows it; empty when there is nothing to show. */
function lineText(line: Line, ink: DiscordInk): string {
  switch (line.kind) {
    case 'facts':
      return dotted(line.facts.map(([label, value]) => `${ink.strong(label)} ${value}`))
    case 'text':
      return marked(line.mark, line.mark === 'alarm' ? ink.strong(line.text) : line.text)
    case 'aside':
      return ink.small(marked(line.mark, line.text))
    case 'item':
      return `- ${line.text}`
    case 'state':
      return `${STATE_SYMBOLS[line.state]} ${dotted([line.text, line.reason])}`
    case 'check':
      return `${line.passed ? '✅' : '❌'} ${line.text}`
    case 'next':
      return ink.small(`→ ${line.text}`)
    case 'change':
      return toCodeBlock([line.path, `- ${line.before}`, `+ ${line.after}`])
    case 'findings':
      return findingsText(line.findings, ink)
    case 'log': {
      const tail = line.lines.slice(-LOG_LINES).map((text) => toLogLine(text, LOG_LINE))
      return `${ink.strong(line.title)}\n${toCodeBlock(tail)}`
    }
  }
}

function marked(mark: Mark | null, text: string): string {
  return mark === null ? text : `${MARK_SYMBOLS[mark]} ${text}`
}

function findingsText(findings: readonly Finding[], ink: DiscordInk): string {
  const shown = findings.slice(0, FINDINGS_SHOWN).map((one) => findingText(one, ink))
  const more = findings.length - shown.length
  return [...shown, ...(more > 0 ? [ink.t('word.more', { count: more })] : [])].join('\n')
}

/** What is wrong, in a line and its next step in small print. */
export function findingText({ severity, text, reason, detail, next }: Finding, ink: DiscordInk): string {
  return [
    `${SEVERITY_SYMBOLS[severity]} ${dotted([ink.strong(text), reason])}`,
    ...(detail ? [ink.small(ink.code(detail, LONGEST_DETAIL))] : []),
    ink.small(`→ ${next}`),
  ].join('\n')
}

/** Title and lead, then each part: the texts of a card. */
export function textsOf(symbol: string, told: Told, ink: DiscordInk): string[] {
  const joined = (lines: readonly Line[]) => lines.map((line) => lineText(line, ink))
  return [
    [ink.title(`${symbol} ${told.title}`), ...joined(told.lead)].join('\n'),
    ...told.parts.map((part) => joined(part).join('\n')),
  ]
}

/** A question with its two buttons. `symbol` stands before the title. */
export function questionCard(
  told: Told,
  asked: AskedBy,
  reader: Reader,
  look: { symbol: string; button: ConfirmLabel; attachment?: CardAttachment },
): Card {
  const { line, controls } = confirmControls(asked, reader, look.button)
  return makeCard({
    colour: told.mood,
    texts: [...textsOf(look.symbol, told, reader.ink), line],
    controls,
    attachment: look.attachment,
  })
}

/** Each step as it was last told, in the order in which they began. */
export function latestSteps<Step extends { step: string }>(steps: readonly Step[]): Step[] {
  return [...new Map(steps.map((step) => [step.step, step])).values()]
}

/** What is being done, with the steps so far; the last one is still going on unless `ended`. */
export function progressCard(
  title: string,
  steps: readonly string[],
  pressed: PressedBy | null,
  reader: Reader,
  ended = false,
): Card {
  const lines = steps.map((text, index) => `${index < steps.length - 1 || ended ? '✅' : '⏳'} ${text}`)
  return makeCard({
    colour: 'neutral',
    texts: [[reader.ink.title(title), ...lines].join('\n'), pressedLine(pressed, reader)],
  })
}

/** How something ended, who had confirmed it and under which id it is recorded. */
export function resultCard(
  told: Told,
  report: Report<unknown>,
  reader: Reader,
  look: {
    symbol?: string
    pressed?: PressedBy | null
    controls?: APIComponentInContainer[]
    attachment?: CardAttachment | undefined
  } = {},
): Card {
  const { ink } = reader
  const symbol = look.symbol ?? OUTCOME_SYMBOLS[report.outcome]
  const run = ink.small(ink.t('word.run', { id: report.operationId }))
  return makeCard({
    colour: told.mood,
    texts: [
      ...textsOf(symbol, told, ink),
      [pressedLine(look.pressed ?? null, reader), run].filter(Boolean).join('\n'),
    ],
    controls: look.controls ?? [],
    attachment: look.attachment,
  })
}
