import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { World } from './world.ts'

/** A code lives for ten minutes at most (RFC 6749, section 4.1.2). */
const CODE_MS = 10 * 60_000
const EXPIRES_IN_SECONDS = 604_800
/** RFC 7636, section 4.1, which Discord holds to the letter. */
const VERIFIER = /^[\w.~-]{43,128}$/
const CHALLENGE = /^[\w-]{43}$/

/** What the token endpoint and `/users/@me` answer. */
export interface OAuthReply {
  status: number
  body: unknown
}

interface Code {
  userId: string
  redirectUri: string
  challenge: string | null
  expiresAt: number
}

/**
 * The OAuth2 side of Discord: codes and tokens. Sources: docs.discord.com, "OAuth2", its published server metadata, and
 * discord-api-docs pull request 7046 for what it makes of PKCE.
 */
export class OAuth {
  readonly #world: World
  readonly #clientSecret: string | null
  readonly #codes = new Map<string, Code>()
  /** Whose a token is, by its digest. */
  readonly #tokens = new Map<string, string>()

  constructor(world: World, clientSecret: string | null) {
    this.#world = world
    this.#clientSecret = clientSecret
  }

  /** Where a browser may be sent back to. @throws Error in the words of the page that asks nobody then */
  redirectOf(query: URLSearchParams): URL {
    if (query.get('client_id') !== this.#world.bot.id) throw new Error('Unknown Application')
    if (query.get('response_type') !== 'code') throw new Error('Unsupported response type')
    if (query.get('scope') !== 'identify') throw new Error('Invalid scope')
    const method = query.get('code_challenge_method')
    if (method !== null && method !== 'S256') throw new Error('Unsupported "code_challenge_method"')
    const challenge = query.get('code_challenge')
    if (challenge !== null && !CHALLENGE.test(challenge)) throw new Error('Invalid "code_challenge"')
    const redirectUri = query.get('redirect_uri') ?? ''
    if (!this.#world.redirects.has(redirectUri)) throw new Error('Invalid OAuth2 redirect_uri')
    return new URL(redirectUri)
  }

  /** Somebody was asked, and agrees or not. Returns where their browser is sent. @throws Error as {@link redirectOf} */
  authorise(userId: string, query: URLSearchParams, agrees = true): string {
    const back = this.redirectOf(query)
    if (agrees) {
      const code = secret()
      this.#codes.set(code, {
        userId,
        redirectUri: query.get('redirect_uri') ?? '',
        challenge: query.get('code_challenge'),
        expiresAt: this.#world.clock.now() + CODE_MS,
      })
      back.searchParams.set('code', code)
    } else back.searchParams.set('error', 'access_denied')
    const state = query.get('state')
    if (state !== null) back.searchParams.set('state', state)
    return back.href
  }

  /** Answers a form that was sent below `/api/v10`; null for a path that takes none. */
  answer(request: IncomingMessage, path: string, form: URLSearchParams): OAuthReply | null {
    if (path !== '/oauth2/token' && path !== '/oauth2/token/revoke') return null
    const proof = Buffer.from(`${this.#world.bot.id}:${this.#clientSecret}`).toString('base64')
    if (this.#clientSecret === null || request.headers.authorization !== `Basic ${proof}`)
      return { status: 401, body: { error: 'invalid_client' } }
    if (path === '/oauth2/token') return this.#exchange(form)
    this.#tokens.delete(digest(form.get('token') ?? ''))
    return { status: 200, body: {} }
  }

  /** Says whose a token is; null for a request that has none. */
  me(request: IncomingMessage, method: string, path: string): OAuthReply | null {
    const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (method !== 'GET' || path !== '/users/@me' || bearer === undefined) return null
    const user = this.#world.users.get(this.#tokens.get(digest(bearer)) ?? '')
    if (!user) return { status: 401, body: { message: '401: Unauthorized', code: 0 } }
    const { id, name } = user
    return {
      status: 200,
      body: { id, username: name.toLowerCase(), global_name: name, locale: this.#world.guild.locale },
    }
  }

  /** Tokens that still open something. */
  liveTokens(): number {
    return this.#tokens.size
  }

  #exchange(form: URLSearchParams): OAuthReply {
    if (form.get('grant_type') !== 'authorization_code') return refused('unsupported_grant_type')
    const code = form.get('code') ?? ''
    const known = this.#codes.get(code)
    // A code is used up by whoever brings it, also where it opens nothing.
    this.#codes.delete(code)
    if (
      !known ||
      known.redirectUri !== form.get('redirect_uri') ||
      known.expiresAt <= this.#world.clock.now()
    )
      return refused('invalid_grant')
    if (!fits(known.challenge, form.get('code_verifier'))) return refused('invalid_grant')
    const token = secret()
    this.#tokens.set(digest(token), known.userId)
    return {
      status: 200,
      body: {
        access_token: token,
        token_type: 'Bearer',
        expires_in: EXPIRES_IN_SECONDS,
        refresh_token: secret(),
        scope: 'identify',
      },
    }
  }
}

/** A code that was asked for with a challenge is given to its verifier alone. */
function fits(challenge: string | null, verifier: string | null): boolean {
  if (challenge === null) return verifier === null
  if (verifier === null || !VERIFIER.test(verifier)) return false
  return createHash('sha256').update(verifier).digest('base64url') === challenge
}

function refused(error: string): OAuthReply {
  return { status: 400, body: { error, error_description: `Invalid "${error}" in request.` } }
}

function secret(): string {
  return randomBytes(22).toString('base64url')
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
