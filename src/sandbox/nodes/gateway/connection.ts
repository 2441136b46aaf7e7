import { randomUUID } from 'node:crypto'
import type { WebSocket } from 'ws'
import { at, isObject } from '../openclaw/config-file.ts'
import type { OpenClawState } from '../openclaw/state.ts'
import { copyOf, type Json, recordingsOf } from '../recorded.ts'
import { isSince } from '../releases.ts'
import { healthOf } from './answers.ts'
import { dispatch } from './dispatch.ts'
import { decideConnect, protocolOf, type WireError } from './handshake.ts'
import { allows, type ProcessControl } from './method.ts'

export interface ConnectionOptions {
  socket: WebSocket
  origin: string | undefined
  openclaw: OpenClawState
  process: ProcessControl
  bootId: string
  ready: () => boolean
  /** Runs at once, or as soon as the process is no longer stopped. */
  thawed: (run: () => void) => void
  /** Called for each request after the handshake, with the method's name. */
  called: (method: string) => void
}

/** One client of the gateway: challenge, handshake, requests, events. */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #nonce = randomUUID()
  #scopes: string[] | null = null
  #subscribed = false
  #seq = 0

  constructor(options: ConnectionOptions) {
    this.#options = options
    const isNew = isSince(options.openclaw.version, '2026.9.6')
    const capabilities = isNew ? { capabilities: ['model-catalog-snapshot'] } : {}
    const payload = { nonce: this.#nonce, ts: options.openclaw.now(), ...capabilities }
    this.#send({ type: 'event', event: 'connect.challenge', payload })
  }

  get greeted(): boolean {
    return this.#scopes !== null
  }

  /** Handles one text frame. */
  async receive(text: string): Promise<void> {
    const frame = parseFrame(text)
    if (!frame) {
      this.#options.socket.close(1008, 'invalid frame')
      return
    }
    if (this.#scopes === null) this.#connect(frame)
    else await this.#request(frame, this.#scopes)
  }

  /** Sends an event when the client may see it. */
  event(event: string, payload: Json, audience: 'all' | 'subscribed'): void {
    if (this.#scopes === null || !allows(this.#scopes, 'operator.read')) return
    if (audience === 'subscribed' && !this.#subscribed) return
    this.#seq += 1
    this.#send({ type: 'event', event, payload, seq: this.#seq })
  }

  #connect(frame: { id: string; method: string; params: unknown }): void {
    const { openclaw, origin, ready, socket } = this.#options
    if (frame.method !== 'connect' || !isObject(frame.params)) {
      this.#refuse(
        frame.id,
        { code: 'INVALID_REQUEST', message: 'invalid handshake: first request must be connect' },
        1008,
      )
      return
    }
    if (!ready()) {
      const details = { reason: 'startup-sidecars' }
      const error = { code: 'UNAVAILABLE', message: 'gateway starting; retry shortly', details }
      this.#refuse(frame.id, { ...error, retryable: true, retryAfterMs: 500 }, 1013)
      return
    }
    const decision = decideConnect(frame.params, {
      version: openclaw.version,
      token: openclaw.token(),
      nonce: this.#nonce,
      now: openclaw.now(),
      origin,
      paired: (deviceId) => openclaw.devices.get(deviceId),
    })
    if (!decision.ok) {
      openclaw.log.gateway('gateway/ws', `unauthorized conn reason=${decision.error.message}`, 'warn')
      this.#refuse(frame.id, decision.error, decision.closeCode)
      return
    }
    this.#scopes = decision.scopes
    const payload = this.#hello(decision.scopes, decision.deviceId, decision.clientId, decision.mode)
    this.#send({ type: 'res', id: frame.id, ok: true, payload })
    openclaw.log.gateway('gateway/ws', `connected ${decision.clientId} mode=${decision.mode} role=operator`)
    if (socket.readyState === socket.OPEN) this.event('health', healthOf(openclaw), 'all')
  }

  #hello(scopes: string[], deviceId: string | null, clientId: string, mode: string): Json {
    const { openclaw, process, bootId } = this.#options
    const { version } = openclaw
    const recorded = recordingsOf(version)
    const hello = copyOf(recorded.hello)
    const isNew = protocolOf(version) === 4
    const tellsBoot = isSince(version, '2026.8.1')
    const connId = randomUUID()
    const now = openclaw.now()
    const paired = deviceId !== null && (!isNew || clientId === 'cli')
    const device = paired ? { deviceToken: openclaw.pair(deviceId, scopes).token } : {}
    const self = copyOf(recorded.presenceSelf, { host: openclaw.hostname, ts: now })
    const visitor = {
      host: clientId,
      version: '1.0.0',
      mode,
      reason: 'connect',
      roles: ['operator'],
      scopes,
      ts: now,
    }
    hello.server = {
      ...(hello.server as Json),
      connId,
      ...(tellsBoot ? { bootId } : {}),
      ...(isSince(version, '2026.3.31') ? {} : { host: openclaw.hostname }),
    }
    hello.features = {
      methods: recorded.methods,
      events: recorded.events,
      ...(recorded.capabilities ? { capabilities: recorded.capabilities } : {}),
    }
    hello.snapshot = {
      ...(hello.snapshot as Json),
      presence: [self, visitor],
      health: healthOf(openclaw),
      uptimeMs: now - process.startedAt(),
      configPath: openclaw.config.path,
      stateDir: openclaw.stateDirectory,
    }
    const issued = paired && !isNew ? { issuedAtMs: now } : {}
    hello.auth = {
      ...(isSince(version, '2026.9.6') ? { method: 'token' } : {}),
      ...device,
      role: 'operator',
      scopes,
      ...issued,
    }
    hello.policy = { ...(hello.policy as Json), tickIntervalMs: openclaw.timings.tickMs }
    hello.protocol = protocolOf(version)
    return hello
  }

  async #request(
    frame: { id: string; method: string; params: unknown },
    scopes: readonly string[],
  ): Promise<void> {
    const { openclaw, process, called } = this.#options
    called(frame.method)
    const { method, params } = frame
    const subscribe = () => {
      this.#subscribed = true
    }
    const outcome = await dispatch({ method, params, scopes, openclaw, process, subscribe })
    if (!outcome.ok) {
      const { code, message } = outcome.error
      const line = `⇄ res ✗ ${method} errorCode=${code} errorMessage=${message} id=${frame.id}`
      openclaw.log.gateway('gateway/ws', line)
    }
    this.#options.thawed(() => this.#send({ type: 'res', id: frame.id, ...outcome }))
  }

  #refuse(id: string, error: WireError, closeCode: number): void {
    this.#send({ type: 'res', id, ok: false, error })
    this.#options.socket.close(closeCode, error.message)
  }

  #send(frame: Json): void {
    const { socket } = this.#options
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame))
  }
}

function parseFrame(text: string): { id: string; method: string; params: unknown } | null {
  try {
    const frame: unknown = JSON.parse(text)
    const [id, method] = [at(frame, 'id'), at(frame, 'method')]
    if (at(frame, 'type') !== 'req' || typeof id !== 'string' || typeof method !== 'string') return null
    return { id, method, params: at(frame, 'params') }
  } catch {
    return null
  }
}
