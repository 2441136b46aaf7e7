import type { Locale } from '../base/locale.ts'
import { formatBytes, formatDuration, formatNumber, formatPercent, isOne } from './format.ts'

/**
 * The little language of the catalogue:
 * `{name}` a value (numbers in the manner of the language), `{name:bytes|duration|seconds|percent}` a quantity
 * (duration is milliseconds), `{name#one|other}` a plural, `{name@prefix}` the catalogue text of `prefix.<value>`,
 * `{/node list}` a command, and `[…]` a part that is left out when one of its values is missing.
 */
const PLACEHOLDER = /\{([^{}]+)\}/g
const OPTIONAL = /\[([^[\]]*)\]/g

export type TextParams = Readonly<Record<string, string | number>>

/** How a face writes the parts that it must treat with care. */
export interface TextStyle {
  /** Makes a string value harmless where the text is shown; values may be remote text. */
  clean(value: string): string
  /** Writes a command, given as its default path, for example `node list`. */
  command(path: string): string
}

/** What is left of a value that nobody gave. */
const MISSING = '?'

/** Fills a template. `lookup` finds catalogue texts for `{name@prefix}`. */
export function fillTemplate(
  locale: Locale,
  template: string,
  params: TextParams,
  style: TextStyle,
  lookup: (key: string) => string | undefined,
): string {
  const fill = (text: string) =>
    text.replace(PLACEHOLDER, (_all, inner: string) => fillOne(locale, inner, params, style, lookup))
  return fill(
    template.replace(OPTIONAL, (_all, inner: string) =>
      valuesOf(inner).every((name) => params[name] !== undefined) ? inner : '',
    ),
  )
}

/** Names of the values a template uses, each once, sorted. Commands are not values. */
export function valuesOf(template: string): string[] {
  const names = [...template.matchAll(PLACEHOLDER)]
    .map(([, inner]) => inner ?? '')
    .filter((inner) => !inner.startsWith('/'))
    .map((inner) => inner.split(/[:#@]/)[0] ?? '')
  return [...new Set(names)].sort()
}

function fillOne(
  locale: Locale,
  inner: string,
  params: TextParams,
  style: TextStyle,
  lookup: (key: string) => string | undefined,
): string {
  if (inner.startsWith('/')) return style.command(inner.slice(1))
  const [, name = '', kind, rest = ''] = /^([^:#@]+)(?:([:#@])(.*))?$/.exec(inner) ?? []
  const value = params[name]
  if (value === undefined) return MISSING
  if (kind === '@') return lookup(`${rest}.${value}`) ?? style.clean(String(value))
  if (typeof value === 'string') return style.clean(value)
  if (kind === '#') return plural(locale, value, rest)
  return kind === ':' ? quantity(locale, value, rest) : formatNumber(locale, value)
}

function plural(locale: Locale, value: number, forms: string): string {
  const [one = '', other = one] = forms.split('|')
  return isOne(locale, value) ? one : other
}

function quantity(locale: Locale, value: number, kind: string): string {
  switch (kind) {
    case 'bytes':
      return formatBytes(locale, value)
    case 'duration':
      return formatDuration(locale, value)
    case 'seconds':
      return formatDuration(locale, value * 1000)
    case 'percent':
      return formatPercent(locale, value)
    default:
      return formatNumber(locale, value)
  }
}
