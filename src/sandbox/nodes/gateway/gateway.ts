import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { machineClock } from '../../clock.ts'
import type { OpenClawState } from '../openclaw/state.ts'
import { type Json, recordingsOf } from '../recorded.ts'
import { isSince } from '../releases.ts'
import { healthOf } from './answers.ts'
import { Connection } from './connection.ts'
import type { ProcessControl } from './method.ts'

const CONTROL_PAGE =
  '<!doctype html><html lang="en"><head><title>OpenClaw Control</title></head><body></body></html>\n'
const HEALTH_EVENT_MS = 60_000
const SERVICE_RESTART = 1012
/** Another process may take the port while the gateway is down; it is waited for so often, so long apart. */
const LISTEN_ATTEMPTS = 50
const LISTEN_PAUSE_MS = 100

export interface GatewayOptions {
  openclaw: OpenClawState
  process: ProcessControl
  called: (method: string) => void
}

/** The gateway's server of one process life: HTTP and WebSocket on one loopback port. */
export class Gateway {
  readonly bootId = randomUUID()
  readonly #options: GatewayOptions
  readonly #http: Server
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: 26_214_400 })
  readonly #connections = new Map<WebSocket, Connection>()
  readonly #open = new Set<Socket>()
  readonly #timers: NodeJS.Timeout[] = []
  #ready = false
  #frozen: (() => void)[] | null = null

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#http = createServer((request, response) => this.#thawed(() => this.#answer(request, response)))
    this.#http.on('upgrade', (request, socket, head) =>
      this.#thawed(() => this.#upgrade(request, socket, head)),
    )
    this.#http.on('connection', (socket) => {
      this.#open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => this.#open.delete(socket))
    })
  }

  get ready(): boolean {
    return this.#ready
  }

  get clients(): number {
    return [...this.#connections.values()].filter((connection) => connection.greeted).length
  }

  /** Opens the port and answers "starting" until {@link serve}. Returns the port. */
  async listen(port: number, signal: AbortSignal): Promise<number> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await new Promise<void>((resolve, reject) => {
          this.#http.once('error', reject)
          this.#http.listen(port, '127.0.0.1', () => {
            this.#http.off('error', reject)
            resolve()
          })
        })
        return (this.#http.address() as AddressInfo).port
      } catch (error) {
        if (attempt === LISTEN_ATTEMPTS) throw error
        await machineClock.sleep(LISTEN_PAUSE_MS, signal)
      }
    }
  }

  /** From now on the gateway is ready. */
  serve(): void {
    const { openclaw } = this.#options
    this.#ready = true
    openclaw.connect((event, payload, audience) => this.#broadcast(event, payload, audience))
    const tick = () => this.#broadcast('tick', { ts: openclaw.now() }, 'all')
    const health = () => this.#broadcast('health', healthOf(openclaw), 'all')
    this.#timers.push(setInterval(tick, openclaw.timings.tickMs), setInterval(health, HEALTH_EVENT_MS))
    openclaw.log.gateway('gateway', 'ready')
  }

  /** Keeps every connection and answers nothing, as a stopped process does. */
  freeze(): void {
    this.#frozen ??= []
    for (const socket of this.#connections.keys()) socket.pause()
  }

  thaw(): void {
    const waiting = this.#frozen ?? []
    this.#frozen = null
    for (const socket of this.#connections.keys()) socket.resume()
    for (const run of waiting) run()
  }

  /** Says goodbye to the clients, then closes the port. */
  async shutdown(reason: string): Promise<void> {
    this.#broadcast('shutdown', { reason, restartExpectedMs: 1500 }, 'all')
    for (const socket of this.#connections.keys()) socket.close(SERVICE_RESTART, 'service restart')
    await this.kill()
  }

  /** Ends without a word: every connection is cut. */
  async kill(): Promise<void> {
    this.#ready = false
    this.#frozen = null
    for (const timer of this.#timers) clearInterval(timer)
    this.#options.openclaw.disconnect()
    this.#options.openclaw.turns.interrupt()
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()))
    for (const socket of this.#open) socket.destroySoon()
    await closed
  }

  #broadcast(event: string, payload: Json, audience: 'all' | 'subscribed'): void {
    this.#thawed(() => {
      for (const connection of this.#connections.values()) connection.event(event, payload, audience)
    })
  }

  #thawed(run: () => void): void {
    if (this.#frozen) this.#frozen.push(run)
    else run()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const isNew = isSince(this.#options.openclaw.version, '2026.3.31')
    const path = new URL(request.url ?? '/', 'http://gateway').pathname
    if (request.headers['x-forwarded-for'] !== undefined) sendJson(response, 403, { error: 'Forbidden' })
    else if (isNew && ['/healthz', '/health'].includes(path))
      sendJson(response, 200, { ok: true, status: 'live' })
    else if (isNew && ['/readyz', '/ready'].includes(path)) this.#answerReady(response)
    else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(CONTROL_PAGE)
  }

  #answerReady(response: ServerResponse): void {
    const { openclaw, process } = this.#options
    const { eventLoop } = recordingsOf('2026.9.6').systemInfo
    const failing = this.#ready ? [] : ['startup-sidecars']
    const uptimeMs = openclaw.now() - process.startedAt()
    sendJson(response, this.#ready ? 200 : 503, { ready: this.#ready, failing, uptimeMs, eventLoop })
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.headers['x-forwarded-for'] !== undefined) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, request))
  }

  #accept(socket: WebSocket, request: IncomingMessage): void {
    const { openclaw, process, called } = this.#options
    const connection = new Connection({
      socket,
      origin: request.headers.origin,
      openclaw,
      process,
      bootId: this.bootId,
      ready: () => this.#ready,
      thawed: (run) => this.#thawed(run),
      called,
    })
    this.#connections.set(socket, connection)
    socket.on('message', (data) => this.#thawed(() => void connection.receive(String(data))))
    socket.on('error', () => socket.terminate())
    socket.on('close', () => this.#connections.delete(socket))
  }
}

function sendJson(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}
