import { OperatorError } from '../base/errors.ts'
import { REASON_CODES, type Reason } from '../base/reading.ts'

/**
 * The reason that stands for a failed call in a reading. A refused connection attempt that was not even made
 * (`backing-off`) shows why the last one failed: that is what an operator must mend.
 */
export function reasonOfError(error: unknown): Reason {
  if (!(error instanceof OperatorError)) return { code: 'parse-failed' }
  const { params, code } = error
  const detail = error.detail === undefined ? {} : { detail: error.detail }
  if (code === 'gateway-refused') return refusal(params.code, detail)
  if (code === 'remote-command-failed' && params.reason === undefined)
    return { code: 'command-failed', params: { exitCode: params.exitCode ?? '?' }, ...detail }
  const last = codeOf(params.last)
  const known = (params.reason === 'backing-off' ? last : null) ?? codeOf(params.reason) ?? codeOf(code)
  if (known === null) return { code: 'gateway-error', params: { code } }
  const until = known === 'backing-off' ? params.retryInMs : undefined
  const ms = params.ms ?? (typeof params.seconds === 'number' ? params.seconds * 1000 : until)
  const told = { ...(ms === undefined ? {} : { ms }), ...wayThere(params), ...refusedLogin(params) }
  return { code: known, ...(Object.keys(told).length === 0 ? {} : { params: told }), ...detail }
}

/** What the reasons of a jump host name. */
function wayThere({ jump, host, port, last }: OperatorError['params']): Record<string, string | number> {
  if (jump === undefined) return {}
  return given({ jump, host, port, last })
}

/** What a refused login says of the second factor, or of a certificate. */
function refusedLogin({ methods, from, until, principals }: OperatorError['params']) {
  return given({ methods, from, until, principals })
}

function given(values: Record<string, string | number | undefined>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function refusal(code: string | number | undefined, detail: { detail?: string }): Reason {
  if (code === 'MISSING_SCOPE' || detail.detail?.startsWith('missing scope'))
    return { code: 'permission-denied' }
  if (detail.detail?.startsWith('unknown method')) return { code: 'not-supported' }
  return { code: 'gateway-error', params: { code: code ?? '?' }, ...detail }
}

function codeOf(value: unknown): Reason['code'] | null {
  return REASON_CODES.find((code) => code === value) ?? null
}

/** Failures of a node that was logged into, and our own. */
const REACHED: ReadonlySet<string> = new Set([
  'output-limit',
  'cancelled',
  'internal',
  'remote-command-failed',
])

/** Whether a failed call never got beyond the way to the node, or nobody knows whether it did. */
export function isWayFailure(error: unknown): error is OperatorError {
  return error instanceof OperatorError && !REACHED.has(error.code)
}

/** Whether a failed call means that nothing was heard of the node, rather than that it was slow. */
export function isUnreached(error: unknown): error is OperatorError {
  return isWayFailure(error) && !isSlow(error)
}

/** Whether a call failed because the node, which was heard meanwhile, took too long. */
export function isSlow(error: unknown): boolean {
  if (!(error instanceof OperatorError)) return false
  const { reason, last, heard } = error.params
  // Of a jump host that is slow, `last` says nothing about the node behind it.
  const why = reason === 'backing-off' ? last : reason
  return why === 'node-slow' || (error.code === 'deadline' && heard !== undefined)
}
