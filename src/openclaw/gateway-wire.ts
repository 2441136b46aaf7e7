import type { Duplex } from 'node:stream'
import { type RawData, WebSocket } from 'ws'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { CallLimits } from '../ssh/call.ts'
import { withDeadline } from './deadline.ts'
import { type DeviceIdentity, signDevice } from './device-identity.ts'
import { FrameBudget, overBudget } from './frame-budget.ts'
import type { Credential } from './gateway-credential.ts'
import {
  CLIENT,
  callError,
  challengeSchema,
  connectError,
  type GatewayFrame,
  MAX_FRAME_BYTES,
  PROTOCOL,
  parseHello,
  SCOPES,
} from './gateway-frames.ts'
import type { GatewayEvent, GatewayHello } from './ports.ts'
import { readFrame, readLargeFrame } from './read-frame.ts'

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
  /** What this node may send, over all its connections; a budget of its own when absent. */
  budget?: FrameBudget
  /** Largest accepted frame; {@link MAX_FRAME_BYTES} when absent. */
  maxFrameBytes?: number
}

interface Waiting {
  method: string
  maxBytes: number
  /** Monotonic milliseconds until which a gateway that says nothing may be working on it. */
  worksUntil: number
  resolve(payload: unknown): void
  reject(error: OperatorError): void
}

/** The gateway begins with its challenge. */
const UNASKED = { method: 'connect', maxBytes: Infinity, worksUntil: 0 }
/** Stands for a method: nothing is asked for that could have been done. */
const PING = 'ping'

interface Listener {
  onEvent(event: GatewayEvent): void
  onClosed: (() => void) | undefined
  /** No reason to keep the connection. */
  isPassive: boolean
}

/** The socket, the calls in flight and the watch over both. */
export class GatewayWire {
  readonly nodeId: string
  readonly listeners = new Set<Listener>()
  /** Why the connection ended; null while it lives. */
  ended: OperatorError | null = null
  readonly #options: GatewayClientOptions
  readonly #stream: Duplex
  readonly #socket: WebSocket
  readonly #budget: FrameBudget
  readonly #waiting = new Map<string, Waiting>()
  readonly #watch = new AbortController()
  /** A gateway that lives is not silent for longer. */
  #quietMs = Number.POSITIVE_INFINITY
  #closing = false
  #lastId = 0
  #lastFrameAt: number
  #challenged: ((payload: unknown) => void) | null = null

  constructor(options: GatewayClientOptions, stream: Duplex) {
    this.nodeId = options.nodeId
    this.#options = options
    this.#stream = stream
    this.#budget = options.budget ?? new FrameBudget(options.clock)
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
        this.#waiting.set('challenge', { ...UNASKED, resolve, reject })
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
    this.#quietMs = 2 * parsed.tickIntervalMs
    void this.#watchTicks()
    return parsed.hello
  }

