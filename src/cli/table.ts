import type { Tone } from '../presenters/ink.ts'
import type { Paint } from './ink.ts'
import { cutToWidth, padTo, widthOf } from './width.ts'

const GAP = '  '
/** A column of a table. */
export interface Column {
  title: string
  align?: 'left' | 'right'
  /** Left out on a terminal that is too narrow, the highest number first. */
  spare?: number
  /** Gives way: is cut when the terminal is too narrow, but never below so many cells. */
  least?: number
}

/** What stands in a cell; plain text, already harmless. */
export type Cell = string | { text: string; tone: Tone }

/**
 * Lines of a table, its titles first. Cells are measured as terminals draw them.
 * @param options.width cells of the terminal; null is a pipe, for which nothing is cut or left out
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: { width: number | null; paint: Paint },
): string[] {
  const { paint } = options
  const widths = columns.map((column, index) =>
    Math.max(widthOf(column.title), ...rows.map((row) => widthOf(textOf(row[index])))),
  )
  // A column in which no row has anything only takes room.
  const filled = columns.map((_, index) => rows.some((row) => textOf(row[index]) !== ''))
  const shown = chooseColumns(columns, widths, filled, options.width)
  const line = (write: (index: number, last: boolean) => string) =>
    shown
      .map((index, place) => write(index, place === shown.length - 1))
      .join(GAP)
      .trimEnd()
  const lay = (text: string, index: number, last: boolean, tone: Tone | null) => {
    const width = widths[index] ?? 0
    const align = columns[index]?.align ?? 'left'
    const laid = cutToWidth(text, width)
    const padded = last && align === 'left' ? laid : padTo(laid, width, align)
    // Only the text is coloured, not the room around it.
    return tone === null ? padded : padded.replace(laid, () => paint(tone, laid))
  }
  return [
    line((index, last) => lay(columns[index]?.title ?? '', index, last, 'dim')),
    ...rows.map((row) =>
      line((index, last) => {
        const cell = row[index] ?? ''
        return lay(textOf(cell), index, last, typeof cell === 'string' ? null : cell.tone)
      }),
    ),
  ]
}

function textOf(cell: Cell | undefined): string {
  if (cell === undefined) return ''
  return typeof cell === 'string' ? cell : cell.text
}

/** Which columns are shown; shortens those that give way in `widths`. */
function chooseColumns(
  columns: readonly Column[],
  widths: number[],
  filled: readonly boolean[],
  available: number | null,
): number[] {
  let shown = columns.map((_, index) => index).filter((index) => filled[index])
  if (available === null) return shown
  const least = (index: number) => Math.min(widths[index] ?? 0, columns[index]?.least ?? Infinity)
  const total = (measure: (index: number) => number) =>
    shown.reduce((sum, index) => sum + measure(index), GAP.length * (shown.length - 1))
  while (total(least) > available) {
    const spare = shown.filter((index) => columns[index]?.spare !== undefined)
    const [drop] = spare.sort((a, b) => (columns[b]?.spare ?? 0) - (columns[a]?.spare ?? 0))
    if (drop === undefined) break
    shown = shown.filter((index) => index !== drop)
  }
  for (const index of shown.filter((at) => columns[at]?.least !== undefined)) {
    const over = total((at) => widths[at] ?? 0) - available
    if (over > 0) widths[index] = Math.max(least(index), (widths[index] ?? 0) - over)
  }
  return shown
}
