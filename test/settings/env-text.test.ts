import { parseEnv } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withSettings } from '../../src/settings/env-text.ts'

describe('a file of settings that is changed', () => {
  it('says the new values, and of everything else what it said', () => {
    const name = fc.stringMatching(/^[A-Z][A-Z_]{0,6}$/)
    const line = fc.oneof(
      fc.tuple(name, fc.string()).map(([key, value]) => `${key}=${value}`),
      fc.string(),
      fc.constantFrom('# A=1', 'export B=2', ' C = 3 ', 'D="1\nA=2"', "E='x # y'", 'A="unclosed'),
    )
    fc.assert(
      fc.property(fc.array(line), fc.dictionary(name, fc.string(), { maxKeys: 4 }), (lines, changes) => {
        const text = lines.join('\n')
        const changed = withSettings(text, changes)
        if (changed === null) return
        expect({ ...parseEnv(changed) }).toEqual({ ...parseEnv(text), ...changes })
      }),
    )
  })

  it('quotes what would be read otherwise', () => {
    for (const value of ['a b', 'a # b', ' a', "it's", '"', 'a=b', '$HOME', 'a\\nb', '', '日本']) {
      const text = withSettings('X=1\n', { A: value })
      expect(parseEnv(text ?? '')).toEqual({ X: '1', A: value })
    }
  })

  it('leaves alone what looks like the setting inside another value', () => {
    expect(withSettings('X="\nA=1\n"\n', { A: '2' })).toBeNull()
    expect(withSettings('A=1\nA=2\n', { A: '3' })).toBe('A=1\nA=3\n')
  })
})
