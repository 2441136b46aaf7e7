import { OperatorError } from '../../base/errors.ts'
import type { CallLimits } from '../../ssh/call.ts'
import type { NodeLink, RpcAnswer } from '../ports.ts'
import { compareVersions, parseVersion, type VersionFact } from '../versions.ts'

/**
 * Parameters that not every version takes, by method. Gateways refuse a call that carries a property they do not know,
 * so one that is missing here must be understood since 2026.2.17. Neither the protocol's number nor the list of methods
 * says anything about parameters.
 */
const OPTIONAL_PARAMS = {
  'sessions.reset': {
    expectedSessionId: {
      since: '2026.9.6',
      source:
        'run: taken by 2026.9.6, refused by 2026.5.12, 2026.6.8 and 2026.8.1; absent in the schema of 2026.9.1',
    },
  },
} as const satisfies Record<string, Record<string, VersionFact>>

type OptionalParams = typeof OPTIONAL_PARAMS
/** A method that has parameters which not every version takes. */
export type VersionedMethod = keyof OptionalParams

/** Whether a version is known to take a parameter; false also for a version that is not known. */
export function takesParam<Method extends VersionedMethod>(
  version: string | null,
  method: Method,
  param: keyof OptionalParams[Method] & string,
): boolean {
  const fact = (OPTIONAL_PARAMS[method] as Record<string, VersionFact>)[param]
  if (fact === undefined || version === null || parseVersion(version) === null) return false
  return compareVersions(version, fact.since) >= 0
}

/** How gateways word a property that their schema does not have: the same since 2026.2.17. */
const UNEXPECTED = /unexpected property '([^']{1,64})'/g

/** The parameters that a refusal names as not understood. */
export function unexpectedProperties(error: unknown): string[] {
  if (!(error instanceof OperatorError) || error.code !== 'gateway-refused') return []
  return [...(error.detail ?? '').matchAll(UNEXPECTED)].map((match) => match[1] ?? '')
}

/**
 * Calls a method with its optional parameters where the version is known to take them. A gateway that refuses one all
 * the same is asked once more without it; nothing has happened on it by then.
 * @param options.beforeAgain looks whether the call is still right, and rejects when it is not: a parameter that is left
 * out may have been its guard
 * @throws OperatorError what {@link NodeLink.rpc} throws
 */
export async function callMethod<Method extends VersionedMethod>(
  link: Pick<NodeLink, 'rpc'>,
  method: Method,
  params: { always: object; optional: { [Param in keyof OptionalParams[Method]]?: unknown } },
  options: CallLimits & { version: string | null; beforeAgain?: () => Promise<void> },
): Promise<RpcAnswer> {
  const { version, beforeAgain, ...limits } = options
  const taken = Object.entries(params.optional).filter(
    ([name, value]) => value !== undefined && takesParam(version, method, name as never),
  )
  try {
    return await link.rpc(method, { ...params.always, ...Object.fromEntries(taken) }, limits)
  } catch (error) {
    const refused = new Set(unexpectedProperties(error))
    const left = taken.filter(([name]) => !refused.has(name))
    if (left.length === taken.length) throw error
    await beforeAgain?.()
    return await link.rpc(method, { ...params.always, ...Object.fromEntries(left) }, limits)
  }
}
