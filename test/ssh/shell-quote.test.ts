import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoteWord, secret, sh } from '../../src/ssh/shell-quote.ts'

/** What a real sh makes of some text: the arguments that printf got, each ended by NUL. */
function wordsOf(text: string): string[] {
  const output = execFileSync('sh', {
    input: `printf '%s\\0' ${text}\n`,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  })
  return output.split('\0').slice(0, -1)
}

const nasty = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(
      "'",
      '"',
      '\\',
      '$',
      '`',
      '\n',
      ' ',
      '*',
      '!',
      '~',
      '#',
      ';',
      '&',
      '|',
      '\x1b',
      '\u202e',
    ),
  }),
  fc.constantFrom('', '-n', "'; touch /tmp/pwned; '", '$(id)', '\\', "\\'", '{a,b}', '~root', 'a\r\nb'),
)

describe('the sh template', () => {
  it('hands every value to a real sh as exactly one unchanged word', () => {
    fc.assert(
      fc.property(
        fc.array(
          nasty.filter((text) => !text.includes('\0')),
          { minLength: 1, maxLength: 60 },
        ),
        (values) => {
          expect(wordsOf(sh`${values}`.shellText)).toEqual(values)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('passes 100,000 characters through unchanged', () => {
    const long = `'"$\`\\\n`.repeat(16_667)
    expect(wordsOf(sh`${long}`.shellText)).toEqual([long])
  })

  it('leaves program text, nested commands and numbers as they are', () => {
    const inner = sh`df -kP ${'/home/a b'}`
    expect(sh`LC_ALL=C ${inner} | tail -n ${1}`.shellText).toBe("LC_ALL=C df -kP '/home/a b' | tail -n 1")
    expect(sh`printf '%s\n' "\${x}"`.shellText).toBe(`printf '%s\\n' "\${x}"`)
  })

  it('makes nothing of an empty array and an empty word of an empty string', () => {
    expect(sh`ls ${[]}`.shellText).toBe('ls ')
    expect(sh`ls ${''}`.shellText).toBe("ls ''")
  })

  it('shows a secret neither in the string nor in JSON', () => {
    const command = sh`login ${secret("s3cr'et")} ${'bob'}`
    expect(command.shellText).toBe("login 's3cr'\\''et' bob")
    expect(String(command)).toBe('login *** bob')
    expect(JSON.stringify({ command, nested: sh`x ${command}` })).not.toContain('s3cr')
  })

  it.each([['a\0b'], [Number.NaN], [Number.POSITIVE_INFINITY]])('refuses %o', (value) => {
    expect(() => sh`echo ${value}`).toThrow(TypeError)
    expect(() => sh`echo ${[value]}`).toThrow(TypeError)
  })

  it('keeps plain words readable', () => {
    expect(quoteWord('openclaw-gateway.service')).toBe('openclaw-gateway.service')
    expect(quoteWord('-rf /')).toBe("'-rf /'")
  })
})
