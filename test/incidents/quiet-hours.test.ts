import { describe, expect, it } from 'vitest'
import { defaultIncidentSettings, isQuiet } from '../../src/incidents/settings.ts'

const at = (text: string) => Date.parse(text)
const night = (zone: string) => ({
  ...defaultIncidentSettings,
  quietHours: { from: 22 * 60, to: 7 * 60, zone },
})

describe('quiet hours', () => {
  it.each([
    // Berlin goes from UTC+1 to UTC+2 in the night to 29 March 2026, and back in the night to 25 October.
    ['Europe/Berlin', '2026-03-28T05:59:00Z', true],
    ['Europe/Berlin', '2026-03-28T06:00:00Z', false],
    ['Europe/Berlin', '2026-03-29T04:59:00Z', true],
    ['Europe/Berlin', '2026-03-29T05:00:00Z', false],
    ['Europe/Berlin', '2026-03-29T19:59:00Z', false],
    ['Europe/Berlin', '2026-03-29T20:00:00Z', true],
    ['Europe/Berlin', '2026-10-25T05:59:00Z', true],
    ['Europe/Berlin', '2026-10-25T06:00:00Z', false],
    ['America/New_York', '2026-11-01T11:59:00Z', true],
    ['America/New_York', '2026-11-01T12:00:00Z', false],
    ['Asia/Kolkata', '2026-06-01T01:29:00Z', true],
    ['Asia/Kolkata', '2026-06-01T01:30:00Z', false],
    ['Asia/Tokyo', '2026-06-01T13:00:00Z', true],
    ['UTC', '2026-06-01T21:59:59Z', false],
    ['UTC', '2026-06-01T22:00:00Z', true],
    ['UTC', '2026-06-02T00:00:00Z', true],
  ])('follow the clock on the wall of %s: %s is quiet: %s', (zone, moment, quiet) => {
    expect(isQuiet(night(zone), at(moment))).toBe(quiet)
  })

  it('last as long as the night does: an hour less and more where the clock is changed', () => {
    const minutes = (from: string, to: string) => {
      let count = 0
      for (let now = at(from); now < at(to); now += 60_000)
        if (isQuiet(night('Europe/Berlin'), now)) count += 1
      return count
    }
    expect(minutes('2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z')).toBe(8 * 60)
    expect(minutes('2026-06-28T12:00:00Z', '2026-06-29T12:00:00Z')).toBe(9 * 60)
    expect(minutes('2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z')).toBe(10 * 60)
  })
})
