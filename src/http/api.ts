import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { OperatorError } from '../base/errors.ts'
import type { Locale } from '../base/locale.ts'
import type { Confirmations } from '../operations/confirmations.ts'
import type { Context } from '../operations/context.ts'
import { listNodes, type NodeList } from '../operations/list-nodes.ts'
import type { Report } from '../operations/operation.ts'
import { runConfirmed } from '../operations/run-confirmed.ts'
import { planOperation, type RunOptions, runOperation } from '../operations/run-operation.ts'
import { envelopeOf, SCHEMA } from '../presenters/envelope.ts'
import { BACK_PATH, createDiscordLogIn, type Identities, LOG_IN_PATH } from './discord-log-in.ts'
import {
  type Api,
  type Asked,
  askedOf,
  BASE,
  type Exchange,
  goneSignal,
  problemAnswer,
  readerLocale,
  remoteAddress,
} from './exchange.ts'
import type { Feed } from './feed.ts'
import { streamFleet } from './fleet-stream.ts'
import type { Guard } from './guard.ts'
import { rememberLists } from './list-memory.ts'
import { type AnyOperation, isRun, offered, operationNamed } from './offered.ts'
import { openApi } from './openapi.ts'
import { type Page, servePage } from './page.ts'
import { STATUS_OF_ENDING } from './problem.ts'
import { ROUTES } from './routes.ts'
import type { Runs } from './runs.ts'
import { sendList } from './send-list.ts'
import { signInRoutes } from './sign-in.ts'
import type { StreamPlaces } from './stream-places.ts'
import { createStreams } from './streams.ts'
import { planTold, resultTold, runTold } from './told.ts'

const MOST_BODY_BYTES = 256 * 1024
const KEY = /^[\x21-\x7e]{1,128}$/
const RETRY_AFTER = '1'

/** What the API is made of. */
export interface ApiParts {
  context: Context
  confirmations: Confirmations
  runs: Runs
  guard: Guard
  page: Page
  feed: Feed
  places: StreamPlaces
  /** Where people may sign in besides by links; null: nowhere. */
  identities: Identities | null
  /** For readers whose language is not known. */
  fallback: Locale
  /** Ends every stream. */
  closing: AbortSignal
  version: string
}

