import { describe, expect, it } from 'vitest'

interface Token {
  type: string
  children?: Token[]
  blocks?: Token[]
  items?: { children: Token[]; blocks: Token[] }[]
  [key: string]: unknown
}

interface Ansi {
  parseAnsi(text: string): { text: string; bold: boolean; color: number | null }[]
}

interface Markdown {
  parseBlocks(text: string): Token[]
  parseInline(text: string): Token[]
}

const source = new URL('../../../src/sandbox/page/markdown.js', import.meta.url)
const { parseBlocks, parseInline } = (await import(source.href)) as Markdown
const { parseAnsi } = (await import(new URL('ansi.js', source).href)) as Ansi

/** Tokens as one line: `bold(text)`. */
function outline(tokens: Token[]): string {
  return tokens
    .map((token) => {
      if (token.type === 'text') return String(token.text)
      if (token.type === 'break') return '⏎'
      if (token.children !== undefined) return `${token.type}(${outline(token.children)})`
      return `${token.type}<${String(token.text ?? token.id ?? token.kind ?? token.seconds)}>`
    })
    .join('')
}

describe('inline markdown', () => {
  it.each([
    ['**a** *b* _c_ __d__ ~~e~~ ||f||', 'bold(a) italic(b) italic(c) underline(d) strike(e) spoiler(f)'],
    ['***both***', 'bold(italic(both))'],
    ['**bold *and italic* text**', 'bold(bold italic(and italic) text)'],
    ['my_node_name and node_*', 'my_node_name and node_*'],
    ['2 * 3 * 4', '2 * 3 * 4'],
    ['\\*not italic\\*', '*not italic*'],
    ['`**raw**`', 'code<**raw**>'],
    ['``a ` b``', 'code<a ` b>'],
    ['**open', '**open'],
    ['a\nb', 'a⏎b'],
    ['<@12> <@!12> <@&34> <#56>', 'mention<12> mention<12> mention<34> mention<56>'],
    ['@everyone @here', 'mention<everyone> mention<here>'],
    ['</node status:77>', 'command<77>'],
    ['</ノード 状態:77>', 'command<77>'],
    ['<t:1700000000:R>', 'time<1700000000>'],
    ['<t:99999999999999:R>', '<t:99999999999999:R>'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
  ])('reads %s', (text, expected) => {
    expect(outline(parseInline(text))).toBe(expected)
  })

  it('makes links of http and https only', () => {
    const links = (text: string) => parseInline(text).filter((token) => token.type === 'link')
    expect(links('[run](https://a.example/x_(y))')).toMatchObject([{ href: 'https://a.example/x_(y)' }])
    expect(links('see https://a.example/b, then')).toMatchObject([{ href: 'https://a.example/b' }])
    expect(links('<https://a.example>')).toMatchObject([{ href: 'https://a.example' }])
    expect(links('[x](javascript:alert(1)) [y](data:text/html,z) javascript:alert(1)')).toEqual([])
  })

  it('refuses a link whose label is another address', () => {
    const tokens = parseInline('[https://bank.example](https://evil.example)')
    expect(
      tokens.filter(
        (token) =>
          token.href === 'https://evil.example' && outline(token.children ?? []) !== 'https://evil.example',
      ),
    ).toEqual([])
  })
})

describe('markdown blocks', () => {
  it('tells headings, subtext, quotes, lists, code and paragraphs apart', () => {
    const blocks = parseBlocks(
      '## Title\n-# small\n> quoted\n- one\n  - deeper\n- two\n```json\n{"a": 1}\n```\nlast\n\nline',
    )
    expect(blocks.map((block) => block.type)).toEqual([
      'heading',
      'subtext',
      'quote',
      'list',
      'code',
      'paragraph',
      'paragraph',
    ])
    expect(blocks[3]?.items).toHaveLength(2)
    expect(blocks[3]?.items?.[0]?.blocks[0]?.items).toHaveLength(1)
    expect(blocks[4]).toMatchObject({ language: 'json', text: '{"a": 1}' })
  })

  it('keeps the numbers of an ordered list and starts where it starts', () => {
    expect(parseBlocks('3. c\n4. d')).toMatchObject([{ type: 'list', ordered: true, start: 3 }])
  })

  it('leaves a fence that never closes as text', () => {
    expect(parseBlocks('```\nopen').map((block) => block.type)).toEqual(['paragraph'])
  })

  it('reads hostile nesting and long runs of delimiters without running away', () => {
    for (const text of [
      '**'.repeat(4000),
      '_*'.repeat(4000),
      '`'.repeat(4000),
      '['.repeat(4000),
      '||a'.repeat(2000),
      '> '.repeat(2000),
      '<t:'.repeat(2000),
    ]) {
      const begun = performance.now()
      parseBlocks(text)
      expect(performance.now() - begun).toBeLessThan(5000)
    }
  })

  it('loses no character of text without markup', () => {
    const text = 'plain 日本語 & <b> "quotes" 100 % 😀'
    expect(outline(parseBlocks(text)[0]?.children ?? [])).toBe(text)
  })
})

describe('ansi runs', () => {
  it('splits by look and drops other escapes', () => {
    const esc = String.fromCharCode(27)
    expect(parseAnsi(`a${esc}[1;31mb${esc}[0mc${esc}[2J`)).toMatchObject([
      { text: 'a', color: null, bold: false },
      { text: 'b', color: 1, bold: true },
      { text: 'c', color: null, bold: false },
    ])
  })
})
