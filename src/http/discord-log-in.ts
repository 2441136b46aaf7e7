import { createHmac, randomBytes } from 'node:crypto'
import { type ErrorCode, OperatorError } from '../base/errors.ts'
import { localeOf } from '../base/locale.ts'
import { isSameSecret } from '../base/same-secret.ts'
import { redirectOf } from '../settings/http-config.ts'
import type { ApiParts } from './api.ts'
import { BASE, type Exchange, remoteAddress } from './exchange.ts'
import { createAllowance } from './limits.ts'
import { refuseAfter } from './log-ins.ts'

const SECRET_BYTES = 32
const COOKIE = 'ocm_discord'
/** How long Discord may be looked at before one agrees; no code lives longer either. */
const BEGUN_SECONDS = 600
/** Codes that are brought from one address in a minute, and from all: each is a question to Discord. */
const OF_ONE = 20
const OF_ALL = 60
const ALL = 'all'
const KEPT = new RegExp(`(?:^|; *)${COOKIE}=([\\w-]{43})(?:;|$)`)
const CODE = /^[\w.~-]{1,200}$/

/** Where a browser begins, and where Discord sends it back to. */
export const LOG_IN_PATH = '/login/discord'
export const BACK_PATH = `${LOG_IN_PATH}/back`

/** Where people sign in who are known there. */
export interface Identities {
  /** Where a browser is sent; null while that is not known. */
  askAt(asked: { state: string; verifier: string; redirectUri: string }): URL | null
  /** Who came back with a code; null when it opens nothing. @throws Error when there is no answer */
  accountOf(
    answer: { code: string; verifier: string; redirectUri: string },
    signal: AbortSignal,
  ): Promise<{ id: string; name: string; locale: string | null } | null>
}

/** Signing in with an account of Discord, for browsers. */
export interface DiscordLogIn {
  /** Where a page begins with it, with its host; null while no page is served. */
  address(): Promise<string | null>
  /** Sends the browser to Discord. */
  begin(c: Exchange): Promise<Response>
  /** Takes the browser back: to the page, signed in or with the code of what went wrong. */
  back(c: Exchange): Promise<Response>
}

/**
 * A browser keeps one secret while it is away. What Discord sees and brings back is made of it, so nothing is kept here: the
 * state ties the answer to the browser, and the verifier ties the code to what was asked (RFC 6749, 10.12; RFC 7636).
 * The address to come back to is that of the settings, never that of a request.
 */
export function createDiscordLogIn(
  { context, guard, fallback, closing }: Pick<ApiParts, 'context' | 'guard' | 'fallback' | 'closing'>,
  identities: Identities,
): DiscordLogIn {
  const { signIns, clock, log } = context
  const ofOne = createAllowance(clock, OF_ONE)
  const ofAll = createAllowance(clock, OF_ALL)

  async function page(): Promise<string> {
    const address = await signIns.address()
    if (address === null) throw new OperatorError('web-off')
    return address
  }

  function cookie(address: string, value: string, seconds: number): string {
    const secure = address.startsWith('https:') ? '; Secure' : ''
    // Lax: the browser comes back from another site.
    return `${COOKIE}=${value}; Max-Age=${seconds}; Path=${BASE}${LOG_IN_PATH}; HttpOnly; SameSite=Lax${secure}`
  }

  /** The header that keeps whoever came back signed in. @throws OperatorError */
  async function admitted(c: Exchange, redirectUri: string): Promise<string> {
    const address = remoteAddress(c)
    const { code = '', state = '' } = c.req.query()
    const kept = KEPT.exec(c.req.header('cookie') ?? '')?.[1]
    // Who did not begin in this browser brings the code of somebody else, or is brought somebody else's.
    if (kept === undefined || !isSameSecret(made(kept, 'state'), state) || !CODE.test(code))
      throw guard.refused('discord-log-in-over', address)
    refuseAfter(ofOne.take(address))
    refuseAfter(ofAll.take(ALL))
    const answer = { code, verifier: made(kept, 'verifier'), redirectUri }
    const signal = AbortSignal.any([c.req.raw.signal, closing])
    const account = await identities.accountOf(answer, signal).catch((error: unknown) => {
      log.warn({ err: error }, 'a sign-in with Discord could not be finished')
      throw new OperatorError('roles-unknown', {}, { cause: error })
    })
    if (account === null) throw guard.refused('discord-log-in-over', address)
    const { id, name, locale } = account
    const language = localeOf(locale, fallback)
    return guard.admit({ via: 'discord', id, name, grants: null, language }, address)
  }

  return {
    async address() {
      const address = await signIns.address()
      return address === null ? null : `${address}${BASE}${LOG_IN_PATH}`
    },
    async begin(c) {
      const address = await page()
      const kept = randomBytes(SECRET_BYTES).toString('base64url')
      const url = identities.askAt({
        state: made(kept, 'state'),
        verifier: made(kept, 'verifier'),
        redirectUri: redirectOf(address),
      })
      if (url === null) return c.redirect(refusedAt('roles-unknown'), 303)
      c.header('Set-Cookie', cookie(address, kept, BEGUN_SECONDS))
      return c.redirect(url.href, 303)
    },
    async back(c) {
      const address = await page()
      c.header('Set-Cookie', cookie(address, '', 0))
      try {
        c.header('Set-Cookie', await admitted(c, redirectOf(address)), { append: true })
        return c.redirect('/', 303)
      } catch (error) {
        const known = error instanceof OperatorError
        if (!known) log.error({ err: error }, 'a sign-in with Discord broke')
        return c.redirect(known ? refusedAt(error.code, error.params.seconds) : refusedAt('internal'), 303)
      }
    },
  }
}

/** The page, which says in the reader's language what was refused. */
function refusedAt(code: ErrorCode, seconds?: string | number): string {
  return `/#refused=${code}${seconds === undefined ? '' : `.${seconds}`}`
}

/** One of the two values that come of what a browser keeps; 43 characters, as many as a verifier needs. */
function made(kept: string, what: 'state' | 'verifier'): string {
  return createHmac('sha256', kept).update(what).digest('base64url')
}
