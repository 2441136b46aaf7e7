import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { OperatorError } from '../base/errors.ts'
import { createFileAtomic } from '../state/atomic-file.ts'

/** The bot as a gateway knows it: one Ed25519 key for all nodes. */
export interface DeviceIdentity {
  /** SHA-256 of the raw public key, hex. */
  id: string
  /** The raw public key, base64url. */
  publicKey: string
  privateKey: KeyObject
}

/** What a device signs at the handshake. */
export interface DeviceClaim {
  clientId: string
  clientMode: string
  role: string
  scopes: readonly string[]
  /** Epoch milliseconds; the stamp of the gateway's own challenge, so that clocks need not agree. */
  signedAt: number
  token: string | null
  nonce: string
}

/**
 * Reads the bot's device key (PKCS#8 PEM), or makes one with mode 0600 on first use. OpenClaw 2026.2 grants rights
 * only to a device that it knows, so losing the file means that every such node pairs the bot anew.
 * @throws OperatorError state-damaged {file, problem} when the file is there and is no such key, or cannot be made
 */
export async function loadDeviceIdentity(path: string): Promise<DeviceIdentity> {
  const existing = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw damaged(path, 'file-unreadable', error)
  })
  if (existing !== null) return parseIdentity(path, existing)
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const made = await createFileAtomic(path, pem).catch((error: unknown) => {
    throw damaged(path, 'not-writable', error)
  })
  // Another process was faster: its key counts.
  return made ? identityOf(privateKey) : parseIdentity(path, await readFile(path, 'utf8'))
}

function parseIdentity(path: string, pem: string): DeviceIdentity {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('not an Ed25519 key')
    return identityOf(key)
  } catch (error) {
    throw damaged(path, 'not-a-key', error)
  }
}

function damaged(path: string, problem: string, cause: unknown): OperatorError {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return new OperatorError('state-damaged', { file: name, problem }, { cause })
}

/** The identity that belongs to a private key. */
export function identityOf(privateKey: KeyObject): DeviceIdentity {
  // The last 32 bytes of the SPKI form are the raw key.
  const raw = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(-32)
  return {
    id: createHash('sha256').update(raw).digest('hex'),
    publicKey: raw.toString('base64url'),
    privateKey,
  }
}

/** The `device` part of a connect request: signature form v2, taken by 2026.2.17 and 2026.9.6 alike. */
export function signDevice(identity: DeviceIdentity, claim: DeviceClaim) {
  const { clientId, clientMode, role, scopes, signedAt, token, nonce } = claim
  const text = [
    'v2',
    identity.id,
    clientId,
    clientMode,
    role,
    scopes.join(','),
    signedAt,
    token ?? '',
    nonce,
  ].join('|')
  return {
    id: identity.id,
    publicKey: identity.publicKey,
    signature: sign(null, Buffer.from(text), identity.privateKey).toString('base64url'),
    signedAt,
    nonce,
  }
}
