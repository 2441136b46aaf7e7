import { isHarmless, looksRandom, type SecretName, secretName } from './secret-names.ts'

/** A part of a text that is a secret: from and to, the end excluded. */
export type Span = readonly [from: number, to: number]

/** Characters of a name that are looked at: what makes a secret of it stands at its end. */
const LONGEST_NAME = 64
const NAME = /[\w.-]/
const QUOTE = /["'`]/
const BLANK = /[ \t]/
const SEPARATOR = /=>|[=:]/g
const FLAG = /(?<![\w-])--([a-zA-Z][\w-]{0,63})["']?(?:,[ \t]{0,8}|[ \t]{1,8})(?!-)/g
/** The first half of `name: TOKEN, value: …`, as containers are given their environment. */
const NAMED_BEFORE_VALUE =
  /\b(?:name|key)["']?[ \t]{0,4}:[ \t]{0,4}["']?([\w.-]{1,64})["']?,?\s{0,20}["']?value["']?[ \t]{0,4}$/i
/** What can follow a value in a list of fields. */
const NEXT_FIELD = /[,;&](?:\s|$|["'`]|[\w.-]{1,40}[ \t]?[=:])/y
/** Schemes of an Authorization header that are followed by one word, and those that are followed by fields. */
const WORD_SCHEMES =
  /^(?:bearer|basic|token|bot|apikey|api-key|key|dpop|negotiate|ntlm|sharedkey(?:lite)?|splunk)[ \t]+/i
const FIELD_SCHEMES = /^(?:digest|hawk|oauth|aws4-hmac-sha256|sharedaccesssignature)[ \t]+/i
const PROSE = /^[a-z]{1,14}(?: [a-z]{1,14})+[.,]?$/

/**
 * Finds values that the name in front of them calls secret: `NAME=value`, `name: value`, `"name": "value"`, a header, a part
 * of a web address, an option of a command. Looks at every character a bounded number of times.
 */
export function namedSecrets(text: string): Span[] {
  return [...assigned(text), ...optioned(text)]
}

function* assigned(text: string): Generator<Span> {
  SEPARATOR.lastIndex = 0
  for (let found = SEPARATOR.exec(text); found !== null; found = SEPARATOR.exec(text)) {
    const name = nameBefore(text, found.index)
    const kind = name === null ? null : secretName(name)
    if (kind === null || text.startsWith('//', SEPARATOR.lastIndex)) continue
    const span = valueAt(text, SEPARATOR.lastIndex, kind, found[0] === ':', name ?? '')
    if (span === null) continue
    yield span
    SEPARATOR.lastIndex = Math.max(span[1], SEPARATOR.lastIndex)
  }
}

function* optioned(text: string): Generator<Span> {
  FLAG.lastIndex = 0
  for (let found = FLAG.exec(text); found !== null; found = FLAG.exec(text)) {
    const kind = secretName(found[1] ?? '')
    if (kind !== 'password' && kind !== 'token') continue
    const span = valueAt(text, FLAG.lastIndex, kind, false, found[1] ?? '')
    if (span === null) continue
    yield span
    FLAG.lastIndex = Math.max(span[1], FLAG.lastIndex)
  }
}

/** The name that stands directly before a separator, without its quotes. */
function nameBefore(text: string, separator: number): string | null {
  let end = separator
  while (end > separator - 8 && BLANK.test(text[end - 1] ?? '')) end--
  const quoted = QUOTE.test(text[end - 1] ?? '')
  if (quoted) end--
  for (let slashes = 0; quoted && slashes < 4 && text[end - 1] === '\\'; slashes++) end--
  let from = end
  while (from > end - LONGEST_NAME && NAME.test(text[from - 1] ?? '')) from--
  const name = text.slice(from, end)
  if (name === '') return null
  if (/^value$/i.test(name)) {
    const pair = NAMED_BEFORE_VALUE.exec(text.slice(Math.max(0, separator - 128), separator))
    return pair?.[1] ?? name
  }
  // "API key: …" in prose
  if (
    /^key$/i.test(name) &&
    /(?:api|access|secret|private|account) $/i.test(text.slice(Math.max(0, from - 8), from))
  )
    return 'api_key'
  return name
}

function valueAt(text: string, after: number, kind: SecretName, colon: boolean, name: string): Span | null {
  let from = after
  if (text[from] === '=' || text[from] === '>') from++
  while (from < after + 9 && BLANK.test(text[from] ?? '')) from++
  const quote = /^\\{0,4}["'`]/.exec(text.slice(from, from + 5))?.[0]
  if (quote !== undefined) return quotedValue(text, from + quote.length, quote, kind)
  if (kind === 'header') return headerValue(text, from, text.length)
  if (kind === 'cookie' && colon) {
    const to = lineEnd(text, from)
    return /^[^=\s]{1,128}=(?!\*\*\*)/.test(text.slice(from, from + 130)) ? [from, to] : null
  }
  // A short look tells most values that are none; only a secret is read to its end.
  const head = cutFields(text, from, runEnd(text, from, from + 512))
  const value = text.slice(from, head)
  if (isHarmless(value) || !isSecret(value, kind, colon, name)) return null
  return [from, head < from + 512 ? head : runEnd(text, from, text.length)]
}

function isSecret(value: string, kind: SecretName, colon: boolean, name: string): boolean {
  if (colon && /^[[{(]/.test(value)) return false
  if (kind === 'password') return !/^\d+$/.test(value) || /(?:password|passwd|secret|pwd)$/i.test(name)
  if (kind === 'address') return value.length >= (/auth$/i.test(name) ? 12 : 16) && looksRandom(value)
  return colon ? looksRandom(value) : !/^[,;&)}\]]/.test(value)
}

/** A value in quotes, which may itself stand in a quoted text and then has backslashes in front of its own. */
function quotedValue(text: string, from: number, quote: string, kind: SecretName): Span | null {
  const mark = quote.at(-1)
  const depth = quote.length - 1
  let to = from
  for (let slashes = 0; to < text.length && text[to] !== '\n'; to++) {
    if (text[to] === mark && (slashes === depth || (depth === 0 && slashes % 2 === 0))) break
    slashes = text[to] === '\\' ? slashes + 1 : 0
  }
  const end = text[to] === mark ? to - depth : to
  if (kind === 'header') return headerValue(text, from, end)
  const value = text.slice(from, Math.min(end, from + 512))
  if (isHarmless(value)) return null
  if (kind === 'address' && !(value.length >= 12 && looksRandom(value))) return null
  return [from, end]
}

/** An Authorization header: its scheme stays. */
function headerValue(text: string, from: number, to: number): Span | null {
  const head = text.slice(from, Math.min(to, from + 256))
  const fields = FIELD_SCHEMES.exec(head)
  if (fields) return spanOf(text, from + fields[0].length, Math.min(to, lineEnd(text, from)))
  const scheme = WORD_SCHEMES.exec(head)
  if (scheme) {
    const rest = /^[^\n\r"'`\\]*/.exec(head.slice(scheme[0].length))?.[0] ?? ''
    return PROSE.test(rest) ? null : wordSpan(text, from + scheme[0].length, to, (word) => !isHarmless(word))
  }
  // A scheme that nobody knows, and what follows it
  const other = /^[\w-]{1,40}[ \t]+/.exec(head)
  return (
    wordSpan(text, from, to, looksRandom) ??
    (other ? wordSpan(text, from + other[0].length, to, looksRandom) : null)
  )
}

/** A word that is a secret; only such a one is read to its end. */
function wordSpan(text: string, from: number, to: number, isOne: (word: string) => boolean): Span | null {
  const head = Math.min(to, runEnd(text, from, from + 512))
  if (!isOne(text.slice(from, head))) return null
  return spanOf(text, from, head < from + 512 ? head : Math.min(to, runEnd(text, from, to)))
}

function spanOf(text: string, from: number, to: number): Span | null {
  return from >= to || /^\*{3}/.test(text.slice(from, from + 3)) ? null : [from, to]
}

/** Where a header in a line ends: at the end of the line, or at the quote that the whole header stands in. */
function lineEnd(text: string, from: number): number {
  let to = from
  while (to < text.length && text[to] !== '\n' && text[to] !== '\r') {
    if (QUOTE.test(text[to] ?? '')) {
      if (text[to - 1] !== '=') break
      const closed = text.indexOf(text[to] ?? '', to + 1)
      if (closed < 0 || closed > to + 4096) break
      to = closed
    }
    to++
  }
  while (to > from && text[to - 1] === '\\') to--
  return to
}

const RUN = /[^\s"'`\\]*/y

/** Where a word ends, at most at `limit`. */
function runEnd(text: string, from: number, limit: number): number {
  if (limit - from <= 512) {
    const head = text.slice(from, limit)
    RUN.lastIndex = 0
    return from + (RUN.exec(head)?.[0].length ?? 0)
  }
  RUN.lastIndex = from
  return Math.min(limit, from + (RUN.exec(text)?.[0].length ?? 0))
}

/** A word without the fields that follow in it, and without the bracket that it stands in. */
function cutFields(text: string, from: number, to: number): number {
  let end = to
  for (let at = from + 1; at < to; at++) {
    if (!',;&'.includes(text[at] ?? '')) continue
    NEXT_FIELD.lastIndex = at
    if (NEXT_FIELD.test(text)) {
      end = at
      break
    }
  }
  while (end > from + 1 && ')}],;'.includes(text[end - 1] ?? '')) end--
  return end
}
