import { createHmac, timingSafeEqual } from 'node:crypto'
import type { OfferedHostKey } from './host-keys.ts'
import { describeHostKey, keyTypeOf } from './host-keys.ts'

/** What a known_hosts file says about one address. */
export interface KnownKeys {
  keys: readonly OfferedHostKey[]
  /** Keys that must never be accepted; they are not among `keys`. */
  revoked: readonly OfferedHostKey[]
  /** Certificate authorities for the address. ssh2 cannot check host certificates, so they vouch for nothing here. */
  authorities: readonly OfferedHostKey[]
}

/** A parsed known_hosts file. */
export interface KnownHosts {
  /** The keys for an address, as `ssh-keygen -F` finds them: port 22 by its bare name, others as `[host]:port`. */
  lookup(host: string, port: number): KnownKeys
  /** Lines that are neither blank, nor a comment, nor an entry; counted from 1. */
  readonly unreadable: readonly number[]
}

interface Entry {
  marker: 'none' | 'revoked' | 'authority'
  matches(name: string): boolean
  key: OfferedHostKey
}

/**
 * Reads the format of OpenSSH's known_hosts: plain and hashed names, `[host]:port`, the wildcards `*` and `?`,
 * negation with `!`, the markers `@revoked` and `@cert-authority`. Never throws; the file is never written.
 */
export function parseKnownHosts(text: string): KnownHosts {
  const entries: Entry[] = []
  const unreadable: number[] = []
  text.split(/\r?\n/).forEach((line, index) => {
    const content = line.trim()
    if (content === '' || content.startsWith('#')) return
    const entry = parseLine(content)
    if (entry === null) unreadable.push(index + 1)
    else entries.push(entry)
  })
  return {
    unreadable,
    lookup(host, port) {
      const name = nameOf(host, port)
      const found = entries.filter((entry) => entry.matches(name))
      const revoked = keysOf(found, 'revoked')
      const isRevoked = (key: OfferedHostKey) => revoked.some((bad) => bad.key === key.key)
      return {
        revoked,
        authorities: keysOf(found, 'authority'),
        keys: keysOf(found, 'none').filter((key) => !isRevoked(key)),
      }
    },
  }
}

/** How known_hosts names an address. */
function nameOf(host: string, port: number): string {
  const lower = host.toLowerCase()
  return port === 22 ? lower : `[${lower}]:${port}`
}

function keysOf(entries: readonly Entry[], marker: Entry['marker']): OfferedHostKey[] {
  const keys = new Map<string, OfferedHostKey>()
  for (const entry of entries) if (entry.marker === marker) keys.set(entry.key.key, entry.key)
  return [...keys.values()]
}

function parseLine(line: string): Entry | null {
  const fields = line.split(/[ \t]+/)
  const marker = markerOf(fields[0])
  if (marker === null) return null
  if (marker !== 'none') fields.shift()
  const [names, type, base64] = fields
  if (names === undefined || type === undefined || base64 === undefined) return null
  const blob = Buffer.from(base64, 'base64')
  // Buffer.from skips what is not base64; the round trip does not
  if (blob.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '')) return null
  if (keyTypeOf(blob) !== type) return null
  const matches = names.startsWith('|') ? hashedMatcher(names) : patternMatcher(names)
  return matches === null ? null : { marker, matches, key: describeHostKey(blob) }
}

function markerOf(field: string | undefined): Entry['marker'] | null {
  if (field === undefined || !field.startsWith('@')) return 'none'
  if (field === '@revoked') return 'revoked'
  return field === '@cert-authority' ? 'authority' : null
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, keyed with the salt. */
function hashedMatcher(field: string): ((name: string) => boolean) | null {
  const [, version, salt64, hash64, ...rest] = field.split('|')
  if (version !== '1' || salt64 === undefined || hash64 === undefined || rest.length > 0) return null
  const salt = Buffer.from(salt64, 'base64')
  const hash = Buffer.from(hash64, 'base64')
  if (salt.length !== 20 || hash.length !== 20) return null
  return (name) => timingSafeEqual(createHmac('sha1', salt).update(name).digest(), hash)
}

/** Comma-separated patterns: one must match and no negated one may. */
function patternMatcher(field: string): (name: string) => boolean {
  const patterns = field
    .toLowerCase()
    .split(',')
    .filter((pattern) => pattern !== '')
    .map((pattern) =>
      pattern.startsWith('!')
        ? { negated: true, matches: wildcard(pattern.slice(1)) }
        : { negated: false, matches: wildcard(pattern) },
    )
  return (name) => {
    const hits = patterns.filter((pattern) => pattern.matches(name))
    return hits.length > 0 && hits.every((pattern) => !pattern.negated)
  }
}

/** Matches `*` and `?` without backtracking into exponential time, whatever the pattern. */
function wildcard(pattern: string): (name: string) => boolean {
  return (name) => {
    let at = 0
    let inPattern = 0
    let star = -1
    let resume = 0
    while (at < name.length) {
      const wanted = pattern[inPattern]
      if (wanted === '*') {
        star = inPattern++
        resume = at
      } else if (wanted === '?' || wanted === name[at]) {
        at++
        inPattern++
      } else if (star >= 0) {
        inPattern = star + 1
        at = ++resume
      } else {
        return false
      }
    }
    while (pattern[inPattern] === '*') inPattern++
    return inPattern === pattern.length
  }
}
