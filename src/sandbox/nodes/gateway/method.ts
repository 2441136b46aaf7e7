import type { OpenClawVersion } from '../control.ts'
import type { OpenClawState } from '../openclaw/state.ts'
import { type Json, recordingsOf } from '../recorded.ts'
import { isSince } from '../releases.ts'
import type { WireError } from './handshake.ts'

/** A refusal that goes to the client as an error frame. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly wire: WireError

  constructor(message: string, details?: Json, code = 'INVALID_REQUEST') {
    super(message)
    this.wire = { code, message, ...(details ? { details } : {}) }
  }
}

/** What a restart asked for over RPC does to the process; the service manager provides it. */
export interface ProcessControl {
  pid(): number
  startedAt(): number
  /** Ends this process once it is idle; the service manager starts the next one. */
  restart(reason: string): void
}

/** One request, with everything a method may touch. */
export interface Call {
  params: Json
  openclaw: OpenClawState
  process: ProcessControl
  /** Marks the caller's connection as a listener of session events. */
  subscribe(): void
}

export interface Method {
  /** Parameter names; a `!` at the end marks a required one, an `@` the first release that knows it. */
  params: readonly string[]
  run(call: Call): unknown
}

export type MethodTable = Record<string, Method>

/** The value of a required string parameter. */
export function stringParam(call: Call, name: string): string {
  const value = call.params[name]
  if (typeof value !== 'string') throw new RpcError(`invalid params: at /${name}: must be string`)
  return value
}

/** @throws RpcError in the words of the gateway's own validation, the same in every release */
export function checkParams(name: string, method: Method, params: Json, version: OpenClawVersion): void {
  const known = new Set(
    method.params.flatMap((param) => {
      const [bare = '', first] = param.replace('!', '').split('@')
      return first === undefined || isSince(version, first as OpenClawVersion) ? [bare] : []
    }),
  )
  const problems = method.params
    .filter((param) => param.endsWith('!') && params[param.slice(0, -1)] === undefined)
    .map((param) => `must have required property '${param.slice(0, -1)}'`)
  for (const key of Object.keys(params)) {
    if (!known.has(key)) problems.push(`at root: unexpected property '${key}'`)
  }
  if (problems.length > 0) throw new RpcError(`invalid ${name} params: ${problems.join('; ')}`)
}

/** Scopes that the recorded table leaves out or that the running gateway asks for in addition. */
const SCOPES: Record<string, string> = {
  health: 'none',
  'sessions.delete': 'operator.admin',
  'sessions.compact': 'operator.admin',
  'sessions.reset': 'operator.admin',
  'gateway.suspend.prepare': 'operator.admin',
  'gateway.suspend.resume': 'operator.admin',
}

/** The scope that a method needs; both releases agree on the methods that they share. */
export function scopeOf(name: string): string {
  return SCOPES[name] ?? recordingsOf('2026.9.6').scopes[name] ?? 'operator.admin'
}

/** Whether granted scopes are enough: admin covers all operator scopes, write covers read. */
export function allows(granted: readonly string[], needed: string): boolean {
  if (granted.includes('operator.admin') || granted.includes(needed)) return true
  return needed === 'operator.read' && granted.includes('operator.write')
}

/** @throws RpcError when the granted scopes do not allow the method */
export function checkScope(name: string, granted: readonly string[], version: OpenClawVersion): void {
  const needed = scopeOf(name)
  const isNew = isSince(version, '2026.5.12')
  if ((isNew && needed === 'none') || allows(granted, needed === 'none' ? 'operator.read' : needed)) return
  const missing = needed === 'none' ? 'operator.read' : needed
  const message = `missing scope: ${missing}`
  if (!isNew) throw new RpcError(message)
  throw new RpcError(
    message,
    { code: 'MISSING_SCOPE', missingScope: missing, requiredScopes: [missing] },
    'FORBIDDEN',
  )
}
