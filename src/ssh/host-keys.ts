import { createHash, timingSafeEqual } from 'node:crypto'
import type { ServerHostKeyAlgorithm } from 'ssh2'

import { OperatorError } from '../base/errors.ts'
import type { HostKey } from './ssh.ts'

/** What an unknown host offered. */
export interface OfferedHostKey {
  type: string
  key: string
  fingerprint: string
}

/** What we accept to see from a host we know nothing about, best first; ssh-rsa only with SHA-2 signatures. */
const ALL_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
]

/** `SHA256:` and the unpadded base64 digest, as `ssh-keygen -l` prints it. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** The key type that a public key blob names, or null when it names none. */
export function keyTypeOf(blob: Buffer): string | null {
  if (blob.length < 4) return null
  const length = blob.readUInt32BE(0)
  if (length === 0 || length > 64 || blob.length < 4 + length) return null
  const type = blob.toString('latin1', 4, 4 + length)
  return /^[\x21-\x7e]+$/.test(type) ? type : null
}

/** A public key blob as people and the registry see it. */
export function describeHostKey(blob: Buffer): OfferedHostKey {
  return {
    type: keyTypeOf(blob) ?? 'unknown',
    key: blob.toString('base64'),
    fingerprint: fingerprintOf(blob),
  }
}

/**
 * The host key algorithms to ask for. A server shows only one key, the first that the client asked for: a host that we
 * know by its RSA key must not be asked for its Ed25519 key, or the right host looks like an impostor. Without a
 * pinned key everything is asked for, so that the offered key can be shown to an admin.
 */
export function algorithmsFor(pinned: readonly HostKey[]): ServerHostKeyAlgorithm[] {
  if (pinned.length === 0) return [...ALL_ALGORITHMS]
  const types = new Set(pinned.map((key) => key.type))
  return ALL_ALGORITHMS.filter((algorithm) => types.has(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm))
}

/** Decides about the key that a server shows during one connection attempt. */
export interface HostKeyCheck {
  /** Synchronous on purpose: ssh2 takes anything but `false` for a yes, a promise too. */
  verify(blob: Buffer): boolean
  /** The key that was refused. */
  refused(): OfferedHostKey | null
}

/** A check against the pinned keys; with none pinned it refuses every key and remembers it. */
export function createHostKeyCheck(pinned: readonly HostKey[]): HostKeyCheck {
  const known = pinned.map((key) => Buffer.from(key.key, 'base64'))
  let refused: OfferedHostKey | null = null
  return {
    verify(blob) {
      const trusted = known.some((key) => key.length === blob.length && timingSafeEqual(key, blob))
      if (!trusted) refused = describeHostKey(blob)
      return trusted
    },
    refused: () => refused,
  }
}

/** The error for a key that was refused: unknown when nothing was pinned, changed otherwise. */
export function hostKeyError(
  node: string,
  pinned: readonly HostKey[],
  offered: OfferedHostKey,
): OperatorError {
  if (pinned.length === 0) {
    return new OperatorError('host-key-unknown', {
      node,
      type: offered.type,
      fingerprint: offered.fingerprint,
    })
  }
  const same = pinned.find((key) => key.type === offered.type) ?? pinned[0]
  const expected = same === undefined ? '' : fingerprintOf(Buffer.from(same.key, 'base64'))
  return new OperatorError('host-key-changed', { node, expected, offered: offered.fingerprint })
}
