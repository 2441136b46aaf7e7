import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../../src/base/locale.ts'
// @ts-expect-error a module of the page, which is written for browsers
import { createWords } from '../../../src/http/page/words.js'
import { pageCommand } from '../../../src/presenters/page-command.ts'
import { CATALOGUE } from '../../../src/text/catalogue.ts'
import { formatBytes, formatDuration, formatPercent } from '../../../src/text/format.ts'
import { fillTemplate, type Values, valuesOf } from '../../../src/text/template.ts'

const NUMBERS = [0, 1, 2, 59.6, 99.4, 999, 1_000, 61_000, 3_600_000, 90_061_000, 1_234_567_890]

describe.each(LOCALES)('the words of the page in %s', (locale) => {
  const texts: Readonly<Record<string, string>> = CATALOGUE[locale]
  const words = createWords(locale, texts)
  const style = { clean: (value: string) => value, command: (path: string) => pageCommand(locale, path) }
  const filled = (template: string, values: Values) =>
    fillTemplate(template, { locale, values, style, lookup: (key) => texts[key] })

  it('fill every text as every other face does', () => {
    for (const [key, template] of Object.entries(texts)) {
      const names = valuesOf(template)
      for (const value of [...NUMBERS, 'warning', undefined]) {
        const values = Object.fromEntries(names.map((name) => [name, value]))
        expect(words.t(key, values), `${key} with ${value}`).toBe(filled(template, values))
      }
    }
  })

  it('write quantities as every other face does', () => {
    for (const value of [...NUMBERS, -1, -61_000, 9_960, 59_960, 99.6]) {
      expect(words.duration(value), `duration ${value}`).toBe(formatDuration(locale, value))
      expect(words.bytes(value), `bytes ${value}`).toBe(formatBytes(locale, value))
      expect(words.percent(value), `percent ${value}`).toBe(formatPercent(locale, value))
    }
  })

  it('say what they do not know by its code instead of breaking', () => {
    expect(words.t('no.such.text')).toBe('no.such.text')
    expect(words.coded('reason.no-such-reason')).toBeNull()
    expect(words.reason({ code: 'no-such-reason' })).toContain('no-such-reason')
  })
})
