import { readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'

/** The page that every bench writes its part of. */
const DOCUMENT = join(import.meta.dirname, '../docs/benchmarks.md')
/** From here on the page is kept whatever `npm run bench` measures: other commands write it, and people. */
const KEPT = '\n## A fleet in memory\n'
/** New sections stand before it. */
const READING = '## What limits the rest'
/** New sections that a bench of its own writes stand before it. */
const COMMANDS = '\n## Commands\n'
const ROW = /^\|.*\|$/

/** Changes docs/benchmarks.md. */
export function changeDocument(change: (text: string) => string): void {
  writeFileSync(DOCUMENT, change(readFileSync(DOCUMENT, 'utf8')))
}

/** The day and the load, for the reader of a figure that was measured by itself. */
export function whenMeasured(): string {
  return `${new Date().toISOString().slice(0, 10)}, load ${(loadavg()[0] ?? 0).toFixed(1)}`
}

/** A whole new page, but for what `npm run bench` does not measure. */
export function replaceMeasured(text: string, measured: string): string {
  return `${measured.trimEnd()}\n${text.slice(text.indexOf(KEPT))}`
}

/** Puts a section in the place of the one with its title, or before what the reader is told at last. */
export function putSection(text: string, section: string): string {
  const title = section.slice(0, section.indexOf('\n'))
  const at = text.indexOf(`${title}\n`)
  if (at < 0) return text.replace(READING, `${section.trimEnd()}\n\n${READING}`)
  const next = text.indexOf('\n## ', at)
  return `${text.slice(0, at)}${section.trimEnd()}\n${next < 0 ? '' : text.slice(next)}`
}

/** The same for a section that a suite of its own writes: it comes behind what `npm run bench` writes anew. */
export function putOwnSection(text: string, section: string): string {
  const title = section.slice(0, section.indexOf('\n'))
  return putSection(
    text.includes(`${title}\n`) ? text : text.replace(COMMANDS, `\n${title}\n${COMMANDS}`),
    section,
  )
}

/**
 * Puts a row into the first table of a section.
 * @param keys so many of its first cells say which row it is: that one is replaced, else it is the last
 */
export function putRow(text: string, title: string, row: readonly string[], keys = 1): string {
  const start = text.indexOf(`## ${title}\n`)
  if (start < 0) throw new Error(`no section "${title}"`)
  const lines = text.slice(start).split('\n')
  const first = lines.findIndex((line) => ROW.test(line))
  const length = lines.slice(first).findIndex((line) => !ROW.test(line))
  const rows = lines.slice(first, first + length)
  const line = `| ${row.join(' | ')} |`
  const which = `| ${row.slice(0, keys).join(' | ')} |`
  const known = rows.findIndex((one) => one.startsWith(which))
  if (known < 0) rows.push(line)
  else rows[known] = line
  return text.slice(0, start) + [...lines.slice(0, first), ...rows, ...lines.slice(first + length)].join('\n')
}
