import { createHmac, randomBytes } from 'node:crypto'
import { redact } from '../base/redact.ts'
import { isHarmless, secretName } from '../base/secret-names.ts'
import { REDACTED } from './methods/config.ts'

/** One setting of a configuration. */
export interface Setting {
  /** For example `models.providers.anthropic.models[sonnet].contextTokens`. Untrusted. */
  path: string
  /** What is compared: the value, or of a secret a digest that nobody else can make. */
  compares: string
  /** The value as JSON; null for a secret, which is never shown. Untrusted. */
  shown: string | null
}

/** A configuration with more is not compared further; real ones have a few hundred. */
const MOST_SETTINGS = 5_000
const LONGEST_PATH = 200
const LONGEST_SHOWN = 120
/** Made anew with each process: digests of secrets mean nothing to anyone else. */
const KEY = randomBytes(32)

/**
 * The settings of a configuration, each once by its path. What names a place below the login's home is written with `~`.
 * @param home of the login user, absolute
 */
export function settingsOf(config: unknown, home: string): Setting[] {
  const found: Setting[] = []
  walk(config, '', '', home, found)
  return found
}

function walk(value: unknown, path: string, key: string, home: string, found: Setting[]): void {
  if (found.length >= MOST_SETTINGS || path.length > LONGEST_PATH) return
  if (Array.isArray(value) && value.length > 0 && value.every(hasId)) {
    for (const item of value) walk({ ...item, id: undefined }, `${path}[${item.id}]`, key, home, found)
    return
  }
  if (isObject(value)) {
    for (const [name, inner] of Object.entries(value))
      if (inner !== undefined) walk(inner, path === '' ? name : `${path}.${name}`, name, home, found)
    return
  }
  found.push(settingOf(value, path, key, home))
}

function settingOf(value: unknown, path: string, key: string, home: string): Setting {
  const plain = typeof value === 'string' ? withTilde(value, home) : value
  const text = JSON.stringify(plain) ?? 'null'
  if (isSecret(plain, text, path, key)) {
    return { path, compares: createHmac('sha256', KEY).update(text).digest('base64'), shown: null }
  }
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
  return { path, compares: text, shown }
}

/** What may be one counts as one: a variable of the environment holds a key more often than not. */
function isSecret(value: unknown, text: string, path: string, key: string): boolean {
  if (path.startsWith('env.') || text.includes(REDACTED)) return true
  if (redact(text).text !== text) return true
  return typeof value === 'string' && secretName(key) !== null && !isHarmless(value)
}

function withTilde(value: string, home: string): string {
  return value === home || value.startsWith(`${home}/`) ? `~${value.slice(home.length)}` : value
}

function hasId(item: unknown): item is Record<string, unknown> & { id: string } {
  return isObject(item) && typeof item.id === 'string'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
