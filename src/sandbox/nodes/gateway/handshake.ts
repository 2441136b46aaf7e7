import { createHash, createPublicKey, timingSafeEqual, verify } from 'node:crypto'
import type { OpenClawVersion } from '../control.ts'
import { at } from '../openclaw/config-file.ts'
import type { PairedDevice } from '../openclaw/state.ts'
import type { Json } from '../recorded.ts'
import { isSince } from '../releases.ts'

const CLIENT_IDS = new Set([
  'webchat-ui',
  'openclaw-control-ui',
  'openclaw-tui',
  'webchat',
  'cli',
  'gateway-client',
  'openclaw-macos',
  'openclaw-ios',
  'openclaw-android',
  'node-host',
  'test',
  'fingerprint',
  'openclaw-probe',
])
const MODES = new Set(['webchat', 'cli', 'ui', 'backend', 'node', 'probe', 'test'])
/** A device signature is good for this long around the server's time. */
const SIGNATURE_LIFETIME_MS = 10 * 60_000
/** DER prefix that turns 32 raw bytes into an Ed25519 public key. */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/** An error as the gateway puts it into a response frame. */
export interface WireError {
  code: string
  message: string
  details?: Json
  retryable?: boolean
  retryAfterMs?: number
}

export interface Greeting {
  version: OpenClawVersion
  token: string
  nonce: string
  now: number
  origin: string | undefined
  paired: (deviceId: string) => PairedDevice | undefined
}

export type Decision =
  | { ok: true; scopes: string[]; clientId: string; mode: string; deviceId: string | null }
  | { ok: false; error: WireError; closeCode: number }

/** The protocol version that a release speaks. */
export function protocolOf(version: OpenClawVersion): 3 | 4 {
  return isSince(version, '2026.5.12') ? 4 : 3
}

function refuse(code: string, message: string, details?: Json, closeCode = 1008): Decision {
  return { ok: false, error: { code, message, ...(details ? { details } : {}) }, closeCode }
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/**
 * What the gateway answers to `connect`. The rules are those measured on both releases: the new one trusts the shared
 * token on loopback, the old one grants scopes only to a device that signed the challenge.
 */
export function decideConnect(params: Json, greeting: Greeting): Decision {
  const { version } = greeting
  const isNew = protocolOf(version) === 4
  const shape = refuseShape(params, greeting)
  if (shape) return shape
  const token = text(at(params, 'auth', 'token'))
  if (token === '' && params.device === undefined) {
    const details = isNew ? { code: 'DEVICE_IDENTITY_REQUIRED' } : undefined
    return refuse('NOT_PAIRED', 'device identity required', details)
  }
  const problem = params.device === undefined ? null : deviceProblem(params, token, greeting)
  if (problem) return refuse('INVALID_REQUEST', problem, isNew ? { code: 'DEVICE_AUTH_INVALID' } : undefined)
  return decideScopes(params, token, greeting)
}

/** A device token gives what was approved; the shared token gives what was asked for, or nothing. */
function decideScopes(params: Json, token: string, greeting: Greeting): Decision {
  const isNew = protocolOf(greeting.version) === 4
  const requested = Array.isArray(params.scopes) ? params.scopes.map(String) : []
  const [clientId, mode] = [text(at(params, 'client', 'id')), text(at(params, 'client', 'mode'))]
  const deviceId = params.device === undefined ? null : text(at(params, 'device', 'id'))
  const known = deviceId === null ? undefined : greeting.paired(deviceId)
  if (known && same(token, known.token)) {
    if (requested.every((scope) => known.scopes.includes(scope))) {
      return { ok: true, scopes: requested, clientId, mode, deviceId }
    }
    const message = isNew ? 'device token scope mismatch' : 'unauthorized: device token mismatch'
    return refuse('INVALID_REQUEST', message, isNew ? { code: 'AUTH_SCOPE_MISMATCH' } : undefined)
  }
  if (!same(token, greeting.token)) return tokenRefusal(token, isNew)
  const trusted = deviceId !== null || (isNew && mode !== 'ui')
  return { ok: true, scopes: trusted ? requested : [], clientId, mode, deviceId }
}

function refuseShape(params: Json, { version, origin }: Greeting): Decision | null {
  const protocol = protocolOf(version)
  const { minProtocol, maxProtocol } = params
  if (typeof minProtocol !== 'number' || typeof maxProtocol !== 'number') {
    return refuse('INVALID_REQUEST', "invalid connect params: must have required property 'minProtocol'")
  }
  for (const [field, allowed] of [['id', CLIENT_IDS] as const, ['mode', MODES] as const]) {
    if (allowed.has(text(at(params, 'client', field)))) continue
    const where = `invalid connect params: at /client/${field}: must be equal to one of the allowed values`
    return refuse('INVALID_REQUEST', where)
  }
  if (minProtocol > protocol || maxProtocol < protocol) {
    return refuse('INVALID_REQUEST', 'protocol mismatch', { expectedProtocol: protocol }, 1002)
  }
  if (origin !== undefined) {
    const message = 'origin not allowed (open the Control UI from the gateway host)'
    return refuse('INVALID_REQUEST', message, { code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED' })
  }
  return null
}

function tokenRefusal(token: string, isNew: boolean): Decision {
  const missing = token === ''
  const why = missing ? 'token missing' : 'token mismatch'
  const message = `unauthorized: gateway ${why} (provide gateway auth token)`
  if (!isNew) return refuse('INVALID_REQUEST', message)
  return refuse('INVALID_REQUEST', message, {
    code: missing ? 'AUTH_TOKEN_MISSING' : 'AUTH_TOKEN_MISMATCH',
    authReason: missing ? 'token_missing' : 'token_mismatch',
    canRetryWithDeviceToken: false,
    recommendedNextStep: missing ? 'update_auth_configuration' : 'update_auth_credentials',
  })
}

/** Why a device's proof is not believed, or null. */
function deviceProblem(params: Json, token: string, { nonce, now }: Greeting): string | null {
  const { device } = params
  const id = text(at(device, 'id'))
  const raw = Buffer.from(text(at(device, 'publicKey')), 'base64url')
  if (raw.length !== 32) return 'device public key invalid'
  if (createHash('sha256').update(raw).digest('hex') !== id) return 'device identity mismatch'
  const signedAt = at(device, 'signedAt')
  if (typeof signedAt !== 'number' || Math.abs(now - signedAt) > SIGNATURE_LIFETIME_MS) {
    return 'device signature expired'
  }
  if (at(device, 'nonce') !== nonce) return 'device nonce mismatch'
  const key = createPublicKey({ key: Buffer.concat([ED25519_SPKI, raw]), format: 'der', type: 'spki' })
  const scopes = Array.isArray(params.scopes) ? params.scopes.join(',') : ''
  const client = [text(at(params, 'client', 'id')), text(at(params, 'client', 'mode'))]
  const signed = ['v2', id, ...client, text(params.role), scopes, signedAt, token, nonce].join('|')
  const signature = Buffer.from(text(at(device, 'signature')), 'base64url')
  return verify(null, Buffer.from(signed), key, signature) ? null : 'device signature invalid'
}
