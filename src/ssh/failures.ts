import { OperatorError } from '../base/errors.ts'
import { reasonOfSocketError, unreachable } from './dial.ts'

/** How far a connection attempt had come when it failed. */
export type Stage = 'banner' | 'handshake' | 'login'

/** SSH disconnect reasons that mean a refused login: 2 is "too many authentication failures" on OpenSSH. */
const REFUSED_LOGIN_CODES: ReadonlySet<unknown> = new Set([2, 14])

/** ssh2's errors carry the layer that failed; a number as `code` is the server's disconnect reason. */
interface Ssh2Error {
  level?: string
  code?: string | number
  message: string
}

/**
 * Names the failure of an attempt in our own terms. ssh2 tells the same event in different words on different
 * paths, so stage and level decide before the text does.
 */
export function connectFailure(node: string, stage: Stage, cause: unknown): OperatorError {
  const error: Ssh2Error = cause instanceof Error ? (cause as Ssh2Error) : { message: String(cause) }
  const nothingInCommon = /no matching (key exchange|host key|[CS]->[CS] \w+)/i.exec(error.message)
  if (nothingInCommon) {
    return new OperatorError('kex-unsupported', { node, what: describeMismatch(error.message) }, { cause })
  }
  if (stage === 'login') {
    if (error.level === 'client-authentication' || REFUSED_LOGIN_CODES.has(error.code)) {
      return new OperatorError('auth-failed', { node }, { cause })
    }
    if (error.level === 'agent')
      return new OperatorError('key-unusable', { node, why: 'agent-refused' }, { cause })
  }
  const reset = error.level === 'client-socket'
  if (reset) {
    const reason = reasonOfSocketError(cause as Error)
    if (reason !== 'connection-dropped') return unreachable(node, reason, cause)
  }
  if (error.level === 'handshake') return unreachable(node, 'sshd-silent', cause)
  // what a server says before its banner ("Exceeded MaxStartups") is not the beginning of a handshake; it hangs up with
  // a reset when it has not read what we said meanwhile
  const hungUp = reset || /before handshake/.test(error.message)
  const reached = hungUp && stage !== 'login' ? 'banner' : stage
  return new OperatorError(
    'node-unreachable',
    { node, reason: 'connection-dropped', stage: reached },
    { cause },
  )
}

/**
 * Whether the server hung up before it said anything: too many logins at once (MaxStartups), a penalty for earlier
 * failures, or a firewall. They all look the same, and the first of them passes within moments.
 */
export function isEarlyDrop(error: OperatorError): boolean {
  return error.params.reason === 'connection-dropped' && error.params.stage === 'banner'
}

/** Whether the server has no host key of the types that were asked for. */
export function isHostKeyTypeMismatch(error: OperatorError): boolean {
  return error.code === 'kex-unsupported' && error.params.what === 'host key'
}

/** A refused login of which the server had already accepted a key. */
export function withSecondFactor(failure: OperatorError, wanted: readonly string[] | null): OperatorError {
  if (failure.code !== 'auth-failed' || wanted === null) return failure
  const params = { ...failure.params, ...(wanted.length === 0 ? {} : { methods: wanted.join(', ') }) }
  return new OperatorError('second-factor', params, { cause: failure })
}

/** The connection died under a running call. */
export function connectionLost(node: string, cause?: unknown): OperatorError {
  return new OperatorError('connection-lost', { node }, cause === undefined ? {} : { cause })
}

function describeMismatch(message: string): string {
  if (/key exchange/i.test(message)) return 'key exchange'
  if (/host key/i.test(message)) return 'host key'
  if (/cipher/i.test(message)) return 'cipher'
  return /mac/i.test(message) ? 'MAC' : 'compression'
}
