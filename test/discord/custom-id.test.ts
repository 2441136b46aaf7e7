import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCustomId, encodeCustomId } from '../../src/discord/custom-id.ts'

const word = fc.stringMatching(/^[a-z][a-z-]{0,12}$/)
const args = fc.array(fc.oneof(fc.stringMatching(/^[a-zA-Z0-9_.|%: -]{0,12}$/), fc.nat().map(String)), {
  maxLength: 4,
})

describe('custom ids', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(word, word, args, (command, action, values) => {
        fc.pre(values.join('').length < 30)
        const id = encodeCustomId(command, action, ...values)
        expect(id.length).toBeLessThanOrEqual(100)
        expect(decodeCustomId(id)).toEqual({ command, action, args: values })
      }),
    )
  })

  it('hold the longest node id with its page', () => {
    const id = encodeCustomId('node-unretire', 'refresh', 'n'.repeat(63), 9999)
    expect(decodeCustomId(id)?.args).toEqual(['n'.repeat(63), '9999'])
  })

  it('refuse to be longer than Discord allows', () => {
    expect(() => encodeCustomId('node-list', 'page', 'x'.repeat(100))).toThrow(RangeError)
  })

  it.each([
    '',
    'v1',
    'v1|a',
    'v2|node-list|page|1',
    'x|node-list|page',
    'v1|Node|page',
    'v1|a|b|%',
    `v1|a|${'b'.repeat(200)}`,
  ])('are null when they are not ours: %s', (id) => {
    expect(decodeCustomId(id)).toBeNull()
  })

  it('survive whatever a client sends', () => {
    fc.assert(fc.property(fc.string(), (id) => void decodeCustomId(id)))
  })
})
