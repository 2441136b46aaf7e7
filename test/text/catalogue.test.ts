import { describe, expect, it } from 'vitest'
import { LOCALES, localeOf } from '../../src/base/locale.ts'
import { CATALOGUE } from '../../src/text/catalogue.ts'
import type { TextKey } from '../../src/text/params.ts'
import { valuesOf } from '../../src/text/template.ts'

const keys = Object.keys(CATALOGUE.en) as TextKey[]
const COMMAND_NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u
const commandsIn = (text: string) => [...text.matchAll(/\{(\/[^}]+)\}/g)].map(([, path]) => path).sort()

describe.each(LOCALES)('the catalogue in %s', (locale) => {
  const texts = CATALOGUE[locale]

  it('has exactly the keys of English', () => {
    expect(Object.keys(texts).sort()).toEqual([...keys].sort())
  })

  it('has no empty text, and the values and commands of the English one in each', () => {
    for (const key of keys) {
      expect(texts[key].trim(), key).not.toBe('')
      expect(valuesOf(texts[key]), key).toEqual(valuesOf(CATALOGUE.en[key]))
      expect(commandsIn(texts[key]), key).toEqual(commandsIn(CATALOGUE.en[key]))
    }
  })

  it('marks up nothing: no markdown, balanced brackets, no stray command', () => {
    for (const key of keys) {
      const text = texts[key]
      expect(text, key).not.toMatch(/\*\*|__|```|`|<[@#t/]/)
      expect(text.replace(/\{[^{}]*\}/g, '').replace(/\[[^[\]]*\]/g, ''), key).not.toMatch(/[{}[\]]/)
      expect(text.replace(/\{[^{}]*\}/g, ''), key).not.toMatch(/\/node /)
    }
  })

  it('keeps command and option names and descriptions within what Discord takes', () => {
    for (const key of keys.filter((name) => /^(command|option)\./.test(name))) {
      if (key.endsWith('.description')) expect(texts[key].length, key).toBeLessThanOrEqual(100)
      else {
        expect(texts[key], key).toMatch(COMMAND_NAME)
        expect(texts[key].toLowerCase(), key).toBe(texts[key])
      }
    }
  })

  it('keeps labels of buttons within 80 characters', () => {
    for (const key of keys.filter((name) => name.startsWith('button.')))
      expect(texts[key].length, key).toBeLessThanOrEqual(80)
  })
})

it('is translated: hardly a sentence is the same in two languages', () => {
  for (const locale of ['ja', 'zh-CN'] as const) {
    const sentences = keys.filter((key) => CATALOGUE.en[key].length > 20)
    const same = sentences.filter((key) => CATALOGUE[locale][key] === CATALOGUE.en[key])
    expect(same).toEqual([])
  }
})

it('finds the language of a reader', () => {
  expect(localeOf('ja')).toBe('ja')
  expect(localeOf('zh-CN')).toBe('zh-CN')
  expect(localeOf('zh-TW')).toBe('en')
  expect(localeOf('zh_HK.UTF-8')).toBe('en')
  expect(localeOf('zh-Hans')).toBe('zh-CN')
  expect(localeOf('en-GB', 'ja')).toBe('en')
  expect(localeOf('fr', 'ja')).toBe('ja')
  expect(localeOf(undefined)).toBe('en')
})
