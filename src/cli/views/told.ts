import type { Report } from '../../operations/operation.ts'
import type { Ink, Tone } from '../../presenters/ink.ts'
import type { Finding, Line, Mark, Told } from '../../presenters/told.ts'
import { SEVERITY_TONES } from '../ink.ts'
import { facts, OUTCOME_TONES, stateText } from './readings.ts'

const LONGEST_LOG_LINE = 400
const LONGEST_DETAIL = 300

/** Marks that colour their line; the others have no sign in a shell. */
const MARK_TONES: Partial<Record<Mark, Tone>> = { warning: 'warning', alarm: 'bad' }

/** A question, before it is asked. */
export function questionText(told: Told, ink: Ink): string {
  return [ink.paint('strong', told.title), ...toldLines(told, ink)].join('\n')
}

/** How something ended, and under which id it is recorded. */
export function resultText(told: Told, report: Report<unknown>, ink: Ink): string {
  return [
    ink.paint(OUTCOME_TONES[report.outcome], told.title),
    ...toldLines(told, ink),
    ink.paint('dim', `  ${ink.t('word.run', { id: report.operationId })}`),
    '',
  ].join('\n')
}

/** What stands under the title. Facts that follow each other have their values in one column. */
function toldLines({ lead, parts }: Told, ink: Ink): string[] {
  const shown: string[] = []
  let table: (readonly [string, string])[] = []
  const flush = () => {
    shown.push(...facts(ink, table))
    table = []
  }
  for (const line of [...lead, ...parts.flat()]) {
    const row = rowsOf(line, ink)
    if (row !== null) table.push(...row)
    else {
      flush()
      shown.push(...linesOf(line, ink))
    }
  }
  flush()
  return shown
}

/** What goes into the table of facts; null for a line of its own. */
function rowsOf(line: Line, ink: Ink): (readonly [string, string])[] | null {
  if (line.kind === 'facts') return [...line.facts]
  if (line.kind === 'item') return [['', line.text]]
  if (line.kind === 'state' && line.label !== null) return [[line.label, stateText(ink, line)]]
  return null
}

function linesOf(line: Line, ink: Ink): string[] {
  switch (line.kind) {
    case 'facts':
    case 'item':
      return []
    case 'text':
    case 'aside': {
      const tone = line.mark === null ? undefined : MARK_TONES[line.mark]
      return [`  ${tone === undefined ? line.text : ink.paint(tone, line.text)}`]
    }
    case 'state':
      return [`  ${stateText(ink, line)}`]
    case 'check':
      return [`  ${line.passed ? '✓' : '✗'} ${line.text}`]
    case 'next':
      return [`  ${ink.t('cli.next', {}, { next: line.text })}`]
    case 'change':
      return [
        `  ${ink.remote(line.path, LONGEST_DETAIL)}:`,
        `  ${ink.paint('bad', `- ${ink.remote(line.before, LONGEST_DETAIL)}`)}`,
        `  ${ink.paint('good', `+ ${ink.remote(line.after, LONGEST_DETAIL)}`)}`,
      ]
    case 'findings':
      return line.findings.flatMap((finding) => findingLines(finding, ink))
    case 'log':
      return [`  ${line.title}:`, ...line.lines.map((text) => `    ${ink.remote(text, LONGEST_LOG_LINE)}`)]
  }
}

/** What is wrong in a line, and under it what to do. */
export function findingLines({ severity, text, reason, detail, next }: Finding, ink: Ink): string[] {
  const what = reason === null ? text : `${text} · ${reason}`
  return [
    ink.paint(SEVERITY_TONES[severity], `${ink.t(`level.${severity}`)}: ${what}`),
    ...(detail ? [`  ${ink.remote(detail, LONGEST_DETAIL)}`] : []),
    `  ${ink.t('cli.next', {}, { next })}`,
  ]
}
