import { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import { ACCESS_LEVELS, type Actor } from '../operations/access.ts'
import type { ApiParts } from './api.ts'
import { bodyOf, type Exchange, remoteAddress } from './exchange.ts'

const loginSchema = z.strictObject({ secret: z.string().min(1).max(128) })

/** The routes by which a browser signs in and out, and learns who it is. */
export interface SignInRoutes {
  logIn(c: Exchange): Promise<Response>
  logOut(c: Exchange): Promise<Response>
  me(c: Exchange): Response
}

export function signInRoutes(parts: Pick<ApiParts, 'context' | 'guard' | 'version'>): SignInRoutes {
  const { guard } = parts
  return {
    async logIn(c) {
      const { secret } = await bodyOf(c, loginSchema)
      const { actor, setCookie } = await guard.logIn(c.req.raw, secret, remoteAddress(c))
      c.header('Set-Cookie', setCookie)
      return c.json(whoIs(parts, c, actor))
    },
    async logOut(c) {
      // A token is used until it is revoked: there is nothing that could be signed out.
      if (guard.signInOf(c.get('actor')) === null) throw new OperatorError('not-here', { what: 'log-out' })
      c.header('Set-Cookie', await guard.logOut(c.get('actor')))
      return c.json({ signedOut: true })
    },
    me: (c) => c.json(whoIs(parts, c, c.get('actor'))),
  }
}

/** Who reads, with the rights of this moment. `tags` is null where the strongest level holds on every node. */
export function whoIs(
  { context, guard, version }: Pick<ApiParts, 'context' | 'guard' | 'version'>,
  c: Exchange,
  actor: Actor,
) {
  const signIn = guard.signInOf(actor)
  const best = Math.max(...actor.grants.map(({ level }) => ACCESS_LEVELS.indexOf(level)))
  const level = ACCESS_LEVELS[best] ?? null
  const where = actor.grants.filter((grant) => grant.level === level).map(({ tags }) => tags)
  return {
    person: { id: actor.id, name: actor.name, via: signIn?.person.via ?? 'token' },
    level,
    tags: where.includes(null) ? null : [...new Set(where.flatMap((tags) => tags ?? []))],
    grants: actor.grants,
    operations: actor.operations ?? null,
    language: signIn?.person.language ?? c.get('locale'),
    serverTime: new Date(context.clock.now()).toISOString(),
    version,
  }
}
