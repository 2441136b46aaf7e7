import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor, redact } from '../../src/base/redact.ts'
import { HARMLESS_LINES, LONG_SHAPES, SECRET_LINES } from './secrets-in-logs.ts'

const word = (length: number, alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789') =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: length, maxLength: length })

/** Each shape: the text before the secret, the secret, the text after it. */
const secretInContext: fc.Arbitrary<readonly [string, string, string]> = fc.oneof(
  word(40).map((s) => ['key ', `sk-${s}`, ' used'] as const),
  word(30).map((s) => ['', `sk-ant-api03-${s}`, ''] as const),
  word(24).map((s) => ['slack ', `xoxb-${s}`, '.'] as const),
  word(36).map((s) => ['(', `ghp_${s}`, ')'] as const),
  word(32).map((s) => ['Authorization: Bearer ', `${s}1`, '\n'] as const),
  fc.tuple(word(25), word(6), word(38)).map((p) => ['login with ', `M${p.join('.')}`, ' failed'] as const),
  fc.tuple(word(20), word(40), word(43)).map((p) => ['', `eyJ${p[0]}.eyJ${p[1]}.${p[2]}`, ''] as const),
  word(12).map((s) => ['{"token":"', s, '","id":1}'] as const),
  word(12).map((s) => ['{\\"gatewayToken\\": \\"', s, '\\"}'] as const),
  word(12).map((s) => ['openclaw gateway --auth-token ', s, ' --port 1'] as const),
  word(12).map((s) => ['run --token="', `${s}"`, ''] as const),
  word(8).map((s) => ['mysql password=', s, ' host=a'] as const),
  word(8).map((s) => ['OPENCLAW_GATEWAY_TOKEN=', s, '\n'] as const),
  word(9).map((s) => ['https://user:', s, '@example.org/x'] as const),
  word(80).map(
    (s) => ['-----BEGIN OPENSSH PRIVATE KEY-----\n', s, '\n-----END OPENSSH PRIVATE KEY-----'] as const,
  ),
  word(80).map((s) => ['-----BEGIN RSA PRIVATE KEY-----\\n', s, ''] as const),
)

describe('redact', () => {
  it('lets no secret through, wherever it stands', () => {
    fc.assert(
      fc.property(secretInContext, fc.lorem(), fc.lorem(), ([before, secret, after], head, tail) => {
        const result = redact(`${head} ${before}${secret}${after} ${tail}`)
        expect(result.text).not.toContain(secret)
        expect(result.text).toContain('***')
        expect(result.text.startsWith(head)).toBe(true)
        expect(result.count).toBeGreaterThan(0)
      }),
      { numRuns: 500 },
    )
  })

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.array(secretInContext, { maxLength: 4 }), fc.lorem(), (parts, noise) => {
        const once = redact(parts.map((part) => part.join('')).join(`\n${noise}\n`)).text
        expect(redact(once)).toEqual({ text: once, count: 0 })
      }),
    )
  })

  it.each([
    'the gateway token is missing, run openclaw doctor',
    'auth failed (token: mismatch)',
    'totalTokens: 51234, contextTokens=200000, "maxTokens": 4096, tokens: 12',
    'gateway-token file /home/claw/.openclaw/token not found',
    '"token": null, "password": "", secret=null',
    'Basic information about the Bearer of this letter',
    'https://example.org:8080/path?x=1 and ssh://claw@host',
    'session agent:main:discord:channel:123456789012345678 at 2026-01-02T03:04:05.678Z',
    'commit 84ffaab0c1d2e3f405162738495a6b7c8d9e0f1a, uuid 123e4567-e89b-12d3-a456-426614174000',
    'task-abcdefghijklmnopqrstuvwxyz finished; risk-free-investment-plan',
    'パスワードは設定されていません',
  ])('leaves ordinary text alone: %s', (text) => {
    expect(redact(text)).toEqual({ text, count: 0 })
  })

  it.each([
    ['one letter', 'a'.repeat(100_000)],
    ['capital letters', 'M'.repeat(100_000)],
    ['dashes', '-'.repeat(100_000)],
    ['begun keys', '-----BEGIN PRIVATE KEY-----'.repeat(4_000)],
    ['nearly begun keys', '-----BEGIN '.repeat(9_000)],
    ['nearly web tokens', 'eyJ'.repeat(33_000)],
    ['web tokens in pieces', 'eyJabcdef.'.repeat(10_000)],
    ['web addresses', 'a://a:'.repeat(16_000)],
    ['quotes', '"token":"'.repeat(11_000)],
    ['equal signs', 'token='.repeat(16_000)],
    ['options', ' --token'.repeat(12_000)],
    ['option parts', ` --${'a-'.repeat(50_000)}`],
    ['bearers', 'Bearer '.repeat(14_000)],
    ['backslashes', `"token\\${'\\'.repeat(100_000)}`],
    ['spaces', `token${' '.repeat(100_000)}`],
    ['digits', '1'.repeat(100_000)],
    ['slack', 'xoxb-'.repeat(20_000)],
  ])('takes linear time on 100,000 characters of %s', (_name, text) => {
    redact(text)
    const started = performance.now()
    redact(text)
    // Linear takes a few milliseconds; quadratic takes minutes.
    expect(performance.now() - started).toBeLessThan(3_000)
  })
})

