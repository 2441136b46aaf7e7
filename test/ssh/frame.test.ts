import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMarker, createReader } from '../../src/ssh/frame.ts'
import { inlineScriptText, scriptText } from '../../src/ssh/script-text.ts'

function answerTo(marker: string, stdout: string, code = 0): string {
  return `\n${marker} begin 17\n${stdout}\n${marker} end ${code}\n`
}

describe('a frame', () => {
  it('finds the answer in any noise, however the packets are cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 255 }),
        (noise, stdout, cuts, code) => {
          const marker = createMarker()
          const bytes = Buffer.from(`${noise}${answerTo(marker, stdout, code)}${noise}`)
          const reader = createReader(marker, 10_000)
          let answer: ReturnType<typeof reader.take> = null
          for (let at = 0, turn = 0; at < bytes.length && answer === null; turn++) {
            const size = cuts[turn % cuts.length] ?? 1
            answer = reader.take(bytes.subarray(at, at + size))
            at += size
          }
          expect(answer).toEqual({ stdout, code })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('does not take the end of another frame for its own', () => {
    const marker = createMarker()
    const reader = createReader(marker, 1_000)
    expect(reader.take(Buffer.from(answerTo(createMarker(), 'old')))).toBeNull()
    expect(reader.take(Buffer.from(answerTo(marker, 'new')))).toEqual({
      stdout: 'new',
      code: 0,
    })
  })

  it('notices output beyond the limit and endless noise', () => {
    const marker = createMarker()
    const reader = createReader(marker, 100)
    reader.take(Buffer.from(`\n${marker} begin 17\n${'x'.repeat(90)}`))
    expect(reader.overflow()).toBe(false)
    reader.take(Buffer.alloc(200, 'x'))
    expect(reader.overflow()).toBe(true)
    const noisy = createReader(createMarker(), 100)
    noisy.take(Buffer.alloc(300 * 1024, 'n'))
    expect(noisy.overflow()).toBe(true)
  })
})

describe('script text', () => {
  it('is taken raw, so that sh sees what is written', () => {
    expect(scriptText`printf '%s\n' "\${HOME:-\`pwd\`}"`.text).toBe(
      ["printf '%s\\n' \"$", '{HOME:-`pwd`}"'].join(''),
    )
  })

  it('takes no values', () => {
    const parts = Object.assign(['echo ', ''], { raw: ['echo ', ''] })
    expect(() => scriptText(parts)).toThrow(TypeError)
    expect(() => inlineScriptText`  `).toThrow(TypeError)
  })
})
