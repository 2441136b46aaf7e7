import { parseEnv } from 'node:util'
import type { Environment } from './environment.ts'

/**
 * The text of a file of settings with some of them changed; every other line, known or not, stays as it is.
 * @returns null when the file would not say then what it is to say, as where a value of several lines looks like a setting
 */
export function withSettings(text: string, changes: Readonly<Record<string, string>>): string | null {
  const before = parseEnv(text)
  let changed = text
  for (const [name, value] of Object.entries(changes)) {
    if (before[name] === value) continue
    const written = quoted(name, value)
    if (written === null) return null
    changed = replaced(changed, name, written)
  }
  return same(parseEnv(changed), { ...before, ...changes }) ? changed : null
}

/** The last line of a name counts, as for `parseEnv`; a name without one gets a line at the end. */
function replaced(text: string, name: string, line: string): string {
  const lines = text.split('\n')
  const at = lines.findLastIndex((one) => new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`).test(one))
  if (at !== -1) return lines.with(at, line).join('\n')
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`
}

/** What means the same to every program that reads such files, systemd among them. */
const PLAIN = /^[\w@%+=:,./~-]*$/

/** A line that is read back as this value; null when no quotes can hold it. */
function quoted(name: string, value: string): string | null {
  const bare = PLAIN.test(value) ? [value] : []
  const forms = [...bare, `'${value}'`, `"${value}"`, `\`${value}\``].map((form) => `${name}=${form}`)
  return forms.find((form) => same(parseEnv(form), { [name]: value })) ?? null
}

function same(one: Environment, other: Environment): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].every((name) => one[name] === other[name])
}
