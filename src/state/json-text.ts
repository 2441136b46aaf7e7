import type { ZodError } from 'zod'

/** What is wrong with a JSON document; closed, so that every face can word it. */
export const JSON_PROBLEMS = [
  'empty',
  'byte-order-mark',
  'not-utf8',
  'not-json',
  'trailing-comma',
  'cut-off',
  'duplicate-key',
  'too-deep',
  'missing',
  'wrong-type',
  'unknown-key',
  'out-of-range',
  'bad-format',
] as const

/** One of {@link JSON_PROBLEMS}. */
export type JsonProblem = (typeof JSON_PROBLEMS)[number]

/** Where and what: line and column count from 1, `where` is a path such as `nodes[3].sshPort`, empty at the top. */
export interface JsonFault {
  problem: JsonProblem
  line: number
  column: number
  where: string
}

/** A document that parses, with the place of every value in it. */
export interface JsonDocument {
  value: unknown
  /** The fault as it is found at a path of the document. */
  faultAt(path: readonly PropertyKey[], problem: JsonProblem): JsonFault
}

const MAX_DEPTH = 100

/**
 * Parses JSON strictly: also a key given twice is a fault, which JSON.parse would settle silently. Unlike JSON.parse
 * it always says where.
 */
export function parseJsonText(bytes: Uint8Array): { document: JsonDocument } | { fault: JsonFault } {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return { fault: badBytes(bytes) }
  }
  if (text.startsWith('\uFEFF'))
    return { fault: { problem: 'byte-order-mark', line: 1, column: 1, where: '' } }
  if (text.trim() === '') return { fault: { problem: 'empty', line: 1, column: 1, where: '' } }
  try {
    const value = asWritten(text) ?? new Scanner(text, null).document()
    const faultAt: JsonDocument['faultAt'] = (path, problem) => {
      const offsets = new Map<string, number>()
      new Scanner(text, offsets).document()
      return { problem, ...position(text, nearestOffset(offsets, path)), where: pathText(path) }
    }
    return { document: { value, faultAt } }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { fault: { problem: error.problem, ...position(text, error.offset), where: pathText(error.path) } }
  }
}

/**
 * The value of a text that is exactly what JSON makes of it: no key stands there twice then. A file that nobody edited
 * by hand is read a dozen times as fast that way; null for any other text.
 */
function asWritten(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return null
    const written = [JSON.stringify(value, null, 2), JSON.stringify(value)]
    return written.includes(text.replace(/\n$/, '')) ? value : null
  } catch {
    return null
  }
}

/** The first complaint of a schema as a fault with its place. */
export function schemaFault(document: JsonDocument, error: ZodError): JsonFault {
  const issue = error.issues[0]
  if (issue === undefined) return document.faultAt([], 'wrong-type')
  switch (issue.code) {
    case 'unrecognized_keys':
      return document.faultAt([...issue.path, ...issue.keys.slice(0, 1)], 'unknown-key')
    case 'invalid_type': {
      const fault = document.faultAt(issue.path, 'wrong-type')
      return issue.input === undefined && !hasValue(document.value, issue.path)
        ? { ...fault, problem: 'missing' }
        : fault
    }
    case 'too_big':
    case 'too_small':
      return document.faultAt(issue.path, 'out-of-range')
    default:
      return document.faultAt(issue.path, 'bad-format')
  }
}

function hasValue(root: unknown, path: readonly PropertyKey[]): boolean {
  let value = root
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return false
    value = Reflect.get(value, part)
  }
  return true
}

/** `nodes[3].sshPort`; keys that are no plain names are quoted. */
function pathText(path: readonly PropertyKey[]): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else if (/^[A-Za-z_]\w{0,63}$/.test(String(part))) text += text === '' ? String(part) : `.${String(part)}`
    else text += `[${JSON.stringify(String(part).slice(0, 64))}]`
  }
  return text
}

function keyOf(path: readonly PropertyKey[]): string {
  return JSON.stringify(path)
}

/** A missing value is looked for where its parent is. */
function nearestOffset(offsets: ReadonlyMap<string, number>, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const offset = offsets.get(keyOf(path.slice(0, length)))
    if (offset !== undefined) return offset
  }
  return 0
}

function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: offset - lineStart + 1 }
}

