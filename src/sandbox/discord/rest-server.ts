import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError, flatten, notFound, unauthorized } from './api-error.ts'
import { applyFault, RestFaults, sendRateLimit } from './faults.ts'
import { formOf, loggedBody, parseBody, readBytes, sendJson } from './http.ts'
import type { OAuth } from './oauth.ts'
import { type Budget, RateLimits } from './rate-limits.ts'
import { channelRoutes } from './routes/channels.ts'
import { commandRoutes } from './routes/commands.ts'
import { guildRoutes } from './routes/guilds.ts'
import { interactionRoutes } from './routes/interactions.ts'
import { messageRoutes } from './routes/messages.ts'
import type { RestRequest, Route } from './routes/route.ts'
import type { World } from './world.ts'

/** Where the API lives; clients put the version behind it. */
const PREFIX = /^\/api\/v(\d+)(?=\/|$)/
const VERSION = 10

/** What is sent as a form is written down nowhere: it holds secrets. */
const NO_BODY = { body: null, uploads: [] }

interface Match {
  route: Route
  params: Record<string, string>
}

/** Answers `/api/v10/...` as Discord would, and writes down each call and each refusal. */
export class RestServer {
  readonly faults = new RestFaults()
  readonly #world: World
  readonly #oauth: OAuth
  readonly #routes: Route[]
  readonly #limits = new RateLimits()
  readonly #rateLimited: boolean
  readonly #stop = new AbortController()

  constructor(world: World, oauth: OAuth, gatewayInfo: () => Record<string, unknown>, rateLimited: boolean) {
    this.#world = world
    this.#oauth = oauth
    this.#rateLimited = rateLimited
    this.#routes = [
      ...interactionRoutes,
      ...channelRoutes,
      ...messageRoutes,
      ...guildRoutes,
      ...commandRoutes,
      {
        method: 'GET',
        path: '/gateway/bot',
        handle: () => ({ status: 200, body: gatewayInfo() }),
      },
    ]
  }

  close(): void {
    this.#stop.abort(new Error('the emulator was closed'))
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const method = request.method ?? 'GET'
    const path = safeDecode(url.pathname.replace(PREFIX, ''))
    try {
      const bytes = await readBytes(request)
      const form = formOf(request, method, bytes)
      const { body, uploads } = form === null ? await parseBody(request, bytes) : NO_BODY
      this.#world.logCall({
        method,
        path,
        query: url.search,
        body: loggedBody(body),
        files: uploads.map((one) => one.name),
        at: this.#world.clock.now(),
      })
      const fault = this.faults.take(method, path)
      if (fault !== null && !(await applyFault(fault, response, this.#world.clock, this.#stop.signal))) return
      const granted =
        form === null ? this.#oauth.me(request, method, path) : this.#oauth.answer(request, path, form)
      if (granted !== null) return sendJson(response, granted.status, granted.body)
      const { route, params } = this.#find(method, url.pathname)
      this.#authorise(route, request)
      const budget = this.#spend(route, params)
      if (budget !== null && budget.retryAfterMs !== null) {
        sendRateLimit(response, budget.retryAfterMs, 'user', route.rateLimit?.limit)
        return
      }
      const rest: RestRequest = { params, query: url.searchParams, body, uploads }
      const reply = route.handle(this.#world, rest)
      if (fault?.kind === 'unanswered') return
      sendJson(response, reply.status, reply.body, budget?.headers)
    } catch (error) {
      if (this.#stop.signal.aborted) return
      this.#refuse(response, method, path, error)
    }
  }

  #find(method: string, pathname: string): Match {
    const version = PREFIX.exec(pathname)?.[1]
    if (Number(version) !== VERSION) throw new ApiError(400, 50041, 'Invalid API version provided')
    const parts = pathname.replace(PREFIX, '').split('/').map(safeDecode)
    for (const route of this.#routes) {
      const params = route.method === method ? matchParts(route.path.split('/'), parts) : null
      if (params !== null) return { route, params }
    }
    throw notFound()
  }

  #authorise(route: Route, request: IncomingMessage): void {
    if (route.open || request.headers.authorization === `Bot ${this.#world.token}`) return
    throw unauthorized()
  }

  #spend(route: Route, params: Record<string, string>): Budget | null {
    if (!this.#rateLimited || route.rateLimit === undefined) return null
    const major = params.channel ?? params.token ?? params.guild ?? ''
    return this.#limits.spend(`${route.method} ${route.path}`, major, route.rateLimit)
  }

  /** An error that is not Discord's is a fault of the emulator itself; it is recorded too, so that no test hides it. */
  #refuse(response: ServerResponse, method: string, path: string, error: unknown): void {
    const refusal =
      error instanceof ApiError ? error : new ApiError(500, 0, `The emulator failed: ${String(error)}`)
    this.#world.refusals.push({
      method,
      path,
      status: refusal.status,
      code: refusal.code,
      message: refusal.message,
      fields: refusal.fields.map(flatten),
      at: this.#world.clock.now(),
    })
    this.#world.changed()
    if (!response.headersSent) sendJson(response, refusal.status, refusal.toBody())
  }
}

function matchParts(pattern: string[], parts: string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null
  const params: Record<string, string> = {}
  for (const [index, name] of pattern.entries()) {
    const part = parts[index] ?? ''
    if (name.startsWith(':')) params[name.slice(1)] = part
    else if (name !== part) return null
  }
  return params
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
