import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { Locale } from '../base/locale.ts'
import type { Confirmations } from '../operations/confirmations.ts'
import type { Context } from '../operations/context.ts'
import { bracketed, type HttpConfig, isWildcard, openAddress } from '../settings/http-config.ts'
import type { Store } from '../store/store.ts'
import { createApi } from './api.ts'
import type { Identities } from './discord-log-in.ts'
import { type Api, BASE } from './exchange.ts'
import { createFeed } from './feed.ts'
import { createGuard } from './guard.ts'
import { readPage } from './page.ts'
import { createPeople, type LookUp } from './people.ts'
import { problemOf } from './problem.ts'
import { createRuns } from './runs.ts'
import { createStreamPlaces } from './stream-places.ts'

const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const IDLE_TIMEOUT_MS = 5_000
const CHECK_MS = 1_000
const MOST_HEADER_BYTES = 16 * 1024
const MOST_CONNECTIONS = 1_000
/** How long a reader may take for an answer that is complete; streams have limits of their own. */
const TAKE_TIMEOUT_MS = 60_000
/** How long answers under way get at the end. */
const GRACE_MS = 2_000

/** The API, listening or not. */
export interface HttpFace {
  /** Resolves with its address. @throws Error when it cannot listen there */
  start(): Promise<string>
  /** Ends streams and runs, then the connections. Safe to call when it never started. */
  stop(): Promise<void>
}

/** The API over one context; nothing listens before `start`. */
export function createHttpFace(options: {
  config: HttpConfig
  context: Context
  confirmations: Confirmations
  store: Store
  /** What roles give to people who are signed in to the page. */
  lookUp: LookUp
  /** Where people may sign in besides by links; left out: nowhere. */
  identities?: Identities
  fallback: Locale
  version: string
  /** Milliseconds that a request may take to arrive; its headers get a third of that. */
  requestTimeoutMs?: number
  /** Milliseconds that a reader may take for a complete answer. */
  takeTimeoutMs?: number
}): HttpFace {
  const { config, context, confirmations, fallback, version } = options
  const closing = new AbortController()
  const runs = createRuns(options)
  const people = createPeople({ clock: context.clock, log: context.log, lookUp: options.lookUp })
  const hosts = isWildcard(config.host) ? config.hosts : [...config.hosts, bracketed(config.host)]
  const guard = createGuard({ context, people, hosts, address: config.address })
  const feed = createFeed(options)
  const places = createStreamPlaces()
  const parts = {
    context,
    confirmations,
    runs,
    guard,
    feed,
    places,
    identities: options.identities ?? null,
    fallback,
    closing: closing.signal,
    version,
  }
  let answer: Hono<Api>['fetch'] = () => Promise.reject(new Error('nothing listens yet'))
  const { requestTimeoutMs: requestTimeout = REQUEST_TIMEOUT_MS, takeTimeoutMs = TAKE_TIMEOUT_MS } = options
  const server = createAdaptorServer({
    fetch: (request, env) => answer(request, env as HttpBindings),
    serverOptions: {
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
      requestTimeout,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
      connectionsCheckingInterval: Math.min(CHECK_MS, requestTimeout),
      maxHeaderSize: MOST_HEADER_BYTES,
    },
  }) as Server
  server.maxConnections = MOST_CONNECTIONS
  // Before what answers: a short answer is complete at once.
  server.prependListener('request', (_request, response: ServerResponse) => {
    response.once('prefinish', () => cutOffLate(response, context.clock, takeTimeoutMs))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuse(error, socket, fallback))
  return {
    async start() {
      answer = createApi({ ...parts, page: await readPage() }).fetch
      server.listen(config.port, config.host)
      await once(server, 'listening')
      server.on('error', (error) => context.log.error({ err: error }, 'the HTTP server broke'))
      const { port } = server.address() as AddressInfo
      const own = `http://${bracketed(config.host)}:${port}`
      await context.signIns.setAddress(config.address ?? openAddress({ host: config.host, port }))
      return `${own}${BASE}`
    },
    async stop() {
      closing.abort()
      await feed.close()
      if (!server.listening) return runs.close()
      await context.signIns.setAddress(null).catch((error: unknown) => {
        context.log.warn({ err: error }, 'that the page is no longer served could not be written down')
      })
      const closed = once(server, 'close')
      server.close()
      await runs.close()
      server.closeIdleConnections()
      const grace = new AbortController()
      const over = context.clock.sleep(GRACE_MS, grace.signal).catch(() => undefined)
      await Promise.race([closed, over])
      grace.abort()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Ends the connection of a reader that does not take its answer, which is kept for it until then. */
function cutOffLate(response: ServerResponse, clock: Clock, ms: number): void {
  const { socket } = response
  if (socket === null || socket.writableLength === 0) return
  const taken = new AbortController()
  response.once('close', () => taken.abort())
  clock.sleep(ms, taken.signal).then(
    () => socket.destroy(),
    () => undefined,
  )
}

/** Says what is wrong with what is no request, as every other refusal is said. */
function refuse(error: NodeJS.ErrnoException, socket: Socket, locale: Locale): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status = statusOf(error.code)
  const body = JSON.stringify({ ...problemOf(new OperatorError('request-malformed'), locale), status })
  socket.end(
    `HTTP/1.1 ${status} Bad Request\r\nContent-Type: application/problem+json\r\nConnection: close\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

function statusOf(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
}
