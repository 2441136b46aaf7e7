import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import JSON5 from 'json5'
import type { Json } from '../recorded.ts'

const REDACTED = '__OPENCLAW_REDACTED__'
const SECRET_KEYS = new Set(['token', 'apiKey', 'password', 'secret', 'botToken'])

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path of keys, or undefined. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let here = value
  for (const key of path) {
    if (Array.isArray(here) && typeof key === 'number') here = here[key]
    else if (isObject(here)) here = here[key]
    else return undefined
  }
  return here
}

/** JSON merge patch: null removes, objects merge, everything else replaces. Arrays of `{id}` merge by id, as OpenClaw does. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (Array.isArray(target) && Array.isArray(patch) && [...target, ...patch].every(hasId)) {
    return mergeById(target, patch)
  }
  if (!isObject(patch)) return patch
  const merged: Json = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}

function hasId(value: unknown): boolean {
  return isObject(value) && typeof value.id === 'string'
}

function mergeById(target: unknown[], patch: unknown[]): unknown[] {
  const merged = [...target]
  for (const change of patch) {
    const index = merged.findIndex((entry) => at(entry, 'id') === at(change, 'id'))
    if (index === -1) merged.push(change)
    else merged[index] = mergePatch(merged[index], change)
  }
  return merged
}

/** Dotted paths of the leaves and whole objects that `patch` touches. */
export function touchedPaths(patch: unknown, prefix = ''): string[] {
  if (!isObject(patch) || Object.keys(patch).length === 0) return [prefix]
  return Object.entries(patch).flatMap(([key, value]) =>
    touchedPaths(value, prefix ? `${prefix}.${key}` : key),
  )
}

/** A copy without secrets, as config.get shows it. */
export function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redacted)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      SECRET_KEYS.has(key) && typeof entry === 'string' ? REDACTED : redacted(entry),
    ]),
  )
}

/** `openclaw.json` of one node: JSON5, mode 0600, with the backup that OpenClaw keeps. */
export class ConfigFile {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** @throws SyntaxError when it is not JSON5, Error when it is missing */
  read(): Json {
    const parsed: unknown = JSON5.parse(this.raw())
    if (!isObject(parsed)) throw new SyntaxError('the configuration is not an object')
    return parsed
  }

  raw(): string {
    return readFileSync(this.path, 'utf8')
  }

  exists(): boolean {
    return existsSync(this.path)
  }

  /** Why the gateway would refuse to start with this file, or null. */
  problem(): string | null {
    if (!this.exists()) {
      return 'Missing config. Run openclaw setup or set gateway.mode=local (or pass --allow-unconfigured).'
    }
    try {
      const config = this.read()
      if (at(config, 'gateway', 'mode') !== 'local') return 'Gateway start blocked: set gateway.mode=local'
      const port = at(config, 'gateway', 'port')
      if (typeof port !== 'number') return 'Invalid config: gateway.port: expected number'
      return null
    } catch (error) {
      return `Invalid config: ${error instanceof Error ? error.message : String(error)}`
    }
  }

  write(config: Json): void {
    if (this.exists()) copyFileSync(this.path, `${this.path}.bak`)
    const next = `${this.path}.next`
    writeFileSync(next, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 })
    renameSync(next, this.path)
  }

  /** The base hash that a patch must name; new releases prefix it. */
  hash(prefix: string): string {
    const digest = createHash('sha256').update(this.exists() ? this.raw() : '')
    return prefix === '' ? digest.digest('hex') : prefix + digest.digest('base64url')
  }
}
