import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { pageCommand } from '../../src/presenters/page-command.ts'
import { CATALOGUE } from '../../src/text/catalogue.ts'

/** What people at the page cannot do there, or not yet: it is done in a shell, or in Discord. */
const ELSEWHERE = [
  'alert test',
  'audit verify',
  'node backup-download',
  'registry approve',
  'registry check',
  'registry import',
  'token create',
  'token list',
  'token revoke',
  'web login',
]
const places = Object.entries(CATALOGUE.en).filter(([key]) => key.startsWith('page.command.'))

describe('what the page calls what another face has a command for', () => {
  it('is there for every command that a text names', () => {
    const named = Object.values(CATALOGUE.en).flatMap((text) =>
      [...text.matchAll(/\{\/([^{}]+)\}/g)].map(([, path]) => path ?? ''),
    )
    const without = [...new Set(named)].filter((path) => pageCommand('en', path) === `ocm ${path}`)
    expect(without.toSorted()).toEqual(ELSEWHERE)
    const keys = new Set(named.map((path) => `page.command.${path.replaceAll(' ', '-')}`))
    expect(places.map(([key]) => key).filter((key) => !keys.has(key))).toEqual([])
  })

  it.each(LOCALES)('is what stands there, in %s', (locale) => {
    const texts = CATALOGUE[locale]
    const labels = new Set(
      Object.entries(texts)
        .filter(([key]) => /^(?:page|operation|label|approval)\./.test(key))
        .map(([, text]) => text),
    )
    for (const [key] of places) {
      const [, label] = /^[“「](.+)[”」]$/.exec(texts[key as keyof typeof texts]) ?? []
      if (label !== undefined) expect(labels, key).toContain(label)
    }
  })
})
