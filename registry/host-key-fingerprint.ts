import { createHash } from 'node:crypto'
import type { PinnedHostKey } from './schema.ts'

/** Whether a pinned fingerprint is that of its key; only a file that was edited by hand has another. */
export function isOwnFingerprint({ key, fingerprint }: Pick<PinnedHostKey, 'key' | 'fingerprint'>): boolean {
  const digest = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64')
  return fingerprint === `SHA256:${digest.replace(/=+$/, '')}`
}
