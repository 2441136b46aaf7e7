import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { CATALOGUE } from '../../src/text/catalogue.ts'
import { formatBytes, formatDuration, formatNumber, formatPercent, isOne } from '../../src/text/format.ts'
import type { TextKey } from '../../src/text/params.ts'
import { valuesOf } from '../../src/text/template.ts'
import { isPlainKey, isTextKey, translate, translateCoded, write } from '../../src/text/translate.ts'

const PLAIN = { clean: (value: string) => value, command: (path: string) => `/${path}` }
const keys = Object.keys(CATALOGUE.en) as TextKey[]

describe('translate', () => {
  it('fills values, plurals, quantities, codes and commands', () => {
    expect(translate('en', 'word.sessions', { count: 1 })).toBe('1 session')
    expect(translate('en', 'word.sessions', { count: 1200 })).toBe('1,200 sessions')
    expect(translate('en', 'word.disk', { percent: 85.4 })).toBe('disk 85%')
    expect(translate('en', 'step.restarting', { method: 'gateway' })).toContain('OpenClaw’s own restart')
    expect(translate('en', 'error.node-retired.next')).toBe('Bring it back with /node unretire first.')
  })

  it('leaves out the parts whose values are missing', () => {
    expect(translate('en', 'error.deadline')).toBe('There was no answer in time; the result is unknown.')
    expect(translate('en', 'error.deadline', { node: 'a', ms: 5000 })).toBe(
      'There was no answer from “a” in time (5 sec); the result is unknown.',
    )
  })

  it('passes every string value through the style of the face, once', () => {
    const style = { clean: (value: string) => `<${value}>`, command: (path: string) => `ocm ${path}` }
    expect(write('en', 'error.unknown-node', { node: '{x} [y]' }, style)).toContain('“<{x} [y]>”')
    expect(write('en', 'error.node-retired.next', {}, style)).toContain('ocm node unretire')
    expect(write('en', 'confirm.asked', { who: { written: '**me**' }, when: '**now**' }, style)).toBe(
      'asked by **me**, expires <**now**>',
    )
  })

  it('shows no code that has no text, and leaves its part out', () => {
    expect(translateCoded('en', 'error.invalid-input', { field: 'node', problem: 'odd-thing' })).toBe(
      'That input does not fit: node.',
    )
    expect(write('en', 'step.restarting', { method: 'odd' }, PLAIN)).toBe('Restarting through ?')
    expect(isTextKey('method.odd')).toBe(false)
    expect(isTextKey('constructor')).toBe(false)
  })

  it('knows which texts need a value', () => {
    expect(isPlainKey('level.notice')).toBe(true)
    expect(isPlainKey('reason.connect-timeout')).toBe(true)
    expect(isPlainKey('word.sessions')).toBe(false)
    expect(isPlainKey('level.odd')).toBe(false)
  })

  it('fills the optional parts of a text that was looked up from the same values', () => {
    const error = { node: 'db', reason: 'connect-timeout' }
    expect(translateCoded('en', 'error.node-unreachable', error)).toBe(
      'The node “db” cannot be reached over SSH: no answer to the SSH connection.',
    )
    expect(translateCoded('en', 'error.node-unreachable', { ...error, ms: 10_000 })).toBe(
      'The node “db” cannot be reached over SSH: no answer to the SSH connection within 10 sec.',
    )
  })

  it('looks up only texts that need no value of their own', () => {
    const prefixes = new Set(
      Object.values(CATALOGUE.en).flatMap((text) => text.match(/(?<=@)[\w.-]+(?=\})/g) ?? []),
    )
    expect([...prefixes]).toContain('reason')
    const needing = keys.filter(
      (key) => !isPlainKey(key) && [...prefixes].some((prefix) => key.startsWith(`${prefix}.`)),
    )
    expect(needing).toEqual([])
  })

  it('takes only the values that a text has: a missing or a wrong one does not compile', () => {
    translate('en', 'word.page', { page: 1, pages: 2 })
    // @ts-expect-error a value is missing
    translate('en', 'word.page', { page: 1 })
    // @ts-expect-error no value is given
    translate('en', 'word.page')
    // @ts-expect-error a value is not in the text
    translate('en', 'word.page', { page: 1, pages: 2, of: 3 })
    // @ts-expect-error a quantity is a number
    translate('en', 'word.took', { ms: 'long' })
    // @ts-expect-error a text without values takes none
    translate('en', 'word.yes', { count: 1 })
    expect(translate('en', 'value.spend', { input: 1, output: 2 })).toBe('last run: 1 in, 2 out')
  })
})

/** Every set of values that a template can be given: all, none, each left out, each code that can be looked up. */
function valueSets(template: string): Record<string, string | number>[] {
  const codes = new Map(
    [...template.matchAll(/\{(\w+)@([\w.-]+)\}/g)].map(([, name, prefix]) => [name, prefix]),
  )
  const choices = valuesOf(template).map((name) => {
    const prefix = codes.get(name)
    const values = prefix === undefined ? [3] : keys.filter((key) => key.startsWith(`${prefix}.`))
    return {
      name,
      values: values.map((value) => (typeof value === 'string' ? value.slice(`${prefix}.`.length) : value)),
    }
  })
  let sets: Record<string, string | number>[] = [{}]
  for (const { name, values } of choices)
    sets = sets.flatMap((set) => [set, ...values.map((value) => ({ ...set, [name]: value }))])
  return sets
}

