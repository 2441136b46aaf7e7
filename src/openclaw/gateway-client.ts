import type { Duplex } from 'node:stream'
import { type RawData, WebSocket } from 'ws'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { CallLimits } from '../ssh/call.ts'
import { withDeadline } from './deadline.ts'
import { type DeviceIdentity, signDevice } from './device-identity.ts'
import type { Credential } from './gateway-credential.ts'
import {
  CLIENT,
  callError,
  challengeSchema,
  connectError,
  type GatewayFrame,
  MAX_FRAME_BYTES,
  PROTOCOL,
  parseFrame,
  parseHello,
  SCOPES,
} from './gateway-frames.ts'
import type { GatewayEvent, GatewayHello } from './ports.ts'

/** What a connection needs. */
export interface GatewayClientOptions {
  nodeId: string
  /** Opens the way to the gateway's port; owned by the client from then on. */
  open(limits: CallLimits): Promise<Duplex>
  port: number
  /** What the gateway is shown; null when there is none or it could not be found. */
  credential: Credential | null
  device: DeviceIdentity
  clock: Clock
  /** Largest accepted frame; {@link MAX_FRAME_BYTES} when absent. */
  maxFrameBytes?: number
}

interface Waiting {
  method: string
  maxBytes: number
  resolve(payload: unknown): void
  reject(error: OperatorError): void
}

interface Listener {
  onEvent(event: GatewayEvent): void
  onClosed: (() => void) | undefined
}

/** One live WebSocket to a gateway. Made by {@link connectGateway}. */
export class GatewayClient {
  readonly hello: GatewayHello
  /** Monotonic milliseconds when the hello arrived. */
  readonly connectedAt: number
  readonly #wire: GatewayWire

  constructor(wire: GatewayWire, hello: GatewayHello, connectedAt: number) {
    this.#wire = wire
    this.hello = hello
    this.connectedAt = connectedAt
  }

  get isOpen(): boolean {
    return this.#wire.ended === null
  }

  /** Whether anyone listens for events. */
  get isWatched(): boolean {
    return this.#wire.listeners.size > 0
  }

  /**
   * Calls a method.
   * @throws OperatorError gateway-refused {node, method, code}, gateway-unreachable {node, reason} when the connection
   * ends before the answer, output-limit, deadline, cancelled
   */
  call(method: string, params: object, limits: CallLimits): Promise<unknown> {
    return this.#wire.request(method, params, limits)
  }

  /**
   * Makes sure that the gateway's event loop turns: a frozen process keeps its connections but answers no ping.
   * @throws OperatorError gateway-unreachable {node, reason}, deadline, cancelled
   */
  ping(limits: CallLimits): Promise<void> {
    return this.#wire.ping(limits)
  }

  /** Hears every event until the returned function is called; `onClosed` runs once when the connection ends. */
  listen(onEvent: (event: GatewayEvent) => void, onClosed?: () => void): () => void {
    const listener: Listener = { onEvent, onClosed }
    this.#wire.listeners.add(listener)
    return () => this.#wire.listeners.delete(listener)
  }

  close(): void {
    this.#wire.end(new OperatorError('cancelled', { node: this.#wire.nodeId }))
  }
}

/**
 * Connects to a gateway and completes the handshake within the limits. Sends no Origin header: with one, gateways
 * treat a client as a browser and refuse it.
 * @throws OperatorError gateway-unreachable {node, reason}, gateway-auth-failed {node, code}, gateway-protocol
 * {node, code}, deadline, cancelled, and what `open` throws
 */
export function connectGateway(options: GatewayClientOptions, limits: CallLimits): Promise<GatewayClient> {
  const { clock, nodeId } = options
  return withDeadline(clock, nodeId, limits, async (signal) => {
    const stream = await options.open({ ...limits, signal })
    if (signal.aborted) {
      stream.destroy()
      throw new OperatorError('cancelled', { node: nodeId })
    }
    const wire = new GatewayWire(options, stream)
    const giveUp = () => wire.end(new OperatorError('cancelled', { node: nodeId }))
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      const hello = await wire.shakeHands(limits)
      return new GatewayClient(wire, hello, clock.monotonic())
    } catch (error) {
      wire.end(new OperatorError('gateway-unreachable', { node: nodeId, reason: 'connection-lost' }))
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  })
}

