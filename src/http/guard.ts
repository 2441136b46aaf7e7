import { OperatorError } from '../base/errors.ts'
import type { Actor, Grant } from '../operations/access.ts'
import { isUsable } from '../operations/access-tokens.ts'
import type { Context } from '../operations/context.ts'
import { type Person, type SignIn, WHOLE_MS } from '../operations/sign-ins.ts'
import { createAllowance } from './limits.ts'
import { createLogIns, refuseAfter } from './log-ins.ts'
import { createOrigins } from './origins.ts'
import type { People } from './people.ts'

/** Requests of one token or browser in a minute. */
const REQUESTS = 6_000
/** Changes of one token or browser in a minute. */
const CHANGES = 60
const SECOND_MS = 1_000
/** A link that is used up by the same request. */
const ADMITTED_MS = 10 * SECOND_MS
const COOKIE = 'ocm_session'
const KEPT = new RegExp(`(?:^|; *)${COOKIE}=([\\w-]{43})(?:;|$)`)

/** What is looked at before anything of a request is believed. */
export interface Guard {
  /** @throws OperatorError host-refused, cross-site */
  origin(request: Request): void
  /** Who asks. @throws OperatorError not-signed-in, too-many-requests, cross-site, roles-unknown */
  actor(request: Request, address: string): Promise<Actor>
  /**
   * The same actor with the rights of this moment; null when their token or their sign-in is over, or every role gone.
   * @throws OperatorError roles-unknown
   */
  renew(actor: Actor): Promise<Actor | null>
  /** Counts a change. @throws OperatorError too-many-requests */
  change(actor: Actor): void
  /**
   * Uses the secret of a link up. Returns who is signed in now, and the header that makes the browser remember it.
   * @throws OperatorError link-over, too-many-requests, cross-site, not-allowed, roles-unknown
   */
  logIn(request: Request, secret: string, address: string): Promise<{ actor: Actor; setCookie: string }>
  /**
   * Signs in somebody who proved elsewhere who they are. Returns the header that makes the browser remember it.
   * @throws OperatorError discord-no-role, too-many-requests, roles-unknown
   */
  admit(person: Person, address: string): Promise<string>
  /** A log-in that fails: counted, written down, and answered with this. @throws OperatorError too-many-requests */
  refused(code: 'discord-log-in-over', address: string): OperatorError
  /** Signs a browser out; nothing for a token. Returns the header that makes the browser forget. */
  logOut(actor: Actor): Promise<string>
  /** How an actor is signed in; null for a token. */
  signInOf(actor: Actor): SignIn | null
}

/**
 * @param options.hosts names besides those of this machine under which the API may be asked, without a port
 * @param options.address what people open the page under, where a setting says so
 */
export function createGuard(options: {
  context: Pick<Context, 'clock' | 'log' | 'tokens' | 'signIns' | 'audit' | 'newId'>
  people: People
  hosts: readonly string[]
  address: string | null
}): Guard {
  const { context, people } = options
  const { clock, log, tokens, signIns } = context
  const origins = createOrigins(options)
  const { audit, failed } = createLogIns(context)
  const requests = createAllowance(clock, REQUESTS)
  const changes = createAllowance(clock, CHANGES)
  /** How the actors that are about are signed in. */
  const signedIn = new WeakMap<Actor, SignIn>()
  const attributes = `Path=/; HttpOnly; SameSite=Strict${options.address?.startsWith('https:') ? '; Secure' : ''}`

  /** Uses a link up that was found to be good. @throws OperatorError link-over */
  async function opened(secret: string, grants: readonly Grant[], address: string) {
    const one = await signIns.open(secret)
    if (!one) throw failed('web', 'link-over', address)
    const actor = actorOf(one.signIn, grants, address)
    audit('log-in', actor, null)
    const seconds = Math.floor(WHOLE_MS / SECOND_MS)
    return { actor, setCookie: `${COOKIE}=${one.kept}; Max-Age=${seconds}; ${attributes}` }
  }

  function actorOf(signIn: SignIn, grants: readonly Grant[], address?: string): Actor {
    const { via, id, name } = signIn.person
    const actor: Actor = { face: 'web', id, name, via, grants, ...(address === undefined ? {} : { address }) }
    signedIn.set(actor, signIn)
    return actor
  }

  /** Ends a sign-in whose person has no role left; null then. */
  async function standing(signIn: SignIn, address?: string): Promise<Actor | null> {
    const actor = actorOf(signIn, await people.grantsOf(signIn.person), address)
    if (actor.grants.length > 0) return actor
    await signIns.end(signIn.id)
    audit('log-out', actor, 'not-allowed')
    return null
  }

  async function reader(request: Request, address: string): Promise<Actor> {
    const kept = KEPT.exec(request.headers.get('cookie') ?? '')?.[1]
    if (kept === undefined) throw new OperatorError('not-signed-in')
    const signIn = signIns.find(kept)
    if (!signIn) throw new OperatorError('not-signed-in')
    if (!origins.isOwnPage(request)) throw new OperatorError('cross-site')
    refuseAfter(requests.take(signIn.id))
    const actor = await standing(signIn, address)
    if (!actor) throw new OperatorError('not-signed-in')
    signIns.used(signIn).catch((error: unknown) => {
      log.warn({ err: error, signIn: signIn.id }, 'the use of a sign-in could not be written down')
    })
    return actor
  }

  return {
    origin: origins.check,
    async actor(request, address) {
      const authorization = request.headers.get('authorization')
      if (authorization === null) return reader(request, address)
      const given = /^Bearer +(\S{1,200}) *$/i.exec(authorization)?.[1]
      const found = given === undefined ? null : tokens.find(given)
      if (!found) throw failed('http', 'not-signed-in', address)
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
    async renew(actor) {
      const signIn = signedIn.get(actor)
      if (signIn) return signIns.holds(signIn.id) ? standing(signIn, actor.address) : null
      const holds = tokens.list().some((one) => actorId(one.id) === actor.id && isUsable(one, clock.now()))
      return holds ? actor : null
    },
    change: (actor) => refuseAfter(changes.take(signedIn.get(actor)?.id ?? actor.id)),
    async logIn(request, secret, address) {
      if (!origins.isOwnPage(request)) throw new OperatorError('cross-site')
      const person = signIns.personOf(secret)
      if (!person) throw failed('web', 'link-over', address)
      const grants = await people.grantsOf(person)
      if (grants.length === 0)
        throw new OperatorError('not-allowed', { operation: 'web-login', level: 'viewer' })
      return opened(secret, grants, address)
    },
    async admit(person, address) {
      const grants = await people.grantsOf(person)
      if (grants.length === 0) throw failed('web', 'discord-no-role', address, person)
      const { secret } = await signIns.createLink(person, ADMITTED_MS)
      return (await opened(secret, grants, address)).setCookie
    },
    refused: (code, address) => failed('web', code, address),
    async logOut(actor) {
      const signIn = signedIn.get(actor)
      if (signIn) {
        await signIns.end(signIn.id)
        audit('log-out', actor, null)
      }
      return `${COOKIE}=; Max-Age=0; ${attributes}`
    },
    signInOf: (actor) => signedIn.get(actor) ?? null,
  }
}

function actorId(token: string): string {
  return `token:${token}`
}
