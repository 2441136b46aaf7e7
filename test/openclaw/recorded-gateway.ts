import { createPublicKey, verify } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { type RecordedVersion, recordedHello, recordedPayload } from './fixtures.ts'

interface Request {
  id: string
  method: string
  params: Record<string, unknown>
}

/** One frame of an answer: a payload, an error, or nothing at all. */
export type Reply = { payload: unknown } | { error: Record<string, unknown>; close?: number } | null

export interface RecordedGatewayOptions {
  version: RecordedVersion
  token?: string
  /** Asks for a password instead of the token. */
  password?: string
  /** Speaks TLS with this certificate. */
  tls?: { key: string; cert: string }
  /** The address to listen on; 127.0.0.1 when absent. */
  host?: string
  /** Overrides the recorded answers. */
  reply?(request: Request, socket: WebSocket): Reply | undefined
  http?(request: IncomingMessage, response: ServerResponse): void
  /** Accepts connections and says nothing. */
  mute?: boolean
}

const PAIRS = new Set([
  'sessions.list',
  'agents.list',
  'channels.status',
  'health',
  'models.list',
  'config.get',
])

/** A gateway on loopback that speaks what a real one was recorded to say, and checks the device's signature. */
export async function startRecordedGateway(options: RecordedGatewayOptions) {
  const { version } = options
  const state = { token: options.token ?? 'tok-1', headers: [] as IncomingMessage['headers'][], connects: 0 }
  const received: Request[] = []
  const answer: RequestListener = (request, response) => {
    if (options.http) return options.http(request, response)
    if (version === '2026.2.17') return void response.end('<!doctype html><html></html>')
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ready: true, failing: [], uptimeMs: 1000 }))
  }
  const server = options.tls ? createTlsServer(options.tls, answer) : createServer(answer)
  // A client that speaks without TLS to a server that has it.
  server.on('tlsClientError', () => undefined)
  const sockets = new WebSocketServer({ noServer: true })
  const connections = new Set<Socket>()
  server.on('connection', (socket) => connections.add(socket))
  server.on('upgrade', (request, socket, head) => {
    state.headers.push(request.headers)
    if (options.mute) return
    sockets.handleUpgrade(request, socket, head, (ws) => greet(ws))
  })
  if (options.mute) server.removeAllListeners('request').on('request', () => undefined)

  function greet(ws: WebSocket) {
    const nonce = `nonce-${++state.connects}`
    ws.send(
      JSON.stringify({ type: 'event', event: 'connect.challenge', payload: { nonce, ts: 1795335805028 } }),
    )
    ws.on('message', (data) => {
      const request = JSON.parse(String(data)) as Request
      received.push(request)
      const custom = options.reply?.(request, ws)
      const reply = custom === undefined ? standard(request, nonce) : custom
      if (reply === null) return
      const ok = 'payload' in reply
      ws.send(JSON.stringify({ type: 'res', id: request.id, ok, ...reply }))
      if (!ok && reply.close !== undefined) ws.close(reply.close)
    })
  }

  function standard({ method, params }: Request, nonce: string): Reply {
    if (method === 'connect') return connect(params, nonce)
    if (PAIRS.has(method)) return { payload: recordedPayload(version, method) }
    if (version === '2026.9.6' && method === 'system.info')
      return { payload: recordedPayload(version, method) }
    return { error: { code: 'INVALID_REQUEST', message: `unknown method: ${method}` } }
  }

  function connect(params: Record<string, unknown>, nonce: string): Reply {
    const protocol = version === '2026.9.6' ? 4 : 3
    const { minProtocol, maxProtocol, auth, device, client, role, scopes } = params as never as {
      minProtocol: number
      maxProtocol: number
      auth?: { token?: string; password?: string }
      device: { id: string; publicKey: string; signature: string; signedAt: number; nonce: string }
      client: { id: string; mode: string }
      role: string
      scopes: string[]
    }
    if (minProtocol > protocol || maxProtocol < protocol) {
      const error = {
        code: 'INVALID_REQUEST',
        message: 'protocol mismatch',
        details: { expectedProtocol: protocol },
      }
      return { error, close: 1002 }
    }
    const { password } = options
    const known = password === undefined ? auth?.token === state.token : auth?.password === password
    if (!known) {
      const details = { code: 'AUTH_TOKEN_MISMATCH', authReason: 'token_mismatch' }
      const message = 'unauthorized: gateway token mismatch (provide gateway auth token)'
      return { error: { code: 'INVALID_REQUEST', message, details }, close: 1008 }
    }
    const parts = [
      'v2',
      device.id,
      client.id,
      client.mode,
      role,
      scopes.join(','),
      device.signedAt,
      auth?.token ?? '',
      nonce,
    ]
    const prefix = Buffer.from('302a300506032b6570032100', 'hex')
    const key = createPublicKey({
      key: Buffer.concat([prefix, Buffer.from(device.publicKey, 'base64url')]),
      format: 'der',
      type: 'spki',
    })
    const signature = Buffer.from(device.signature, 'base64url')
    if (!verify(null, Buffer.from(parts.join('|')), key, signature)) {
      return { error: { code: 'NOT_PAIRED', message: 'device signature invalid' }, close: 1008 }
    }
    return { payload: recordedHello(version) }
  }

  await new Promise<void>((resolve) => server.listen(0, options.host ?? '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    state,
    received,
    /** Sends a raw message to every client. */
    broadcast(text: string) {
      for (const ws of sockets.clients) ws.send(text)
    },
    drop(code: number, reason: string) {
      for (const ws of sockets.clients) ws.close(code, reason)
    },
    openSockets: () => sockets.clients.size,
    async stop() {
      for (const ws of sockets.clients) ws.terminate()
      for (const socket of connections) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
