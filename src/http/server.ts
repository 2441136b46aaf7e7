import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { OperatorError } from '../base/errors.ts'
import type { Locale } from '../base/locale.ts'
import type { Confirmations } from '../operations/confirmations.ts'
import type { Context } from '../operations/context.ts'
import type { Store } from '../store/store.ts'
import { BASE, createApi } from './api.ts'
import { createGuard } from './guard.ts'
import { problemOf } from './problem.ts'
import { createRuns } from './runs.ts'

const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const IDLE_TIMEOUT_MS = 5_000
const CHECK_MS = 1_000
const MOST_HEADER_BYTES = 16 * 1024
const MOST_CONNECTIONS = 1_000
/** How long answers under way get at the end. */
const GRACE_MS = 2_000

/** Where the API listens, and under which names it may be asked besides those of this machine. */
export interface HttpConfig {
  host: string
  /** 0 is any that is free. */
  port: number
  hosts: readonly string[]
}

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
  fallback: Locale
  version: string
  /** Milliseconds that a request may take to arrive; its headers get a third of that. */
  requestTimeoutMs?: number
}): HttpFace {
  const { config, context, confirmations, fallback, version } = options
  const closing = new AbortController()
  const runs = createRuns(options)
  const guard = createGuard({ context, hosts: config.hosts })
  const api = createApi({
    context,
    confirmations,
    runs,
    guard,
    fallback,
    closing: closing.signal,
    version,
  })
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS
  const server = createAdaptorServer({
    fetch: api.fetch,
    serverOptions: {
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
      requestTimeout,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
      connectionsCheckingInterval: Math.min(CHECK_MS, requestTimeout),
      maxHeaderSize: MOST_HEADER_BYTES,
    },
  }) as Server
  server.maxConnections = MOST_CONNECTIONS
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuse(error, socket, fallback))
  return {
    async start() {
      server.listen(config.port, config.host)
      await once(server, 'listening')
      server.on('error', (error) => context.log.error({ err: error }, 'the HTTP server broke'))
      const { port } = server.address() as AddressInfo
      const host = config.host.includes(':') ? `[${config.host}]` : config.host
      return `http://${host}:${port}${BASE}`
    },
    async stop() {
      closing.abort()
      if (!server.listening) return runs.close()
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
