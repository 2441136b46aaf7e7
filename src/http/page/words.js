/**
 * The words of the page: the texts of ocm's catalogue in one language, filled as `src/text/template.ts` fills them. A test
 * fills every text in both and compares.
 */

const SYNTAX = /\{([^{}]+)\}|\[((?:\{[^{}]+\}|[^[\]{}])*)\]/g
const MISSING = '?'
const DEEPEST = 3
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]
const TIME_UNITS = {
  en: { millisecond: 'ms', second: 'sec', minute: 'min', hour: 'hr', day: 'days' },
  ja: { millisecond: 'ms', second: '秒', minute: '分', hour: '時間', day: '日' },
  'zh-CN': { millisecond: '毫秒', second: '秒', minute: '分钟', hour: '小时', day: '天' },
}
const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte']

/** The languages of the page, each by its own name. */
export const LANGUAGES = { en: 'English', ja: '日本語', 'zh-CN': '简体中文' }

/**
 * Words in one language.
 * @param {string} locale one of {@link LANGUAGES}
 * @param {Readonly<Record<string, string>>} texts templates by their keys
 */
export function createWords(locale, texts) {
  const formatters = new Map()
  /** Making a formatter costs a hundred times what using it does. */
  function formatter(options) {
    const key = JSON.stringify(options)
    const known = formatters.get(key) ?? new Intl.NumberFormat(locale, options)
    formatters.set(key, known)
    return known
  }
  let plurals = null
  /** Whole numbers are written alike in every language of the page, and the first formatter costs a browser a while. */
  const number = (value, digits = 1) =>
    Number.isSafeInteger(value)
      ? String(value).replace(/\B(?=(?:\d{3})+$)/g, ',')
      : formatter({ maximumFractionDigits: digits }).format(value)
  const has = (key) => Object.hasOwn(texts, key)

  function percent(value) {
    const shown = value < 100 && value > 99 ? Math.floor(value) : Math.round(value)
    return `${number(shown, 0)}%`
  }

  function timeText(value, unit) {
    return `${number(value)} ${locale === 'en' && unit === 'day' && value === 1 ? 'day' : TIME_UNITS[locale][unit]}`
  }

  /** Milliseconds in their two largest units. */
  function duration(ms) {
    const size = Math.abs(ms)
    if (size < 1_000) return timeText(Math.round(ms), 'millisecond')
    const seconds = Number((ms / 1_000).toFixed(size < 10_000 ? 1 : 0))
    if (size < 60_000 && Math.abs(seconds) < 60) return timeText(seconds, 'second')
    return (
      (ms < 0 ? '−' : '') +
      largestUnits(Math.round(size / 1_000))
        .map(([count, unit]) => timeText(count, unit))
        .join(' ')
    )
  }

  function bytes(value) {
    let size = value
    let unit = 0
    while (Math.abs(size) >= 999.5 && unit < BYTE_UNITS.length - 1) {
      size /= 1_000
      unit += 1
    }
    if (unit === 0) return `${number(size, 0)} B`
    const text = formatter({
      style: 'unit',
      unit: BYTE_UNITS[unit],
      unitDisplay: 'short',
      maximumFractionDigits: Math.abs(size) < 99.5 ? 1 : 0,
    }).format(size)
    return locale === 'zh-CN' ? text.replace(/(?<=\d)(?=\p{Script=Han})/u, ' ') : text
  }

  const quantities = {
    bytes,
    duration,
    seconds: (value) => duration(value * 1_000),
    percent,
    digits: String,
  }

  function plural(value, forms) {
    const [one = '', other = one] = forms.split('|')
    plurals ??= new Intl.PluralRules(locale)
    return plurals.select(value) === 'one' ? one : other
  }

  function fillValue(inner, values, depth) {
    const [, name = inner, kind, rest = ''] = /^([^:#@]+)(?:([:#@])(.*))?$/.exec(inner) ?? []
    const value = values[name]
    if (value === undefined || value === null) return null
    if (kind === '@') {
      const key = `${rest}.${value}`
      return depth < DEEPEST && has(key) ? fillTemplate(texts[key], values, depth + 1) : null
    }
    if (typeof value === 'string') return value
    if (kind === '#') return plural(value, rest)
    return (kind === ':' && quantities[rest] ? quantities[rest] : number)(value)
  }

  /** What this page has for it; the command of the shell where it has nothing. */
  const command = (path) => texts[`page.command.${path.replaceAll(' ', '-')}`] ?? `ocm ${path}`

  function fillTemplate(template, values, depth = 0) {
    let text = ''
    let done = 0
    for (const match of template.matchAll(SYNTAX)) {
      text += template.slice(done, match.index)
      done = match.index + match[0].length
      const [, inner, optional] = match
      if (inner === undefined) text += fillOptional(optional, values, depth)
      else
        text += inner.startsWith('/') ? command(inner.slice(1)) : (fillValue(inner, values, depth) ?? MISSING)
    }
    return text + template.slice(done)
  }

  function fillOptional(template, values, depth) {
    let missing = false
    const filled = template.replaceAll(/\{([^{}]+)\}/g, (_all, inner) => {
      const value = inner.startsWith('/') ? command(inner.slice(1)) : fillValue(inner, values, depth)
      missing ||= value === null
      return value ?? ''
    })
    return missing ? '' : filled
  }

  /** A text; its key where the catalogue has none, so that a mistake is seen and breaks nothing. */
  const t = (key, values = {}) => (has(key) ? fillTemplate(texts[key], values) : key)
  /** A text whose code came from the server; null where this page does not know it. */
  const coded = (key, values = {}) => (has(key) ? fillTemplate(texts[key], values) : null)
  /** Why something is not known, with its code where there are no words for it. */
  const reason = ({ code, params }) => coded(`reason.${code}`, params) ?? t('page.reason-code', { code })
  /** What stands behind a beginning in the keys of the catalogue. */
  const namesAfter = (prefix) =>
    Object.keys(texts)
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length))
  /** A moment in the reader's own time zone, whatever their clock says. */
  const moment = (at) =>
    new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(at)
  return { locale, t, coded, reason, number, percent, duration, bytes, has, namesAfter, moment }
}

/** The two largest units of so many seconds; one alone where the next is nothing. */
function largestUnits(total) {
  const parts = []
  let left = total
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(left / seconds)
    left -= count * seconds
    if (count > 0) parts.push([count, unit])
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts
}
