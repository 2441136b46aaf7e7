import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { CATALOGUE, type TextKey } from '../../src/text/catalogue.ts'
import { formatBytes, formatDuration, formatNumber, formatPercent } from '../../src/text/format.ts'
import { valuesOf } from '../../src/text/template.ts'
import { isTextKey, translate } from '../../src/text/translate.ts'

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
    expect(translate('en', 'error.unknown-node', { node: '{x} [y]' }, style)).toContain('“<{x} [y]>”')
    expect(translate('en', 'error.node-retired.next', {}, style)).toContain('ocm node unretire')
  })

  it('shows an unknown code as it came, made harmless', () => {
    const style = { clean: (value: string) => value.toUpperCase(), command: (path: string) => path }
    expect(translate('en', 'step.restarting', { method: 'odd' }, style)).toContain('ODD')
    expect(isTextKey('method.odd')).toBe(false)
    expect(isTextKey('constructor')).toBe(false)
  })

  it.each(LOCALES)('fills every text of %s without a leftover', (locale) => {
    for (const key of Object.keys(CATALOGUE.en) as TextKey[]) {
      const params = Object.fromEntries(valuesOf(CATALOGUE.en[key]).map((name) => [name, 3]))
      expect(translate(locale, key, params), key).not.toMatch(/[{}[\]?？](?![。]?$)/)
      expect(translate(locale, key, {}), key).not.toMatch(/[{}[\]]/)
    }
  })
})

describe('quantities', () => {
  it('groups and rounds by language', () => {
    expect(formatNumber('en', 171498)).toBe('171,498')
    expect(formatPercent('en', 99.6)).toBe('99%')
    expect(formatPercent('en', 100)).toBe('100%')
    expect(formatPercent('en', 0.2)).toBe('0%')
    expect(formatBytes('en', 0)).toBe('0 byte')
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
    expect(formatDuration('ja', 90_000)).toBe('1 分30 秒')
    expect(formatDuration('zh-CN', 90_000)).toBe('1分钟30秒')
  })
})