/** The socket, the calls in flight and the watch over both. */
class GatewayWire {
  readonly nodeId: string
  readonly listeners = new Set<Listener>()
  /** Why the connection ended; null while it lives. */
  ended: OperatorError | null = null
  readonly #options: GatewayClientOptions
  readonly #stream: Duplex
  readonly #socket: WebSocket
  readonly #waiting = new Map<string, Waiting>()
  readonly #watch = new AbortController()
  #lastId = 0
  #lastFrameAt: number
  #challenged: ((payload: unknown) => void) | null = null

  constructor(options: GatewayClientOptions, stream: Duplex) {
    this.nodeId = options.nodeId
    this.#options = options
    this.#stream = stream
    this.#lastFrameAt = options.clock.monotonic()
    this.#socket = new WebSocket(`ws://127.0.0.1:${options.port}`, {
      createConnection: () => stream as never,
      maxPayload: options.maxFrameBytes ?? MAX_FRAME_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
    })
    this.#socket.on('message', (data) => this.#receive(data))
    this.#socket.on('pong', (data) => this.#settlePing(data.toString()))
    this.#socket.on('unexpected-response', () => this.end(this.#foreign('no-websocket')))
    this.#socket.on('error', (error) => this.end(this.#socketError(error)))
    this.#socket.on('close', (code, reason) => this.end(this.#closed(code, reason.toString())))
    stream.on('error', () => this.end(this.#unreachable('connection-lost')))
  }

  async shakeHands(limits: CallLimits): Promise<GatewayHello> {
    const { device, credential, clock } = this.#options
    const challenge = challengeSchema.safeParse(
      await new Promise<unknown>((resolve, reject) => {
        this.#challenged = resolve
        this.#waiting.set('challenge', { method: 'connect', maxBytes: Infinity, resolve, reject })
        if (this.ended !== null) reject(this.ended)
      }),
    )
    this.#waiting.delete('challenge')
    if (!challenge.success) throw this.#foreign('no-challenge')
    const { nonce, ts } = challenge.data
    const claim = {
      clientId: CLIENT.id,
      clientMode: CLIENT.mode,
      role: CLIENT.role,
      scopes: SCOPES,
      token: credential?.kind === 'token' ? credential.secret : null,
      nonce,
    }
    const payload = await this.request(
      'connect',
      {
        minProtocol: PROTOCOL.min,
        maxProtocol: PROTOCOL.max,
        client: { id: CLIENT.id, mode: CLIENT.mode, version: '1.0.0', platform: process.platform },
        role: CLIENT.role,
        scopes: SCOPES,
        caps: [],
        locale: 'en-US',
        userAgent: 'ocm',
        ...(credential === null ? {} : { auth: { [credential.kind]: credential.secret } }),
        device: signDevice(device, { ...claim, signedAt: ts ?? clock.now() }),
      },
      limits,
    )
    const parsed = parseHello(payload)
    if (parsed === null) throw this.#foreign('no-hello')
    void this.#watchTicks(parsed.tickIntervalMs)
    return parsed.hello
  }

  request(method: string, params: object, limits: CallLimits): Promise<unknown> {
    return this.#exchange(method, limits, (id) =>
      this.#send(JSON.stringify({ type: 'req', id, method, params })),
    )
  }

  async ping(limits: CallLimits): Promise<void> {
    await this.#exchange('ping', limits, (id) => this.#socket.ping(id))
  }

  #exchange(method: string, limits: CallLimits, send: (id: string) => void): Promise<unknown> {
    const id = String(++this.#lastId)
    const work = () =>
      new Promise<unknown>((resolve, reject) => {
        if (this.ended !== null) return reject(this.ended)
        this.#waiting.set(id, { method, maxBytes: limits.maxOutputBytes ?? Infinity, resolve, reject })
        send(id)
      })
    return withDeadline(this.#options.clock, this.nodeId, limits, work).finally(() =>
      this.#waiting.delete(id),
    )
  }

  /** Calls made in one turn leave together: each write of its own costs the bot and the node's sshd a packet. */
  #send(text: string): void {
    this.#stream.cork()
    process.nextTick(() => this.#stream.uncork())
    this.#socket.send(text)
  }

  end(reason: OperatorError): void {
    if (this.ended !== null) return
    this.ended = reason
    this.#watch.abort()
    for (const waiting of this.#waiting.values()) waiting.reject(reason)
    this.#waiting.clear()
    this.#socket.close()
    this.#socket.terminate()
    this.#stream.destroy()
    for (const { onClosed } of this.listeners) onClosed?.()
    this.listeners.clear()
  }

  #receive(data: RawData): void {
    this.#lastFrameAt = this.#options.clock.monotonic()
    const bytes = data as Buffer
    const frame = parseFrame(bytes.toString())
    if (frame === null) return this.end(this.#foreign('bad-frame'))
    if (frame.type === 'res') return this.#settle(frame, bytes.length)
    if (frame.event === 'connect.challenge') return this.#challenged?.(frame.payload)
    for (const { onEvent } of this.listeners) onEvent({ event: frame.event, payload: frame.payload })
  }

  #settlePing(id: string): void {
    this.#lastFrameAt = this.#options.clock.monotonic()
    this.#waiting.get(id)?.resolve(null)
  }

  #settle(frame: Extract<GatewayFrame, { type: 'res' }>, bytes: number): void {
    const waiting = this.#waiting.get(frame.id)
    if (waiting === undefined) return
    this.#waiting.delete(frame.id)
    if (bytes > waiting.maxBytes) {
      return waiting.reject(new OperatorError('output-limit', { node: this.nodeId, bytes: waiting.maxBytes }))
    }
    if (frame.ok) return waiting.resolve(frame.payload)
    const error = frame.error ?? { code: 'UNKNOWN', message: '' }
    const failure =
      waiting.method === 'connect'
        ? connectError(this.nodeId, error)
        : callError(this.nodeId, waiting.method, error)
    waiting.reject(failure)
  }

  /** A gateway ticks every 30 s; silent for two intervals means that it or the way to it is gone. */
  async #watchTicks(intervalMs: number): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#watch
    while (!signal.aborted) {
      const silentMs = clock.monotonic() - this.#lastFrameAt
      if (silentMs >= 2 * intervalMs) return this.end(this.#unreachable('gateway-hung'))
      await clock.sleep(2 * intervalMs - silentMs, signal).catch(() => undefined)
    }
  }

  #socketError(error: Error & { code?: string }): OperatorError {
    if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
      const bytes = this.#options.maxFrameBytes ?? MAX_FRAME_BYTES
      return new OperatorError('output-limit', { node: this.nodeId, bytes }, { cause: error })
    }
    if (error.code?.startsWith('WS_ERR_') || error.code?.startsWith('HPE_')) return this.#foreign(error.code)
    return this.#unreachable('connection-lost', error)
  }

  /** 1012 is a restart on purpose; the next attempt finds the gateway starting. */
  #closed(code: number, reason: string): OperatorError {
    const params = { node: this.nodeId, reason: code === 1012 ? 'gateway-starting' : 'connection-lost' }
    return new OperatorError('gateway-unreachable', { ...params, code }, { detail: reason.slice(0, 200) })
  }

  #unreachable(reason: string, cause?: unknown): OperatorError {
    return new OperatorError('gateway-unreachable', { node: this.nodeId, reason }, { cause })
  }

  #foreign(code: string): OperatorError {
    return new OperatorError('gateway-protocol', { node: this.nodeId, code })
  }
}
