import { redact } from '../src/base/redact.ts'

/** An object of a file that nobody has checked. */
export type UnknownRecord = Record<string, unknown>

const SECRET_NAME =
  /token|password|passwd|passphrase|secret|api[_-]?key|private[_-]?key|credential|authorization/i

/** The fields of an entry stand at root, list, entry. */
const ENTRY_DEPTH = 2

const KNOWN_FIELDS = new Set([
  'id',
  'name',
  'host',
  'sshPort',
  'sshUser',
  'ocPath',
  'jump',
  'gatewayPort',
  'port',
  'agents',
  'status',
  'retiredAt',
  'errors',
])

/** A text, or a number written as one. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined
}

/** A port as a number or as digits; null for anything else. */
export function portOf(value: unknown): number | null {
  const text = textOf(value)?.trim() ?? ''
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : null
}

/** One line for people: no control or formatting characters, no secrets, at most `length` characters. */
export function cleanLine(text: string, length: number): string {
  const line = redact(text)
    .text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return [...line]
    .slice(0, length)
    .join('')
    .slice(0, length)
    .trim()
    .replace(/[\uD800-\uDBFF]$/, '')
}

/** An id that fits, as close to the given one as possible: other characters become "-". */
export function fittingId(text: string): string {
  const id = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9_-]+/gi, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 63)
    .replace(/-+$/, '')
  return id === '' ? 'node' : id
}

/** A value from the file as short text for a note. */
export function noteText(value: unknown): string {
  return cleanLine(textOf(value) ?? typeof value, 80)
}

/** How many secrets a file holds, at any depth, and the names of entry fields that are not taken over. */
export function secretsIn(root: UnknownRecord): { secrets: number; unknown: string[] } {
  let secrets = 0
  const unknown = new Set<string>()
  const visitField = (name: string, value: unknown, depth: number) => {
    const secret = SECRET_NAME.test(name)
    if (secret && hasContent(value)) {
      secrets++
      return
    }
    if (depth === ENTRY_DEPTH && !secret && !KNOWN_FIELDS.has(name)) unknown.add(cleanLine(name, 64))
    visit(value, depth + 1)
  }
  const visit = (value: unknown, depth: number) => {
    if (typeof value === 'string') secrets += redact(value).count
    else if (Array.isArray(value)) for (const item of value) visit(item, depth + 1)
    else if (typeof value === 'object' && value !== null)
      for (const [name, part] of Object.entries(value)) visitField(name, part, depth)
  }
  visit(root, 0)
  return { secrets, unknown: [...unknown].sort() }
}

function hasContent(value: unknown): boolean {
  return value !== null && value !== '' && value !== false
}
