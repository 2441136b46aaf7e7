import { describe, expect, test } from 'vitest'
import {
  cut,
  escapeMarkdown,
  toCodeBlock,
  toCodeSpan,
  toLine,
  toLogLine,
  toPlainText,
} from '../../src/discord/markdown.ts'

/** What Discord shows: a backslash disappears before punctuation and stays before anything else. */
function shownByDiscord(text: string): string {
  return text.replace(/\\([^0-9A-Za-z\s])/g, '$1').replaceAll('\u200b', '')
}

describe('remote text in a message', () => {
  test.each([
    '2026.9.6',
    '4.4',
    '24.21.0 on 10.0.0.7',
    '1. a list that is none',
    '12.',
    '- dash',
    '# heading',
    '> quote',
    '-1.5',
    'a_b*c~d`e',
    '||hidden|| [text](target) <@1> :smile: {x} back\\slash',
  ])('%j is shown as it was written', (text) => {
    expect(shownByDiscord(escapeMarkdown(text))).toBe(text)
  })

  test('leaves a version alone and disarms a numbered list', () => {
    expect(escapeMarkdown('2026.9.6')).toBe('2026.9.6')
    expect(escapeMarkdown('1. first')).toBe('1\\. first')
    expect(escapeMarkdown('- item')).toBe('\\- item')
  })

  test.each(['@everyone', '@here', '<@123456789012345678>', '<@&123456789012345678>'])(
    '%s mentions nobody',
    (text) => {
      const escaped = escapeMarkdown(text)
      expect(escaped).not.toContain(text)
      expect(escaped).not.toMatch(/@(?!\u200b)/)
    },
  )

  test('no address becomes a link', () => {
    expect(escapeMarkdown('see https://evil.example')).not.toContain('https://')
  })
})

describe('plain text', () => {
  test('loses terminal escapes, control and invisible characters, and half characters', () => {
    expect(toPlainText('\u001b[31mred\u001b[0m \u001b]0;title\u0007a\u0000b\u202ec\u200bd\ufeff')).toBe(
      'red abcd',
    )
    expect(toPlainText('x\ud800y')).toBe('x\ufffdy')
  })

  test('is put on one line, with the indentation kept where it is a log', () => {
    expect(toLine(' a\r\n  b\tc ', 50)).toBe('a b c')
    expect(toLogLine('\tat  run\nnext', 50)).toBe('  at  run next')
  })

  test('is cut visibly and never inside a character', () => {
    expect(cut('abcdef', 4)).toBe('abc…')
    expect(cut('ab🦞cd', 4)).toBe('ab…')
    expect(toLine('x'.repeat(100_000), 20)).toBe(`${'x'.repeat(19)}…`)
    expect(toLine(`${'\u0000'.repeat(100_000)}end`, 20).length).toBeLessThanOrEqual(20)
  })
})

describe('code', () => {
  test('a span has no backtick inside and is never empty', () => {
    expect(toCodeSpan('a`b')).toBe('`aˋb`')
    expect(toCodeSpan('')).toBe('` `')
  })

  test('a block cannot be left by its lines', () => {
    const block = toCodeBlock(['```', '@everyone', 'ends in `'])
    expect(block.match(/```/g)).toHaveLength(2)
    expect(block.startsWith('```\n')).toBe(true)
    expect(block.endsWith('\n```')).toBe(true)
  })
})
