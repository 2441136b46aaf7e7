import { describe, expect, it } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { createLog } from '../../src/base/log.ts'
import { createRedactor } from '../../src/base/redact.ts'

function record(level: 'debug' | 'info' | 'silent' = 'debug', redactor = createRedactor(['known-value'])) {
  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  return { lines, log: createLog({ level, redactor, destination }) }
}

describe('log', () => {
  it('writes one line at once, with level, time and fields', () => {
    const { log, lines } = record()
    log.info({ node: 'alpha', ms: 12 }, 'probe done')
    expect(lines).toEqual([{ level: 30, time: expect.any(String), node: 'alpha', ms: 12, msg: 'probe done' }])
  })

  it('lets no secret through in fields, keys, messages, errors or causes', () => {
    const { log, lines } = record()
    const cause = new Error('--token known-value')
    log.error(
      {
        err: new OperatorError(
          'auth-failed',
          { node: 'known-value' },
          { cause, detail: 'password=known-value' },
        ),
        deep: { list: [{ token: 'abc', apiKey: 'x', text: 'known-value' }] },
        'known-value': 1,
        map: new Map([['password', 'known-value']]),
      },
      'known-value',
    )
    const text = JSON.stringify(lines)
    expect(text).not.toContain('known-value')
    expect(lines[0]).toMatchObject({
      err: { name: 'OperatorError', code: 'auth-failed', cause: { message: '--token ***' } },
      deep: { list: [{ token: '***', apiKey: '***', text: '***' }] },
      msg: '***',
    })
  })

  it('looks at no more of a text than it can show, so that a long one holds nothing up', () => {
    let longest = 0
    const redactor = {
      ...createRedactor(),
      redact(text: string) {
        longest = Math.max(longest, text.length)
        return { text, count: 0 }
      },
    }
    const { log, lines } = record('debug', redactor)
    log.warn({ said: 'y '.repeat(1_000_000) }, 'long')
    expect(longest).toBeGreaterThan(8_192)
    expect(longest).toBeLessThan(40_000)
    expect(JSON.stringify(lines)).toContain('y y y')
  })

  it('survives cycles, huge values and throwing getters in what it is given', () => {
    const { log, lines } = record()
    const cycle: Record<string, unknown> = { name: 'x' }
    cycle.self = cycle
    log.warn({ cycle, big: 'y'.repeat(1_000_000), bytes: Buffer.alloc(5_000), count: 5n }, 'odd')
    expect(lines[0]).toMatchObject({ bytes: '[5000 bytes]', count: '5' })
    expect(JSON.stringify(lines).length).toBeLessThan(20_000)
    const hostile = Object.defineProperty({}, 'x', {
      enumerable: true,
      get() {
        throw new Error('no')
      },
    })
    log.warn({ hostile }, 'goes on')
    expect(lines).toHaveLength(2)
  })

  it('is quiet below its level', () => {
    const { log, lines } = record('info')
    log.debug({}, 'not this')
    const silent = record('silent')
    silent.log.error({}, 'nor this')
    expect([...lines, ...silent.lines]).toEqual([])
  })
})