  request(method: string, params: object, limits: CallLimits): Promise<unknown> {
    return this.#exchange(method, limits, (id) =>
      this.#send(JSON.stringify({ type: 'req', id, method, params })),
    )
  }

  async ping(limits: CallLimits): Promise<void> {
    await this.#exchange(PING, limits, (id) => this.#socket.ping(id))
  }

  #exchange(method: string, limits: CallLimits, send: (id: string) => void): Promise<unknown> {
    const id = String(++this.#lastId)
    const work = () =>
      new Promise<unknown>((resolve, reject) => {
        if (this.ended !== null) return reject(this.ended)
        const maxBytes = limits.maxOutputBytes ?? Infinity
        this.#waiting.set(id, { method, maxBytes, worksUntil: this.#worksUntil(limits), resolve, reject })
        send(id)
      })
    return withDeadline(this.#options.clock, this.nodeId, limits, work).finally(() => {
      this.#waiting.delete(id)
      if (this.#closing && !this.isWorking) this.end(new OperatorError('cancelled', { node: this.nodeId }))
    })
  }

  /** Only a call that may take longer than the gateway is quiet by itself is a reason to wait for it in silence. */
  #worksUntil({ deadlineMs }: CallLimits): number {
    return deadlineMs > this.#quietMs ? this.#options.clock.monotonic() + deadlineMs : 0
  }

  get isWorking(): boolean {
    const now = this.#options.clock.monotonic()
    return [...this.#waiting.values()].some(({ worksUntil }) => worksUntil > now)
  }

  closeWhenDone(): void {
    this.#closing = true
    if (!this.isWorking) this.end(new OperatorError('cancelled', { node: this.nodeId }))
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
    for (const waiting of this.#waiting.values())
      waiting.reject(waiting.method === 'connect' || waiting.method === PING ? reason : this.#lost(reason))
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
    const frame = readFrame(bytes, (id) => this.#waiting.has(id))
    // An answer that somebody waits for was asked for, and has a limit of its own.
    const answers = frame?.type === 'res' || frame?.type === 'large' || frame?.type === 'too-large'
    const asked = answers && this.#waiting.has(frame.id)
    if (!this.#budget.take(asked ? 0 : bytes.length)) return this.end(overBudget(this.nodeId))
    if (frame === null) return this.end(this.#foreign('bad-frame'))
    if (frame.type === 'dropped') return
    if (frame.type === 'too-large') return this.#refuse(frame.id, frame.bytes)
    if (frame.type === 'large') return void this.#receiveLarge(frame.id, bytes)
    if (frame.type === 'res') return this.#settle(frame, bytes.length)
    if (frame.event === 'connect.challenge') return this.#challenged?.(frame.payload)
    for (const { onEvent } of this.listeners) onEvent({ event: frame.event, payload: frame.payload })
  }

  /** Other messages go on meanwhile: answers are told apart by their id. */
  async #receiveLarge(id: string, bytes: Buffer): Promise<void> {
    const frame = await readLargeFrame(bytes, this.#waiting.get(id)?.method ?? '')
    if (frame === 'busy') this.#refuse(id, bytes.length)
    else if (frame?.type === 'res' && frame.id === id) this.#settle(frame, bytes.length)
    else this.end(this.#foreign('bad-frame'))
  }

  #settlePing(id: string): void {
    this.#lastFrameAt = this.#options.clock.monotonic()
    this.#waiting.get(id)?.resolve(null)
  }

  #refuse(id: string, bytes: number): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    waiting?.reject(new OperatorError('output-limit', { node: this.nodeId, bytes }))
  }

  #settle(frame: Extract<GatewayFrame, { type: 'res' }>, bytes: number): void {
    const waiting = this.#waiting.get(frame.id)
    if (waiting === undefined) return
    this.#waiting.delete(frame.id)
    if (bytes > waiting.maxBytes)
      return waiting.reject(new OperatorError('output-limit', { node: this.nodeId, bytes: waiting.maxBytes }))
    if (frame.ok) return waiting.resolve(frame.payload)
    const error = frame.error ?? { code: 'UNKNOWN', message: '' }
    const failure =
      waiting.method === 'connect'
        ? connectError(this.nodeId, error)
        : callError(this.nodeId, waiting.method, error)
    waiting.reject(failure)
  }

  /**
   * A gateway ticks every 30 s; silent for two intervals means that it or the way to it is gone. But one that compacts on
   * a busy machine says nothing for minutes, and then answers: what was asked for has its own deadline.
   */
  async #watchTicks(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#watch
    while (!signal.aborted) {
      const works = [...this.#waiting.values()].map(({ worksUntil }) => worksUntil)
      const leftMs = Math.max(this.#lastFrameAt + this.#quietMs, ...works) - clock.monotonic()
      if (leftMs <= 0) return this.end(this.#unreachable('gateway-hung'))
      // The work may be over long before its deadline, and the gateway silent from then on.
      await clock.sleep(Math.min(leftMs, this.#quietMs), signal).catch(() => undefined)
    }
  }

  /** What a call that was sent gets when the connection ends: nobody knows what became of it. */
  #lost(reason: OperatorError): OperatorError {
    if (reason.code === 'cancelled' || reason.code === 'output-limit') return reason
    const params = { ...reason.params, reason: reason.params.reason ?? reason.code }
    return new OperatorError('connection-lost', params, {
      cause: reason,
      ...(reason.detail === undefined ? {} : { detail: reason.detail }),
    })
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
