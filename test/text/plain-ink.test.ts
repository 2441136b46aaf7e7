import { describe, expect, it } from 'vitest'
import { createPlainInk } from '../../src/presenters/plain-ink.ts'

const NOW = Date.UTC(2026, 10, 30, 12, 0)
const MINUTE = 60_000
const ink = createPlainInk('en', () => NOW)

describe('a moment in plain text', () => {
  it('is told from now when it is over', () => {
    expect(ink.time(NOW - 3 * MINUTE)).toBe('3 min ago')
    expect(ink.time(NOW - 3 * MINUTE, 'f')).toBe('3 min ago')
  })

  it('is told by date and clock when it is still to come', () => {
    expect(ink.time(NOW + 90 * MINUTE, 'f')).toBe('2026-11-30 13:30 UTC')
    expect(ink.time(NOW + 90 * MINUTE, 't')).toBe('13:30 UTC')
  })

  it('is now when the clock of a node is ahead', () => {
    expect(ink.time(NOW + 800)).toBe('0 ms ago')
  })
})