describe('a redactor with known values', () => {
  it('replaces them in every spelling, and those it learns later', () => {
    const redactor = createRedactor(['pa"ss/wörd', 'short'])
    redactor.learn('alpha', 'gateway-4711')
    const text = `pa"ss/wörd ${JSON.stringify({ x: 'pa"ss/wörd' })} ${encodeURIComponent('pa"ss/wörd')} gateway-4711 short`
    expect(redactor.redact(text)).toEqual({ text: '*** {"x":"***"} *** *** short', count: 4 })
  })

  it('hides the whole of a value that contains another one', () => {
    const redactor = createRedactor(['abcdef', 'abcdefghij'])
    expect(redactor.redact('abcdefghij').text).toBe('***')
  })

  it('never hides what ocm itself says, whatever a gateway chose for a token', () => {
    const redactor = createRedactor([], { isOwnWord: (word) => word === 'bravo1' })
    for (const token of ['bravo1', 'restart-node', 'refused', 'rvice-down-']) redactor.learn('alpha', token)
    const own = 'bravo1 restart-node refused service-down-since'
    expect(redactor.redact(own)).toEqual({ text: own, count: 0 })
  })

  it('replaces a learned one as a whole word only, and for its own node', () => {
    const redactor = createRedactor()
    redactor.learn('alpha', 'tok-4711')
    expect(redactor.redact('a=tok-4711; "tok-4711" x-tok-4711 tok-47112').text).toBe(
      'a=***; "***" x-tok-4711 tok-47112',
    )
    expect(redactor.redact('tok-4711', 'alpha').text).toBe('***')
    expect(redactor.redact('tok-4711', 'bravo').text).toBe('tok-4711')
  })

  it('keeps few and short ones of a node: the latest', () => {
    const redactor = createRedactor()
    redactor.learn('alpha', 'x'.repeat(900_000))
    for (let rotation = 0; rotation < 100; rotation++) redactor.learn('alpha', `token-number-${rotation}`)
    expect(redactor.redact('token-number-99 token-number-96').text).toBe('*** ***')
    expect(redactor.redact('token-number-95').text).toBe('token-number-95')
    redactor.learn('alpha', 'half-\ud800-of-it')
    expect(redactor.redact('half-\ud800-of-it').count).toBe(1)
  })
})

describe('secrets in log lines', () => {
  it.each(SECRET_LINES.map(([before, secret, after = '']) => ({ before, secret, after })))(
    'hides what stands between $before and $after',
    ({ before, secret, after }) => {
      for (const line of [before + secret + after, `2026-01-02 [x] ${before}${secret}${after}\nnext line`]) {
        const { text, count } = redact(line)
        // A part of a secret is one as well: nothing of six characters may be left of it.
        for (let at = 0; at + 6 <= secret.length; at++)
          expect(text.replace(before, '')).not.toContain(secret.slice(at, at + 6))
        expect(text).not.toContain(secret)
        expect(text).toContain('***')
        expect(count).toBeGreaterThan(0)
        expect(redact(text)).toEqual({ text, count: 0 })
        if (line.endsWith('next line')) expect(text).toContain('\nnext line')
      }
    },
  )

  it.each(HARMLESS_LINES)('leaves readable: %s', (line) => {
    expect(redact(line)).toEqual({ text: line, count: 0 })
  })

  it('keeps what stands around a secret', () => {
    expect(redact('env OPENAI_KEY=abcdefgh node app.js').text).toBe('env OPENAI_KEY=*** node app.js')
    expect(redact("{apiKey:'abc', id: 1}").text).toBe("{apiKey:'***', id: 1}")
    expect(redact('a=1;pwd=hunter;Encrypt=yes').text).toBe('a=1;pwd=***;Encrypt=yes')
    expect(redact('{"body":"{\\"token\\":\\"abc\\",\\"id\\":1}"}').text).toBe(
      '{"body":"{\\"token\\":\\"***\\",\\"id\\":1}"}',
    )
    expect(redact('mysql -u root -phunter shop').text).toBe('mysql -u root -p*** shop')
  })

  it.each(['sk-ant-api03-', 'sk-proj-', 'ghp_', 'github_pat_', 'glpat-', 'AGE-SECRET-KEY-1'])(
    'hides a key that begins with %s also where a word stands directly in front of it',
    (beginning) => {
      const secret = `${beginning}${'k3Jd92LmQxT7vBz1RnW8cYp4Hs6F'.repeat(3).slice(0, 58)}`
      expect(redact(`null${secret}`)).toEqual({ text: 'null***', count: 1 })
    },
  )

  it.each(Object.entries(LONG_SHAPES))('ends on a megabyte of %s', (_name, shape) => {
    const text = shape.repeat(Math.ceil(2 ** 20 / shape.length))
    // A pattern whose work grows with the square would run for hours here; the test's own time limit ends it.
    expect(redact(text).text.length).toBeLessThanOrEqual(text.length * 2)
  })
})
