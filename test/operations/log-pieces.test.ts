import { describe, expect, it } from 'vitest'
import { redact, redactedStart } from '../../src/base/redact.ts'
import type { Context } from '../../src/operations/context.ts'
import { inPieces } from '../../src/operations/log-tail.ts'

const MARK = `-----BEGIN OPENSSH PRIVATE ${'KEY'}-----`
const END = `-----END OPENSSH PRIVATE ${'KEY'}-----`

describe('a long log', () => {
  it('is cleaned in pieces that none of its secrets fall between', async () => {
    const pieces: number[] = []
    const context = {
      redact(text: string) {
        pieces.push(text.length)
        return redact(text)
      },
    } as unknown as Context
    const body = Array.from({ length: 60 }, (_, index) => `b3BlbnNzaC1rZXktdjEA${index}`)
    const filler = Array.from({ length: 20 }, (_, index) => `line ${index} ${'of a gateway '.repeat(40)}.`)
    const secrets = [MARK, ...body, END, 'password=hunter2hunter2', 'the end of it.']
    const raw = Array.from({ length: 60 }, () => [...filler, ...secrets]).flat()
    const { lines, redactions } = await inPieces(context, raw, 'journal')
    expect(pieces.length).toBeGreaterThan(10)
    expect(Math.max(...pieces)).toBeLessThan(40_000)
    expect(lines.join('\n')).toBe(redact(raw.join('\n')).text)
    expect(lines.join('\n')).not.toMatch(/b3Blbn|hunter2/)
    expect(redactions).toBe(120)
  })

  it('without lines has none', async () => {
    const context = { redact } as unknown as Context
    expect(await inPieces(context, [], 'journal')).toEqual({ lines: [], source: 'journal', redactions: 0 })
  })
})

describe('the beginning of a long text', () => {
  it('shows no part of a secret that begins behind what was looked at', () => {
    const key = `ghp_${'A1b2C3d4'.repeat(5)}`
    for (let before = 0; before < 500; before++) {
      const text = `${MARK}${'x'.repeat(1_500)}${END} ${'y'.repeat(before)} ${key} ${'z'.repeat(4_000)}`
      expect(redactedStart(text, 500)).not.toContain('ghp_')
    }
    expect(redactedStart('a word', 500)).toBe('a word')
  })
})
