import type { Locale } from '../base/locale.ts'
import { formatBytes, formatDuration, formatNumber, formatPercent, isOne } from './format.ts'

/**
 * The little language of the catalogue:
 * `{name}` a value (numbers in the manner of the language), `{name:bytes|duration|seconds|percent|digits}` a quantity
 * (duration is milliseconds, digits are those of a port or an id, never grouped), `{name#one|other}` a plural, `{name@prefix}` the catalogue text of `prefix.<value>` with
 * the same values, `{/node list}` a command, and `[…]` a part that is left out when one of its values is missing.
 * src/text/params.ts reads the same language in the types.
 */
const SYNTAX = /\{([^{}]+)\}|\[((?:\{[^{}]+\}|[^[\]{}])*)\]/g

/** Values of a text. */
export type TextParams = Readonly<Record<string, string | number | undefined>>

/** A value that the face has written itself and that goes in as it is. */
export interface Written {
  readonly written: string
}

/** Values as a template takes them. */
export type Values = Readonly<Record<string, string | number | Written | undefined>>

/** How a face writes the parts that it must treat with care. */
export interface TextStyle {
  /** Makes a string value harmless where the text is shown; values may be remote text. */
  clean(value: string): string
  /** Writes a command, given as its default path, for example `node list`. */
  command(path: string): string
}

/** What is left of a value that nobody gave, or of a code that has no text. */
const MISSING = '?'
/** A looked-up text may look up another, but not for ever. */
const DEEPEST = 3

type Part =
  | { is: 'text'; text: string }
  | { is: 'command'; path: string }
  | { is: 'value'; name: string; as: 'plain' | 'quantity' | 'plural' | 'code'; rest: string }
  | { is: 'optional'; parts: readonly Part[] }

const AS = { ':': 'quantity', '#': 'plural', '@': 'code' } as const
const PARSED = new Map<string, readonly Part[]>()

/** The parts of a template; each template is read once. */
function partsOf(template: string): readonly Part[] {
  const known = PARSED.get(template)
  if (known) return known
  const parts: Part[] = []
  let done = 0
  for (const match of template.matchAll(SYNTAX)) {
    if (match.index > done) parts.push({ is: 'text', text: template.slice(done, match.index) })
    done = match.index + match[0].length
    const [, inner, optional] = match
    parts.push(inner === undefined ? { is: 'optional', parts: partsOf(optional ?? '') } : partOf(inner))
  }
  if (done < template.length) parts.push({ is: 'text', text: template.slice(done) })
  PARSED.set(template, parts)
  return parts
}

function partOf(inner: string): Part {
  if (inner.startsWith('/')) return { is: 'command', path: inner.slice(1) }
  const [, name = inner, kind, rest = ''] = /^([^:#@]+)(?:([:#@])(.*))?$/.exec(inner) ?? []
  return { is: 'value', name, as: kind === undefined ? 'plain' : AS[kind as keyof typeof AS], rest }
}

/** Names of the values a template uses, each once, sorted. Commands are not values. */
export function valuesOf(template: string): string[] {
  const namesIn = (parts: readonly Part[]): string[] =>
    parts.flatMap((part) =>
      part.is === 'value' ? [part.name] : part.is === 'optional' ? namesIn(part.parts) : [],
    )
  return [...new Set(namesIn(partsOf(template)))].sort()
}

/** Whether a template has values outside its optional parts. */
export function needsValues(template: string): boolean {
  return partsOf(template).some((part) => part.is === 'value')
}

/** What fills a template: the reader's language, the values, the face, and the other texts of the catalogue. */
export interface Filling {
  locale: Locale
  values: Values
  style: TextStyle
  /** Finds a catalogue text for `{name@prefix}`. */
  lookup(key: string): string | undefined
}

/** Fills a template. Nothing of its syntax is left, whatever is missing. */
export function fillTemplate(template: string, filling: Filling, depth = 0): string {
  return partsOf(template)
    .map((part) => fillPart(part, filling, depth) ?? MISSING)
    .join('')
}

/** A part in words; null for a value that is missing. */
function fillPart(part: Part, filling: Filling, depth: number): string | null {
  switch (part.is) {
    case 'text':
      return part.text
    case 'command':
      return filling.style.command(part.path)
    case 'value':
      return fillValue(part, filling, depth)
    case 'optional': {
      const filled = part.parts.map((inner) => fillPart(inner, filling, depth))
      return filled.includes(null) ? '' : filled.join('')
    }
  }
}

/** One value in words; null when it is missing. A code without a text is missing too: no code reaches a reader. */
function fillValue(part: Extract<Part, { is: 'value' }>, filling: Filling, depth: number): string | null {
  const { locale, values, style } = filling
  const value = values[part.name]
  if (value === undefined) return null
  if (typeof value === 'object') return value.written
  if (part.as === 'code') {
    const found = depth < DEEPEST ? filling.lookup(`${part.rest}.${value}`) : undefined
    return found === undefined ? null : fillTemplate(found, filling, depth + 1)
  }
  if (typeof value === 'string') return style.clean(value)
  if (part.as === 'plural') return plural(locale, value, part.rest)
  return part.as === 'quantity' ? quantity(locale, value, part.rest) : formatNumber(locale, value)
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
    case 'digits':
      return String(value)
    default:
      return formatNumber(locale, value)
  }
}
