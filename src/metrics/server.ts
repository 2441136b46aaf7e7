import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Log } from '../base/log.ts'
import { CONTENT_TYPE } from './exposition.ts'

const REQUEST_TIMEOUT_MS = 5_000
const MOST_CONNECTIONS = 32
const LOOPBACK = /^(?:127\.|::1$|localhost$)/
/** As a Host header has it, with or without a port. */
const LOOPBACK_NAME = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i

/** The listener of the metrics. */
export interface MetricsServer {
  /** Resolves with its address. @throws Error when it cannot listen there */
  start(): Promise<string>
  /** Safe to call when it never started. */
  stop(): Promise<void>
}

/**
 * Answers `GET /metrics` and nothing else. It has no log-in: where it listens on the machine alone, a name that an attacker
 * points there is refused as well; elsewhere the network has to keep others away.
 * @param text the metrics at that moment
 */
export function createMetricsServer(
  { host, port }: { host: string; port: number },
  { text, log }: { text(): Promise<string>; log: Log },
): MetricsServer {
  const isLocal = LOOPBACK.test(host)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refuse = (status: number) => void response.writeHead(status, { 'content-length': 0 }).end()
    if (isLocal && !LOOPBACK_NAME.test(request.headers.host ?? '')) return refuse(403)
    if (request.url?.split('?')[0] !== '/metrics') return refuse(404)
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405)
    try {
      const body = Buffer.from(await text(), 'utf8')
      response.writeHead(200, {
        'content-type': CONTENT_TYPE,
        'content-length': body.length,
        'cache-control': 'no-store',
      })
      response.end(request.method === 'HEAD' ? undefined : body)
    } catch (error) {
      log.error({ err: error }, 'the metrics could not be read')
      refuse(500)
    }
  }

  const server = createServer((request, response) => void answer(request, response))
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.headersTimeout = REQUEST_TIMEOUT_MS
  server.maxConnections = MOST_CONNECTIONS
  return {
    async start() {
      server.listen(port, host)
      await once(server, 'listening')
      server.on('error', (error) => log.error({ err: error }, 'the listener of the metrics broke'))
      const name = host.includes(':') ? `[${host}]` : host
      return `http://${name}:${(server.address() as AddressInfo).port}/metrics`
    },
    async stop() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
