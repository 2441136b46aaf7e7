import type { Locale } from '../base/locale.ts'

const SECOND = 1000
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const
const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const

/**
 * The short names of units of time as Unicode's data has them. A table of our own, because Node takes a quarter of what a
 * command costs to look up the first one.
 */
const TIME_UNITS: Record<Locale, Record<TimeUnit, string>> = {
  en: { millisecond: 'ms', second: 'sec', minute: 'min', hour: 'hr', day: 'days' },
  ja: { millisecond: 'ms', second: '秒', minute: '分', hour: '時間', day: '日' },
  'zh-CN': { millisecond: '毫秒', second: '秒', minute: '分钟', hour: '小时', day: '天' },
}
type TimeUnit = 'millisecond' | (typeof UNITS)[number][0]

/** A number with the grouping of the language and at most `digits` decimals. */
export function formatNumber(locale: Locale, value: number, digits = 1): string {
  if (isPlain(value, digits)) return String(value)
  return formatter(locale, { maximumFractionDigits: digits }).format(value)
}

/** Per cent, 0 to 100 (or above) in; rounded away from the round hundred, so that 99.6 never reads as full. */
export function formatPercent(locale: Locale, percent: number): string {
  const shown = percent < 100 && percent > 99 ? Math.floor(percent) : Math.round(percent)
  if (isPlain(shown)) return `${shown}%`
  return formatter(locale, { style: 'percent', maximumFractionDigits: 0 }).format(shown / 100)
}

/** Bytes in units of 1000, three digits at most: `12.4 GB`. */
export function formatBytes(locale: Locale, bytes: number): string {
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return unitText(locale, value, BYTE_UNITS[unit] ?? 'byte', Math.abs(value) < 99.5 && unit > 0 ? 1 : 0)
}

/** Milliseconds as the two largest units: `3 days 4 hr`, `12.4 sec`, `850 ms`. */
export function formatDuration(locale: Locale, ms: number): string {
  const size = Math.abs(ms)
  if (size < SECOND) return timeText(locale, Math.round(ms), 'millisecond')
  if (size < 60 * SECOND) {
    const digits = size < 10 * SECOND ? 1 : 0
    const seconds = Number((ms / SECOND).toFixed(digits))
    if (Math.abs(seconds) < 60) return timeText(locale, seconds, 'second')
  }
  let left = Math.round(size / SECOND)
  const parts: string[] = []
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(left / seconds)
    left -= count * seconds
    if (count > 0) parts.push(timeText(locale, count, unit))
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return (ms < 0 ? '−' : '') + parts.join(' ')
}

function timeText(locale: Locale, value: number, unit: TimeUnit): string {
  const name = locale === 'en' && unit === 'day' && value === 1 ? 'day' : TIME_UNITS[locale][unit]
  return `${formatNumber(locale, value)} ${name}`
}

/**
 * What every language here writes alike, and needs no rounding; making the first formatter costs more than a list of a
 * hundred nodes.
 */
function isPlain(value: number, digits = 0): boolean {
  if (!(Math.abs(value) < 1_000) || Object.is(value, -0)) return false
  if (Number.isInteger(value)) return true
  const text = String(value)
  return !text.includes('e') && text.length - text.indexOf('.') - 1 <= digits
}

function unitText(locale: Locale, value: number, unit: string, digits: number): string {
  // The short name of a byte is a word that English would bend, and Japanese does not know.
  if (unit === 'byte') return `${formatNumber(locale, value, 0)} B`
  const text = formatter(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(value)
  // As everywhere in our Chinese texts: a space between figures and Han.
  return locale === 'zh-CN' ? text.replace(/(?<=\d)(?=\p{Script=Han})/u, ' ') : text
}

/** Whether a count takes the singular of the language. */
export function isOne(locale: Locale, count: number): boolean {
  if (!HAS_SINGULAR[locale]) return false
  if (Number.isInteger(count)) return Math.abs(count) === 1
  const known = PLURALS.get(locale)
  const rules = known ?? new Intl.PluralRules(locale)
  if (!known) PLURALS.set(locale, rules)
  return rules.select(count) === 'one'
}

/** Known without Unicode's rules, of which the first costs 5 ms. */
const HAS_SINGULAR: Record<Locale, boolean> = { en: true, ja: false, 'zh-CN': false }
const PLURALS = new Map<Locale, Intl.PluralRules>()
const FORMATTERS = new Map<string, Intl.NumberFormat>()

/** Making a formatter costs a hundred times what using it does, and a list of 300 nodes needs thousands. */
function formatter(locale: Locale, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale} ${options.style} ${options.unit} ${options.maximumFractionDigits}`
  const known = FORMATTERS.get(key)
  if (known) return known
  const made = new Intl.NumberFormat(locale, options)
  FORMATTERS.set(key, made)
  return made
}
