import { describe, expect, it } from 'vitest'
import { localTime } from '../../src/base/local-time.ts'

const at = (iso: string, zone: string) => localTime(Date.parse(iso), zone)

describe('the time on the wall', () => {
  it('is that of the zone, on the day that it has there', () => {
    expect(at('2026-11-29T23:30:00Z', 'UTC')).toEqual({ day: '2026-11-29', minute: 23 * 60 + 30 })
    expect(at('2026-11-29T23:30:00Z', 'Asia/Tokyo')).toEqual({ day: '2026-11-30', minute: 8 * 60 + 30 })
    expect(at('2026-01-01T00:10:00Z', 'America/St_Johns')).toEqual({
      day: '2025-12-31',
      minute: 20 * 60 + 40,
    })
  })

  it('knows midnight as the beginning of a day, and both changes of the hour', () => {
    expect(at('2026-11-29T00:00:00Z', 'UTC')).toEqual({ day: '2026-11-29', minute: 0 })
    expect(at('2026-03-29T00:59:00Z', 'Europe/Berlin').minute).toBe(60 + 59)
    expect(at('2026-03-29T01:00:00Z', 'Europe/Berlin').minute).toBe(3 * 60)
    expect(at('2026-10-25T00:30:00Z', 'Europe/Berlin').minute).toBe(2 * 60 + 30)
    expect(at('2026-10-25T01:30:00Z', 'Europe/Berlin').minute).toBe(2 * 60 + 30)
  })
})
