import { OperatorError } from '../base/errors.ts'
import type { Actor } from '../operations/access.ts'
import { isUsable } from '../operations/access-tokens.ts'
import type { Context } from '../operations/context.ts'
import { createAllowance } from './limits.ts'

/** Log-ins of one address that may fail in a minute. */
const FAILED_LOG_INS = 10
/** Requests of one token in a minute. */
const REQUESTS = 6_000
/** Changes of one token in a minute. */
const CHANGES = 60
const SECOND_MS = 1_000
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** What is looked at before anything of a request is believed. */
export interface Guard {
  /** @throws OperatorError host-refused, cross-site */
  origin(request: Request): void
  /** Who asks. @throws OperatorError not-signed-in, too-many-requests */
  actor(request: Request, address: string): Actor
  /** Whether the token behind an actor may still be used. */
  holds(actor: Actor): boolean
  /** Counts a change. @throws OperatorError too-many-requests */
  change(actor: Actor): void
}

/** @param options.hosts names besides those of this machine under which the API may be asked, without a port */
export function createGuard(options: {
  context: Pick<Context, 'clock' | 'log' | 'tokens' | 'audit' | 'newId'>
  hosts: readonly string[]
}): Guard {
  const { context } = options
  const { clock, log, tokens } = context
  const hosts = new Set([...LOOPBACK, ...options.hosts.map((host) => host.toLowerCase())])
  const failures = createAllowance(clock, FAILED_LOG_INS)
  const requests = createAllowance(clock, REQUESTS)
  const changes = createAllowance(clock, CHANGES)

  /** Written down as often as it is answered, not as often as it is tried. */
  function auditFailure(address: string): string {
    const operationId = context.newId()
    const entry = {
      at: new Date(clock.now()).toISOString(),
      operationId,
      operation: 'log-in',
      face: 'http',
      actorId: 'nobody',
      actorName: 'nobody',
      address,
      nodeId: null,
      input: {},
      reason: null,
      result: 'refused' as const,
      errorCode: 'not-signed-in',
      durationMs: 0,
    }
    context.audit.append(entry).catch((error: unknown) => {
      log.error({ err: error, entry }, 'audit line could not be written')
    })
    return operationId
  }

  return {
    origin(request) {
      const host = hostName(request.headers.get('host') ?? '')
      // A name that an attacker points at this machine is not one of ours.
      if (!hosts.has(host)) throw new OperatorError('host-refused', { host: host.slice(0, 64) })
      if (SAFE.has(request.method)) return
      const site = request.headers.get('sec-fetch-site')
      const origin = request.headers.get('origin')
      const foreign = origin !== null && !isOwn(origin, request.headers.get('host') ?? '')
      if (foreign || (site !== null && site !== 'same-origin' && site !== 'none'))
        throw new OperatorError('cross-site')
    },
    actor(request, address) {
      const given = /^Bearer +(\S{1,200}) *$/i.exec(request.headers.get('authorization') ?? '')?.[1]
      const found = given === undefined ? null : tokens.find(given)
      // Only what fails is counted: a stranger at the same address keeps nobody out who has a token.
      if (!found) {
        refuseAfter(failures.take(address))
        const error = new OperatorError('not-signed-in')
        if (given !== undefined) error.incident = auditFailure(address)
        throw error
      }
      refuseAfter(requests.take(found.id))
      tokens.used(found.id).catch((error: unknown) => {
        log.warn({ err: error, token: found.id }, 'the use of a token could not be written down')
      })
      const { id, name, grants, operations } = found
      return {
        face: 'http',
        id: actorId(id),
        name,
        grants,
        address,
        ...(operations === null ? {} : { operations }),
      }
    },
    holds: (actor) => tokens.list().some((one) => actorId(one.id) === actor.id && isUsable(one, clock.now())),
    change: ({ id }) => refuseAfter(changes.take(id)),
  }
}

function actorId(token: string): string {
  return `token:${token}`
}

function refuseAfter(waitMs: number): void {
  if (waitMs > 0) throw new OperatorError('too-many-requests', { seconds: Math.ceil(waitMs / SECOND_MS) })
}

/** A Host without its port, in lower case. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '')
}

function isOwn(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === host.toLowerCase()
  } catch {
    return false
  }
}
