/** Dates as chat clients show them, in the viewer's language; relative ones keep ticking. */

const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]

const STYLES = {
  t: { timeStyle: 'short' },
  T: { timeStyle: 'medium' },
  d: { dateStyle: 'short' },
  D: { dateStyle: 'long' },
  f: { dateStyle: 'long', timeStyle: 'short' },
  F: { dateStyle: 'full', timeStyle: 'short' },
  s: { dateStyle: 'short', timeStyle: 'short' },
  S: { dateStyle: 'short', timeStyle: 'medium' },
}

/**
 * @param {number} at epoch ms
 * @param {number} now epoch ms
 * @param {string} locale
 */
export function relativeTime(at, now, locale) {
  const seconds = Math.round((at - now) / 1000)
  const distance = Math.abs(seconds)
  const [unit, size] = UNITS.find(([, length]) => distance >= length) ?? UNITS.at(-1)
  // Zero is "now" only with `auto`; other numbers stay numbers, so that a row of ages can be compared.
  const numeric = distance === 0 ? 'auto' : 'always'
  return new Intl.RelativeTimeFormat(locale, { numeric }).format(Math.trunc(seconds / size), unit)
}

/** @param {string} style one of the letters of `<t:…:letter>` */
export function absoluteTime(at, style, locale) {
  return new Intl.DateTimeFormat(locale, STYLES[style] ?? STYLES.f).format(at)
}

/** The stamp beside an author's name: the hour today, the short date and hour otherwise. */
export function stamp(at, now, locale) {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString()
  return absoluteTime(at, sameDay ? 't' : 's', locale)
}

/** @returns {string} the heading between two days of messages */
export function dayLabel(at, locale) {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'full' }).format(at)
}

/** Milliseconds since 1970 that a snowflake id carries. */
export function snowflakeTime(id) {
  return Number((BigInt(id) >> 22n) + 1_420_070_400_000n)
}

/**
 * Rewrites every relative time below `root` whose words have changed.
 * @param {ParentNode} root
 * @param {number} now epoch ms of the server
 */
export function tick(root, now, locale) {
  for (const element of root.querySelectorAll('time[data-relative]')) {
    const words = relativeTime(Number(element.dataset.relative), now, locale)
    if (element.textContent !== words) element.textContent = words
  }
}
