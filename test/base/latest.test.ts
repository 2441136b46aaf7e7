import { describe, expect, it } from 'vitest'
import { Latest } from '../../src/base/latest.ts'

describe('the latest of many', () => {
  it('are no more than so many, and what was set longest ago goes first', () => {
    const latest = new Latest<string, number>(2)
    latest.set('a', 1)
    latest.set('b', 2)
    latest.set('a', 3)
    latest.set('c', 4)
    expect([...latest.values()]).toEqual([3, 4])
    expect(latest.get('b')).toBeUndefined()
    latest.delete('a')
    expect(latest.has('a')).toBe(false)
    expect(latest.size).toBe(1)
  })
})
