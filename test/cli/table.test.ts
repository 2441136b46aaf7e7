import { describe, expect, it } from 'vitest'
import { createInk } from '../../src/cli/ink.ts'
import { createLiveText } from '../../src/cli/live.ts'
import { renderTable } from '../../src/cli/table.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { cutToWidth, padTo, widthOf } from '../../src/cli/width.ts'

const plain = createInk('en', false, () => 0)
const coloured = createInk('en', true, () => 0)

describe('the width of a text', () => {
  it.each([
    ['abc', 3],
    ['東京', 4],
    ['ｱｲｳ', 3],
    ['ＡＢ', 4],
    ['한국', 4],
    ['한', 2],
    ['é', 1],
    ['e\u0301', 1],
    ['🦞', 2],
    ['👨‍👩‍👧‍👦', 2],
    ['🇯🇵', 2],
    ['❤️', 2],
    ['1️⃣', 2],
    ['…', 1],
    ['', 0],
  ])('of %s is %i cells', (text, width) => {
    expect(widthOf(text)).toBe(width)
  })

  it('is kept by a cut, which never splits a character', () => {
    expect(cutToWidth('東京タワー', 6)).toBe('東京…')
    expect(cutToWidth('東京タワー', 7)).toBe('東京タ…')
    expect(cutToWidth('👨‍👩‍👧‍👦👨‍👩‍👧‍👦', 3)).toBe('👨‍👩‍👧‍👦…')
    expect(cutToWidth('short', 5)).toBe('short')
    expect(widthOf(padTo('東京', 7, 'right'))).toBe(7)
  })
})

describe('a table', () => {
  const columns = [
    { title: 'Node' },
    { title: 'Name', spare: 1 },
    { title: 'Load', align: 'right' as const },
    { title: 'Reason', least: 8 },
  ]
  const rows = [
    ['alpha', '東京', '0.1', 'everything is as it should be'],
    ['b', 'x', '12.5', ''],
  ]

  it('stands in columns whatever the width of its characters', () => {
    const lines = renderTable(columns, rows, { width: null, paint: plain.paint })
    expect(lines).toEqual([
      'Node   Name  Load  Reason',
      'alpha  東京   0.1  everything is as it should be',
      'b      x     12.5',
    ])
  })

  it('fits a narrow terminal: spare columns go first, then the last one is cut', () => {
    for (const width of [21, 24, 30, 36]) {
      const lines = renderTable(columns, rows, { width, paint: plain.paint })
      for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(width)
    }
    expect(renderTable(columns, rows, { width: 21, paint: plain.paint })[0]).toBe('Node   Load  Reason')
  })

  it('leaves out a column in which nothing stands', () => {
    const lines = renderTable(
      columns,
      rows.map(([id = '', , load = '']) => [id, '', load, '']),
      { width: null, paint: plain.paint },
    )
    expect(lines[0]).toBe('Node   Load')
  })

  it('colours only text and is as wide as without colours', () => {
    const cells = [[{ text: 'alpha', tone: 'bad' as const }, 'x', '1', 'y']]
    const [, line] = renderTable(columns, cells, { width: null, paint: coloured.paint })
    expect(line).toContain('\u001b[31malpha\u001b[39m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours start with a control character
    expect(line?.replace(/\u001b\[\d+m/g, '')).toBe('alpha  x        1  y')
  })
})

describe('live text', () => {
  function screen(columns: number, rows: number) {
    const written: string[] = []
    const terminal = {
      out: (text: string) => void written.push(text),
      screen: () => (rows === 0 ? null : { columns, rows }),
    } as unknown as Terminal
    return { written, live: createLiveText(terminal) }
  }

  it('goes back over every row, also those of a line that wrapped', () => {
    const { written, live } = screen(10, 20)
    live.draw('短い\n0123456789abcdef\n')
    live.draw('done\n')
    expect(written).toEqual(['短い\n0123456789abcdef\n', '\u001b[3A\u001b[J', 'done\n'])
  })

  it('draws nothing that is higher than the screen, and nothing at all in a pipe', () => {
    const high = screen(80, 3)
    high.live.draw('a\nb\nc\n')
    const pipe = screen(80, 0)
    pipe.live.draw('a\n')
    pipe.live.clear()
    expect([high.written, pipe.written]).toEqual([[], []])
  })
})
