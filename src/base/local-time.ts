const CLOCKS = new Map<string, Intl.DateTimeFormat>()

/** A moment as a calendar and a clock on the wall show it, daylight saving included. */
export interface LocalTime {
  /** `2026-11-29`; two of them compare like their days. */
  day: string
  /** Minutes after midnight as the clock shows them. */
  minute: number
}

/** What calendar and clock of a time zone (IANA name) show at `now`, epoch milliseconds. */
export function localTime(now: number, zone: string): LocalTime {
  const known = CLOCKS.get(zone)
  const clock =
    known ??
    new Intl.DateTimeFormat('en', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    })
  if (!known) CLOCKS.set(zone, clock)
  const parts = new Map(clock.formatToParts(now).map(({ type, value }) => [type, value]))
  const [hour, minute] = [Number(parts.get('hour')), Number(parts.get('minute'))]
  return {
    day: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
    minute: hour * 60 + minute,
  }
}
