import { isObject } from '../openclaw/config-file.ts'
import type { OpenClawState } from '../openclaw/state.ts'
import { recordingsOf } from '../recorded.ts'
import { isSince } from '../releases.ts'
import { agentMethods } from './agent-methods.ts'
import { configMethods } from './config-methods.ts'
import { cronMethods } from './cron-methods.ts'
import type { WireError } from './handshake.ts'
import {
  checkParams,
  checkScope,
  type Method,
  type MethodTable,
  type ProcessControl,
  RpcError,
} from './method.ts'
import { sessionMethods } from './session-methods.ts'
import { systemMethods } from './system-methods.ts'

const METHODS: MethodTable = {
  ...systemMethods,
  ...sessionMethods,
  ...agentMethods,
  ...configMethods,
  ...cronMethods,
}

export interface Request {
  method: string
  params: unknown
  scopes: readonly string[]
  openclaw: OpenClawState
  process: ProcessControl
  subscribe: () => void
}

export type Outcome = { ok: true; payload: unknown } | { ok: false; error: WireError }

function lookUp({ method, scopes, openclaw }: Request): Method {
  const isNew = isSince(openclaw.version, '2026.5.12')
  // The old release checks scopes first, so that without scopes even an unknown method "needs admin".
  if (!isNew) checkScope(method, scopes, openclaw.version)
  if (!recordingsOf(openclaw.version).methods.includes(method))
    throw new RpcError(`unknown method: ${method}`)
  if (isNew) checkScope(method, scopes, openclaw.version)
  const known = METHODS[method]
  if (!known) throw new RpcError(`${method} is not part of the embedded gateway`, undefined, 'UNAVAILABLE')
  return known
}

/** The answer to what was done, unless it is to go wrong. */
function answerOf({ method, openclaw }: Request, payload: unknown): Outcome | Promise<Outcome> {
  const fault = openclaw.faults.get(method)
  openclaw.faults.delete(method)
  if (fault === 'silent') return new Promise(() => {})
  if (fault === 'unavailable')
    throw new RpcError(`${method} persisted, but a recovery restart is required`, undefined, 'UNAVAILABLE')
  return { ok: true, payload }
}

/** Runs one request as the gateway of this release would; never rejects. */
export async function dispatch(request: Request): Promise<Outcome> {
  try {
    const { method, openclaw, process, subscribe } = request
    const known = lookUp(request)
    const params = isObject(request.params) ? request.params : {}
    checkParams(method, known, params, openclaw.version)
    if (openclaw.faults.get(method) === 'refused') {
      openclaw.faults.delete(method)
      throw new RpcError(`${method} is refused`)
    }
    const payload = await known.run({ params, openclaw, process, subscribe })
    return await answerOf(request, payload)
  } catch (error) {
    if (error instanceof RpcError) return { ok: false, error: error.wire }
    const message = error instanceof Error ? error.message : String(error)
    return { ok: false, error: { code: 'UNAVAILABLE', message } }
  }
}
