import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { nodeIdSchema, tagSchema } from '../../registry/schema.ts'
import { inputProblem } from '../../src/base/input-problem.ts'
import { LOCALES } from '../../src/base/locale.ts'
import { muteAlerts } from '../../src/operations/handle-incident.ts'
import { setMaintenance } from '../../src/operations/set-maintenance.ts'
import { translateCoded } from '../../src/text/translate.ts'

const input = z.strictObject({
  node: nodeIdSchema,
  lines: z.int().min(1).max(1_000),
  mode: z.enum(['a', 'b']),
  text: z.string().min(2).max(3),
  tags: z.array(tagSchema).max(2).optional(),
})
const good = { node: 'alpha', lines: 1, mode: 'a', text: 'ok' }
const wrong = (given: object, schema: z.ZodType = input) => {
  const { error } = schema.safeParse(given)
  if (!error) throw new Error('it fits')
  return inputProblem(error, given)
}

describe('what is wrong with an input', () => {
  it.each([
    [{ lines: 1_001 }, { field: 'lines', problem: 'too-big', max: 1_000 }],
    [{ lines: 0 }, { field: 'lines', problem: 'too-small', min: 1 }],
    [{ lines: undefined }, { field: 'lines', problem: 'missing' }],
    [{ lines: 'x' }, { field: 'lines', problem: 'wrong-type' }],
    [{ text: 'x' }, { field: 'text', problem: 'too-short', min: 2 }],
    [{ text: 'long' }, { field: 'text', problem: 'too-long', max: 3 }],
    [{ mode: 'c' }, { field: 'mode', problem: 'not-a-choice', choices: 'a, b' }],
    [{ node: '-option' }, { field: 'node', problem: 'node-id' }],
    [{ tags: ['ok', 'B@d'] }, { field: 'tags', given: 'B@d', problem: 'tag' }],
    [{ tags: ['ok', ''] }, { field: 'tags.1', problem: 'tag' }],
    [{ tags: ['ok', 1] }, { field: 'tags.1', problem: 'wrong-type' }],
    [{ tags: ['a', 'b', 'c'] }, { field: 'tags', problem: 'too-long', max: 2 }],
    [{ extra: 1 }, { field: 'input', problem: 'unknown-key' }],
  ])('is told by code and limit: %j', (change, expected) => {
    expect(wrong({ ...good, ...change })).toEqual(expected)
  })

  it('is told by the rule that several fields break together', () => {
    expect(wrong({ node: 'alpha', on: false, minutes: 5 }, setMaintenance.input)).toMatchObject({
      field: 'minutes',
      problem: 'needless-time',
    })
    expect(wrong({ node: null, agent: null, tag: null, minutes: 5 }, muteAlerts.input).problem).toBe(
      'node-or-tag-needed',
    )
  })

  it.each(LOCALES)('is said in words in %s, with the limit', (locale) => {
    const said = (given: object) =>
      translateCoded(locale, 'error.invalid-input', wrong({ ...good, ...given }))
    expect(said({ lines: 1_001 })).toContain('1,000')
    expect(said({ mode: 'c' })).toContain('a, b')
    expect(said({ tags: ['ok', 'B@d'] })).toMatch(/tags\W+B@d/)
    for (const given of [{ lines: 1_001 }, { lines: 'x' }, { node: '-option' }, { extra: 1 }])
      expect(said(given)).not.toMatch(/expected|too_|<=|invalid|-big|unknown-|node-id|[?]/i)
  })
})
