import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../src/text/catalogue.ts'
import type { TextKey } from '../../src/text/params.ts'

const CJK = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}'
const keys = Object.keys(CATALOGUE.en) as TextKey[]
/** Without its values, which bring signs of their own. */
const bare = (text: string) => text.replace(/\{[^{}]*\}/g, 'X').replace(/[[\]]/g, '')

describe.each(['ja', 'zh-CN'] as const)('every text in %s', (locale) => {
  const texts = CATALOGUE[locale]
  const withSign = (sign: RegExp) => keys.filter((key) => sign.test(bare(texts[key])))

  it('has brackets of full width beside characters of full width', () => {
    expect(withSign(new RegExp(`[${CJK}][()]|[()][${CJK}]`, 'u'))).toEqual([])
    // What stands in a value is nearly always written in the same script.
    expect(keys.filter((key) => /\}\(\{/.test(texts[key]))).toEqual([])
  })

  it('has colons, commas and question marks of full width after characters of full width', () => {
    // A colon between two words is how something is typed: channel:account.
    expect(withSign(new RegExp(`[${CJK}）」”](?::(?![${CJK}])|[,;!?])`, 'u'))).toEqual([])
  })

  it('ends a sentence with the full stop of its script', () => {
    expect(withSign(new RegExp(`[${CJK}）」”]\\.(?:$|\\s)`, 'u'))).toEqual([])
  })
})

describe('Japanese', () => {
  it.each([
    ['an incident', 'インシデント', '事象'],
    ['a retirement', '引退', '退役'],
  ])('has one word for %s', (_, word, other) => {
    const having = (part: string) => keys.filter((key) => CATALOGUE.ja[key].includes(part))
    expect(having(word)).not.toEqual([])
    expect(having(other)).toEqual([])
  })
})

describe('Chinese', () => {
  const texts = CATALOGUE['zh-CN']

  it('calls a proxy by the word for it, and nothing else: neither an agent of OpenClaw nor one of SSH', () => {
    const proxies = keys.filter((key) => texts[key].includes('代理'))
    expect(proxies.length).toBeGreaterThan(0)
    expect(proxies.filter((key) => !/proxy/i.test(CATALOGUE.en[key]))).toEqual([])
  })
})
