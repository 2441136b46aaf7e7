import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { conforms } from '../../src/base/conforms.ts'
import { unknown } from '../../src/base/reading.ts'
import { type NodeSnapshot, snapshotSchema } from '../../src/openclaw/snapshot.ts'
import { healthySnapshot } from '../support/snapshots.ts'

/** What is written over a part of a record. */
const ODD = [null, true, '', 'x', 0, -1, 0.5, 1e300, [], {}, [null], { a: 1 }, { freshness: 'fresh' }]

/** Every place of a tree, from the root on. */
function placesOf(value: unknown, at: readonly string[] = []): string[][] {
  const here = [[...at]]
  if (typeof value !== 'object' || value === null) return here
  return [...here, ...Object.entries(value).flatMap(([key, part]) => placesOf(part, [...at, key]))]
}

function changed(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to
  const copy = structuredClone(value) as Record<string, unknown>
  if (rest.length > 0) copy[key] = changed(copy[key], rest, to)
  else if (to === undefined) delete copy[key]
  else copy[key] = to
  return copy
}

const whole: NodeSnapshot = JSON.parse(
  JSON.stringify(
    healthySnapshot({ bindings: unknown({ code: 'deadline', params: { node: 'a' } }, 5, 'rpc') }),
  ),
)
const places = placesOf(whole)

describe('a value conforms to a schema', () => {
  it('exactly when it would be parsed, whatever part of a snapshot is another one', () => {
    expect(conforms(snapshotSchema, whole)).toBe(true)
    const verdicts = new Set<boolean>()
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.constantFrom(undefined, ...ODD), (place, to) => {
        const value = changed(whole, place, to)
        const fits = conforms(snapshotSchema, value)
        verdicts.add(fits)
        expect(fits).toBe(snapshotSchema.safeParse(value).success)
      }),
      { numRuns: 2_000 },
    )
    expect(verdicts).toEqual(new Set([true, false]))
  })

  it('not with a key too many, the one that changes prototypes least of all', () => {
    for (const key of ['more', '__proto__', 'constructor'])
      expect(conforms(snapshotSchema, JSON.parse(`{"${key}":{},${JSON.stringify(whole).slice(1)}`))).toBe(
        false,
      )
  })

  it.each([
    ['a text of some length', z.string().min(2)],
    ['a form of text', z.email()],
    ['a number up to a bound', z.number().max(5)],
    ['a number above a bound', z.number().gt(0)],
    ['a whole number', z.int().min(0)],
    ['a short list', z.array(z.int()).max(1)],
    ['a key that may be missing', z.strictObject({ a: z.string().optional() })],
    ['keys that are not named', z.looseObject({ a: z.int() })],
    ['one of two', z.union([z.string(), z.null()])],
    ['one word', z.literal('x')],
    ['a choice', z.enum(['x', ''])],
    ['a checked choice', z.strictObject({ a: z.int() }).refine(({ a }) => a > 5)],
  ])('also to %s', (_, schema) => {
    for (const value of [
      ...ODD,
      undefined,
      'me@example.org',
      'xyz',
      6,
      Number.NaN,
      { a: '' },
      { a: 9 },
      [1],
      [1, 2],
    ])
      expect(conforms(schema, value), JSON.stringify(value)).toBe(schema.safeParse(value).success)
  })
})