/** The place of the first byte that is no UTF-8, counted in bytes. */
function badBytes(bytes: Uint8Array): JsonFault {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let good = 0
  let step = bytes.length
  while (step > 0) {
    try {
      // A sequence cut by the end of the slice is incomplete, not wrong: stream mode waits for the rest.
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, good + step), { stream: true })
      good += step
      if (good >= bytes.length) break
    } catch {
      step = Math.floor(step / 2)
    }
  }
  const before = bytes.subarray(0, good)
  const text = decoder.decode(before, { stream: true })
  return { problem: 'not-utf8', ...position(text, text.length), where: '' }
}

class Fault extends Error {
  readonly problem: JsonProblem
  readonly offset: number
  readonly path: readonly PropertyKey[]

  constructor(problem: JsonProblem, offset: number, path: readonly PropertyKey[]) {
    super(problem)
    this.problem = problem
    this.offset = offset
    this.path = path
  }
}

/** A JSON reader (RFC 8259) that can note where each value starts. Strings and numbers are left to JSON.parse. */
class Scanner {
  readonly #text: string
  readonly #offsets: Map<string, number> | null
  readonly #path: PropertyKey[] = []
  #at = 0

  constructor(text: string, offsets: Map<string, number> | null) {
    this.#text = text
    this.#offsets = offsets
  }

  document(): unknown {
    const value = this.#value()
    this.#space()
    if (this.#at < this.#text.length) this.#fail('not-json')
    return value
  }

  #value(): unknown {
    this.#space()
    this.#offsets?.set(keyOf(this.#path), this.#at)
    if (this.#path.length > MAX_DEPTH) this.#fail('too-deep')
    const char = this.#text[this.#at]
    if (char === '{') return this.#object()
    if (char === '[') return this.#array()
    if (char === '"') return this.#string()
    return this.#scalar()
  }

  #object(): Record<string, unknown> {
    const entries: [string, unknown][] = []
    const keys = new Set<string>()
    this.#at++
    this.#space()
    if (this.#take('}')) return {}
    for (;;) {
      this.#space()
      const keyAt = this.#at
      if (this.#text[this.#at] !== '"') this.#fail('not-json')
      const key = this.#string()
      this.#path.push(key)
      if (keys.has(key)) this.#fail('duplicate-key', keyAt)
      keys.add(key)
      this.#space()
      if (!this.#take(':')) this.#fail('not-json')
      entries.push([key, this.#value()])
      this.#path.pop()
      if (this.#endsAfterItem('}')) return Object.fromEntries(entries)
    }
  }

  #array(): unknown[] {
    const items: unknown[] = []
    this.#at++
    this.#space()
    if (this.#take(']')) return items
    for (;;) {
      this.#path.push(items.length)
      items.push(this.#value())
      this.#path.pop()
      if (this.#endsAfterItem(']')) return items
    }
  }

  #endsAfterItem(close: string): boolean {
    this.#space()
    if (this.#take(close)) return true
    const commaAt = this.#at
    if (!this.#take(',')) this.#fail('not-json')
    this.#space()
    if (this.#text[this.#at] === close) this.#fail('trailing-comma', commaAt)
    return false
  }

  #string(): string {
    const token = this.#match(/"[^"\\]*(?:\\.[^"\\]*)*"/sy)
    return token === null ? this.#fail('cut-off') : String(this.#parse(token))
  }

  #scalar(): unknown {
    const token = this.#match(/-?\d[\d.eE+-]*|[A-Za-z]+/y)
    return token === null ? this.#fail('not-json') : this.#parse(token)
  }

  #parse(token: string): unknown {
    try {
      const value: unknown = JSON.parse(token)
      this.#at += token.length
      return value
    } catch {
      return this.#fail('not-json')
    }
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    return pattern.exec(this.#text)?.[0] ?? null
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false
    this.#at++
    return true
  }

  #space(): void {
    while (' \n\r\t'.includes(this.#text[this.#at] ?? '-')) this.#at++
  }

  /** A document that simply stops was cut off, whatever was expected next. */
  #fail(problem: JsonProblem, offset = this.#at): never {
    const stopped = problem === 'not-json' && offset >= this.#text.length
    throw new Fault(stopped ? 'cut-off' : problem, offset, this.#path)
  }
}