describe.each(LOCALES)('every text in %s', (locale) => {
  it('leaves nothing of its template with whatever values are there', () => {
    for (const key of keys)
      for (const values of valueSets(CATALOGUE.en[key])) {
        const text = write(locale, key, values, PLAIN)
        expect(text, `${key} ${JSON.stringify(values)}`).not.toMatch(/[{}[\]]/)
      }
  })

  it('leaves nothing of a template with the values of a code, among them those of texts that it looks up', () => {
    const all = {
      ...Object.fromEntries(keys.flatMap((key) => valuesOf(CATALOGUE.en[key])).map((name) => [name, 3])),
    }
    for (const key of keys)
      for (const set of valueSets(CATALOGUE.en[key]))
        expect(write(locale, key, { ...all, ...set }, PLAIN), key).not.toMatch(/[{}[\]]/)
  })

  it('lacks nothing when all values are there', () => {
    for (const key of keys) {
      const sets = valueSets(CATALOGUE.en[key])
      const most = Math.max(...sets.map((set) => Object.keys(set).length))
      for (const set of sets.filter((one) => Object.keys(one).length === most))
        expect(write(locale, key, set, PLAIN).replace(/[?？]$/, ''), key).not.toMatch(/[?](?!”)/)
    }
  })
})

describe('quantities', () => {
  it('groups and rounds by language', () => {
    expect(formatNumber('en', 171498)).toBe('171,498')
    expect(formatPercent('en', 99.6)).toBe('99%')
    expect(formatPercent('en', 100)).toBe('100%')
    expect(formatPercent('en', 0.2)).toBe('0%')
    expect(formatPercent('en', 1_234)).toBe('1,234%')
    expect(formatNumber('en', -999)).toBe('-999')
    expect(formatNumber('en', 0.25)).toBe('0.3')
    expect(formatBytes('en', 0)).toBe('0 B')
    expect(formatBytes('en', 12_345_678_901)).toBe('12.3 GB')
    expect(formatBytes('en', 999_950)).toBe('1 MB')
  })

  it('names the two largest units of a duration', () => {
    expect(formatDuration('en', 850)).toBe('850 ms')
    expect(formatDuration('en', 12_400)).toBe('12 sec')
    expect(formatDuration('en', 4_250)).toBe('4.3 sec')
    expect(formatDuration('en', 59_990)).toBe('1 min')
    expect(formatDuration('en', 3 * 86_400_000 + 4 * 3_600_000 + 59_000)).toBe('3 days 4 hr')
    expect(formatDuration('en', 86_400_000 + 5_000)).toBe('1 day')
    expect(formatDuration('en', -90_000)).toBe('−1 min 30 sec')
    expect(formatDuration('ja', 90_000)).toBe('1 分 30 秒')
    expect(formatDuration('zh-CN', 90_000)).toBe('1 分钟 30 秒')
    expect(formatDuration('en', 2_000 * 86_400_000)).toBe('2,000 days')
  })

  it.each(LOCALES)('writes a small number in %s as Node does', (locale) => {
    const values = [0, -0, 1, -1, 0.4, 0.25, 1.005, 2.5, -0.04, 12.34, 99.95, 999, 999.9, 1_000, 1e-7, 1.5e21]
    for (const value of [...values, Number.NaN, Number.POSITIVE_INFINITY])
      for (const digits of [0, 1, 2])
        expect(formatNumber(locale, value, digits)).toBe(
          new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value),
        )
    const rules = new Intl.PluralRules(locale)
    for (const count of [0, 1, -1, 2, 1.5, 21])
      expect(isOne(locale, count)).toBe(rules.select(count) === 'one')
  })

  it.each(LOCALES)('names the units of time in %s as Node does', (locale) => {
    const named = (value: number, unit: string) =>
      new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' })
        .format(value)
        .replace(/(?<=\d) ?(?=\p{L})/u, ' ')
    const units = { millisecond: 1, second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }
    for (const [unit, ms] of Object.entries(units))
      for (const count of [1, 2, 21]) expect(formatDuration(locale, count * ms)).toBe(named(count, unit))
  })
})

it.each(LOCALES)(
  'claims nothing about the service where a port refused, since nobody asked systemd, in %s',
  (locale) => {
    const said = translateCoded(locale, 'reason.port-silent', { port: 18789 })
    expect(said).not.toMatch(/service|サービス|服务/i)
  },
)

it.each(LOCALES)('groups no port, id or place in %s', (locale) => {
  const error = (key: 'reason.port-silent' | 'reason.service-failed', value: Record<string, number>) =>
    translateCoded(locale, key, value)
  expect(error('reason.port-silent', { port: 18789 })).toContain('18789')
  expect(error('reason.service-failed', { code: 1234 })).toContain('1234')
  expect(translate(locale, 'cli.error.place', { line: 1234, column: 5678 })).toMatch(/1234.*5678/)
})
