import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { DiscordConfig } from '../settings/config.ts'

const DISCORD = 'https://discord.com'
const VERSION = 'v10'
const DEADLINE_MS = 10_000
const MOST_BYTES = 64 * 1024

const tokenSchema = z.object({ access_token: z.string().min(1).max(2_048) })
const accountSchema = z.object({
  id: z.string().regex(/^\d{17,20}$/),
  username: z.string(),
  global_name: z.string().nullish(),
  locale: z.string().nullish(),
})

/** Who signed in at Discord. */
export interface DiscordAccount {
  id: string
  name: string
  /** The language of their client as a BCP 47 tag; null where Discord does not say. */
  locale: string | null
}

/** Discord as the place where people sign in: the authorization code grant with PKCE (RFC 6749, 4.1; RFC 7636). */
export interface DiscordOAuth {
  /**
   * Where a browser is sent to be asked; null while the application of the bot is not known.
   * @param asked.verifier what the code is exchanged with later; only its digest is sent now
   */
  askAt(asked: { state: string; verifier: string; redirectUri: string }): URL | null
  /**
   * Who came back with a code. Null when Discord does not take the code.
   * @throws Error when Discord does not answer within 10 seconds, or not as it should
   */
  accountOf(
    answer: { code: string; verifier: string; redirectUri: string },
    signal: AbortSignal,
  ): Promise<DiscordAccount | null>
}

/**
 * Facts of the endpoints are those of https://discord.com/.well-known/oauth-authorization-server, and of docs.discord.com,
 * "OAuth2": the token endpoint takes forms and nothing else, and S256 is its one method of PKCE.
 * @param options.clientId the application of the bot, once it is connected
 * @param options.clientSecret what proves that we are the application
 */
export function createDiscordOAuth({
  config,
  clientId,
  clientSecret,
}: {
  config: Pick<DiscordConfig, 'apiUrl'>
  clientId(): string | null
  clientSecret: string
}): DiscordOAuth {
  const site = config.apiUrl === null ? DISCORD : new URL(config.apiUrl).origin
  const api = apiOf(config)

  return {
    askAt({ state, verifier, redirectUri }) {
      const id = clientId()
      if (id === null) return null
      const url = new URL(`${site}/oauth2/authorize`)
      url.search = new URLSearchParams({
        response_type: 'code',
        client_id: id,
        scope: 'identify',
        state,
        redirect_uri: redirectUri,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      }).toString()
      return url
    },
    async accountOf({ code, verifier, redirectUri }, signal) {
      const id = clientId()
      if (id === null) throw new Error('the application of the bot is not known')
      const application = {
        api,
        id,
        clientSecret,
        signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
      }
      const exchanged = await post(application, '/oauth2/token', {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      })
      // A code that is wrong, used, over, or of another; a wrong secret of ours is 401.
      if (exchanged.status === 400) return null
      if (!exchanged.ok) throw new Error(`Discord answered ${exchanged.status} to a code`)
      const { access_token: token } = tokenSchema.parse(await jsonOf(exchanged))
      const answer = await fetch(`${api}/users/@me`, {
        headers: { authorization: `Bearer ${token}` },
        redirect: 'error',
        signal: application.signal,
      })
      if (!answer.ok) throw new Error(`Discord answered ${answer.status} to who that is`)
      const { id: user, username, global_name: name, locale } = accountSchema.parse(await jsonOf(answer))
      // It is of no more use: with what is over, nobody can do anything.
      await post(application, '/oauth2/token/revoke', { token, token_type_hint: 'access_token' }).catch(
        () => undefined,
      )
      return { id: user, name: name ?? username, locale: locale ?? null }
    },
  }
}

/**
 * Whether Discord knows the application by this secret. Asks with a code that there is not, so that nothing is granted.
 * @throws Error when Discord does not answer
 */
export async function isClientSecret(
  config: Pick<DiscordConfig, 'apiUrl'>,
  { id, clientSecret }: { id: string; clientSecret: string },
  signal: AbortSignal,
): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)])
  const form = { grant_type: 'authorization_code', code: 'none', redirect_uri: 'http://127.0.0.1/' }
  const { status } = await post(
    { api: apiOf(config), id, clientSecret, signal: limit },
    '/oauth2/token',
    form,
  )
  if (status !== 400 && status !== 401) throw new Error(`Discord answered ${status}`)
  return status === 400
}

interface Application {
  api: string
  id: string
  clientSecret: string
  signal: AbortSignal
}

function apiOf({ apiUrl }: Pick<DiscordConfig, 'apiUrl'>): string {
  return `${apiUrl ?? `${DISCORD}/api`}/${VERSION}`
}

function post(
  { api, id, clientSecret, signal }: Application,
  path: string,
  form: Record<string, string>,
): Promise<Response> {
  return fetch(`${api}${path}`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams(form),
    redirect: 'error',
    signal,
  })
}

/** An answer as JSON. @throws Error when it is larger than anything that is expected, or none */
async function jsonOf(answer: Response): Promise<unknown> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of answer.body ?? []) {
    size += part.length
    if (size > MOST_BYTES) throw new Error('Discord answered with too much')
    parts.push(part)
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8'))
}