/** Every route below {@link BASE}; whatever is thrown becomes one problem. */
export function createApi(parts: ApiParts): Hono<Api> {
  const { context, runs, guard, fallback } = parts
  const app = new Hono<Api>()
  app.onError((error, c) => {
    const known = error instanceof HTTPException ? new OperatorError('request-malformed') : error
    if (!(known instanceof OperatorError)) context.log.error({ err: error }, 'a request broke')
    return problemAnswer(c, known)
  })
  const methods = new Map<string, { path: RegExp; allowed: string }>()
  app.notFound((c) => {
    const other = [...methods.values()].find(({ path }) => path.test(c.req.path))
    if (!other)
      return problemAnswer(c, new OperatorError('unknown-route', { path: c.req.path.slice(0, 100) }))
    c.header('Allow', other.allowed)
    return problemAnswer(c, new OperatorError('method-refused', { method: c.req.method.slice(0, 16) }))
  })
  app.use('*', async (c, next) => {
    c.set('locale', readerLocale(c.req.header('accept-language'), fallback))
    c.header('Cache-Control', 'no-store')
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
    c.header('Referrer-Policy', 'no-referrer')
    c.header('Cross-Origin-Resource-Policy', 'same-origin')
    guard.origin(c.req.raw)
    await next()
  })
  const limit = () => {
    throw new OperatorError('body-too-large', { limit: MOST_BODY_BYTES })
  }
  const limited = bodyLimit({ maxSize: MOST_BODY_BYTES, onError: limit })
  // A request that has no body by its method is not made whole only to look for one.
  app.use('*', (c, next) => (BODILESS.has(c.req.method) ? next() : limited(c, next)))

  const on = (
    method: 'get' | 'post',
    path: string,
    answer: (c: Exchange) => Response | Promise<Response>,
  ) => {
    const honoPath = `${BASE}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`
    app.on(method.toUpperCase(), honoPath, answer)
    methods.set(path, {
      path: new RegExp(`^${BASE}${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      allowed: method === 'get' ? 'GET, HEAD' : 'POST',
    })
  }
  // What comes before this line needs nobody to be signed in.
  servePage(app, parts.page)
  const signIn = signInRoutes(parts)
  const discord = parts.identities && createDiscordLogIn(parts, parts.identities)
  on('get', '/login/ways', async (c) => c.json({ discord: (await discord?.address()) ?? null }))
  on('post', '/login', signIn.logIn)
  if (discord) {
    on('get', LOG_IN_PATH, discord.begin)
    on('get', BACK_PATH, discord.back)
  }
  app.use('*', async (c, next) => {
    c.set('actor', await guard.actor(c.req.raw, remoteAddress(c)))
    await next()
  })
  on('post', '/logout', signIn.logOut)
  on('get', '/me', signIn.me)
  const document = openApi(parts.version)
  on('get', '/openapi.json', (c) => c.json(document))
  const lists = rememberLists(context)
  for (const [name, one] of offered) {
    const operation = name === lists.name ? lists : one
    const decision = ROUTES[name]
    if (decision.kind !== 'own') continue
    const { method, path } = decision.route
    if (method === 'get') on('get', path, (c) => perform(parts, c, operation, { input: queryInput(c) }))
    else on('post', path, async (c) => perform(parts, c, operation, await askedOf(c)))
    if (operation.question)
      on('post', `${path}/plan`, async (c) => plan(parts, c, operation, await askedOf(c)))
  }
  const named = (c: Exchange) => operationNamed(c.req.param('name') ?? '')
  on('post', '/operations/{name}', async (c) => perform(parts, c, named(c), await askedOf(c)))
  on('post', '/operations/{name}/plan', async (c) => plan(parts, c, named(c), await askedOf(c)))
  const found = (c: Exchange) => runs.get(c.req.param('run') ?? '', c.get('actor'))
  on('get', '/runs/{run}', async (c) => {
    const run = await found(c)
    const { end } = run.record
    if (end === null) c.header('Retry-After', RETRY_AFTER)
    const status = end === null ? 202 : STATUS_OF_ENDING[end.outcome]
    return c.json(runTold(c, context.clock, run), status as ContentfulStatusCode)
  })
  on('post', '/runs/{run}/stop', async (c) => {
    const run = await runs.stop(c.req.param('run') ?? '', c.get('actor'))
    return c.json(runTold(c, context.clock, run), run.record.end === null ? 202 : 200)
  })
  const streams = createStreams(parts)
  on('get', '/stream', (c) => streamFleet(parts, c))
  on('get', '/runs/{run}/events', async (c) => streams.answer(c, await found(c)))
  return app
}

/** The node of a route, which is part of the operation's input. */
function nodeInput(c: Exchange): Record<string, string> {
  const id = c.req.param('id')
  return id === undefined ? {} : { node: id }
}

const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD'])
const LISTS: ReadonlySet<string> = new Set(['tags', 'operations'])
const NUMBERS: ReadonlySet<string> = new Set(['limit', 'before'])

/** Parameters of a query as an operation reads them: `live` is a boolean, `tags` a list, `limit` a number. */
function queryInput(c: Exchange): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => {
      const [value = ''] = values
      if (LISTS.has(name)) return [name, values.flatMap((one) => one.split(','))]
      if (NUMBERS.has(name) && /^\d{1,15}$/.test(value)) return [name, Number(value)]
      return [name, value === 'true' ? true : value === 'false' ? false : value]
    }),
  )
}

async function plan(
  { context, confirmations }: ApiParts,
  c: Exchange,
  operation: AnyOperation,
  asked: Asked,
) {
  if (!operation.question) throw new OperatorError('unknown-route', { path: c.req.path.slice(0, 100) })
  const actor = c.get('actor')
  const input = { ...asked.input, ...nodeInput(c) }
  const why = asked.reason === undefined ? {} : { reason: asked.reason }
  const planned = await planOperation(context, actor, operation, input, { signal: goneSignal(c), ...why })
  const one = await confirmations.ask({ actor, operation, input, planned, reason: asked.reason ?? null })
  return c.json({
    schema: SCHEMA,
    operation: operation.name,
    plan: planned.plan,
    fingerprint: planned.fingerprint,
    expiresAt: new Date(one.expiresAt).toISOString(),
    ...planTold(c, context.clock, operation.name, planned.plan),
  })
}

/** Runs an operation: a read is answered with its data, a change with where its run is to be found. */
async function perform(
  parts: ApiParts,
  c: Exchange,
  operation: AnyOperation,
  asked: Asked,
): Promise<Response> {
  const actor = c.get('actor')
  const { guard, runs } = parts
  if (operation.effect !== 'read') guard.change(actor)
  const extra = nodeInput(c)
  if (!isRun(operation)) {
    const report = await work(parts, c, operation, { asked, extra }, { signal: goneSignal(c) })
    const answer = { ...report, ending: report.outcome, text: null }
    const envelope = { ...envelopeOf(operation.name, answer), ...resultTold(c, parts.context.clock, report) }
    const status = STATUS_OF_ENDING[report.outcome] as ContentfulStatusCode
    if (operation.name !== listNodes.name) return c.json(envelope, status)
    return sendList(c, envelope, { list: report.data as NodeList, status })
  }
  const key = c.req.header('idempotency-key') ?? null
  if (key !== null && !KEY.test(key))
    throw new OperatorError('invalid-input', { field: 'Idempotency-Key', problem: 'bad-format' })
  const { run, repeated } = await runs.begin(actor, operation, { key, body: [asked, extra] }, (options) =>
    work(parts, c, operation, { asked, extra }, options),
  )
  c.header('Location', `${BASE}/runs/${run.record.id}`)
  c.header('Retry-After', RETRY_AFTER)
  if (repeated) c.header('Idempotent-Replayed', 'true')
  return c.json(runTold(c, parts.context.clock, run), 202)
}

/** Does the work by the one door, with the plan that was confirmed where one is needed. */
async function work(
  { context, confirmations }: ApiParts,
  c: Exchange,
  operation: AnyOperation,
  { asked, extra }: { asked: Asked; extra: Record<string, string> },
  options: RunOptions<unknown>,
): Promise<Report<unknown>> {
  const actor = c.get('actor')
  const { fingerprint, reason } = asked
  const why = reason === undefined ? {} : { reason }
  if (!operation.question || fingerprint === undefined)
    return runOperation(context, actor, operation, { ...asked.input, ...extra }, { ...options, ...why })
  const confirmation = confirmations.find(actor, operation.name, fingerprint)
  if (!confirmation) throw new OperatorError('confirmation-expired')
  const decided = await confirmations.claim(confirmation.id, actor).decide('yes')
  // What was sent must be what was planned: the fingerprint is of the input, too.
  const input = { ...(asked.input ?? decided.input), ...extra }
  const confirmed = { ...decided, input, ...why }
  let hasBegun = false
  const onWork = async (id: string) => {
    hasBegun = true
    await options.onWork?.(id)
  }
  try {
    return await runConfirmed({ context, confirmations, actor }, operation, confirmed, { ...options, onWork })
  } catch (error) {
    // What found its node busy may be sent once more, as the answer says.
    const isBusy = error instanceof OperatorError && error.code === 'node-busy'
    if (isBusy && !hasBegun) await confirmations.reopen(decided.id)
    throw error
  }
}
