import { posix } from 'node:path'
import JSON5 from 'json5'
import { DEEPEST, isTooDeep } from './untrusted-json.ts'

/** OpenClaw's own limit on includes inside includes. */
const DEEPEST_INCLUDE = 10

/** A configuration as OpenClaw would see it, or what is still needed to say so. */
export type ConfigDocument =
  | { kind: 'complete'; value: unknown }
  /** Absolute paths of included files that were not given yet. */
  | { kind: 'needs'; files: string[] }
  | { kind: 'invalid' }

class Needed extends Error {}

/**
 * Puts a configuration together from its files: `$include` names one file that takes the object's place or several that
 * are merged in order, and the keys beside it win. An include that leads out of the configuration's folder is refused, as
 * OpenClaw refuses it. Source: "Config includes" in OpenClaw's gateway documentation, 2026.9.6.
 * @param files text by absolute path; null for a file that could not be read
 */
export function composeConfig(root: string, files: ReadonlyMap<string, string | null>): ConfigDocument {
  const missing = new Set<string>()
  const folder = posix.dirname(root)

  const load = (path: string, depth: number): unknown => {
    if (depth > DEEPEST_INCLUDE || !path.startsWith(`${folder}/`))
      throw new TypeError('include out of bounds')
    const text = files.get(path)
    if (text === undefined) {
      missing.add(path)
      throw new Needed()
    }
    if (text === null) throw new TypeError('include cannot be read')
    return resolve(parseConfigText(text), path, depth)
  }

  const resolve = (value: unknown, path: string, depth: number): unknown => {
    if (Array.isArray(value)) return value.map((item) => resolve(item, path, depth))
    if (!isObject(value)) return value
    const { $include: include, ...own } = value
    const beside = Object.fromEntries(
      Object.entries(own).map(([key, item]) => [key, attempt(() => resolve(item, path, depth))]),
    )
    if (include === undefined) return beside
    const names = Array.isArray(include) ? include : [include]
    const parts = names.map((name) => {
      if (typeof name !== 'string') throw new TypeError('include is no path')
      const target = posix.resolve(posix.dirname(path), name)
      return attempt(() => load(target, depth + 1))
    })
    return [...parts, ...(Object.keys(beside).length === 0 ? [] : [beside])].reduce(merge)
  }

  /** Goes on past a missing file, so that all that are missing are known at once. */
  const attempt = (work: () => unknown): unknown => {
    try {
      return work()
    } catch (error) {
      if (error instanceof Needed) return undefined
      throw error
    }
  }

  try {
    const value = attempt(() => load(root, 0))
    return missing.size > 0 ? { kind: 'needs', files: [...missing] } : { kind: 'complete', value }
  } catch {
    return { kind: 'invalid' }
  }
}

/**
 * Reads one file of a configuration. OpenClaw writes plain JSON, which the built-in parser reads a hundred times faster;
 * people write JSON5. @throws SyntaxError
 */
export function parseConfigText(text: string): unknown {
  if (isTooDeep(Buffer.from(text), DEEPEST)) throw new SyntaxError('nested too deep')
  try {
    return JSON.parse(text)
  } catch {
    // JSON5 warns of these two on standard error, which is not for a node to write to; a setting never holds them.
    return JSON5.parse(text.replace(/[\u2028\u2029]/g, ' '))
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Objects are merged key by key; anything else is replaced. */
function merge(under: unknown, over: unknown): unknown {
  if (!isObject(under) || !isObject(over)) return over
  const keys = new Set([...Object.keys(under), ...Object.keys(over)])
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      key in over ? (key in under ? merge(under[key], over[key]) : over[key]) : under[key],
    ]),
  )
}
