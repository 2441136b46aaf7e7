import type { RawData, WebSocket } from 'ws'
import { asRecord, type Json } from './json.ts'

/** A client's payload may be this long. */
const MAX_PAYLOAD_BYTES = 4096
/** Events that a client may send in a minute. */
const MAX_EVENTS = 120
const EVENTS_WINDOW_MS = 60_000

interface Handlers {
  identify: (data: Json) => void
  resume: (data: Json) => void
  isMute: () => boolean
  closed: () => void
}

/** Opcodes that a bot may send and that need no answer here: presence, voice state, member and sound requests. */
const SILENT_OPCODES = [3, 4, 8, 31]

/** One WebSocket of a bot: reads its payloads, keeps Discord's rules for them, answers heartbeats. */
export class Connection {
  readonly #socket: WebSocket
  readonly #handlers: Handlers
  #isKnown = false
  #windowStart = performance.now()
  #events = 0

  constructor(socket: WebSocket, handlers: Handlers) {
    this.#socket = socket
    this.#handlers = handlers
    socket.on('message', (data) => this.#receive(data))
    socket.on('close', () => handlers.closed())
    socket.on('error', () => socket.terminate())
  }

  send(payload: Json): void {
    // After an invalid session the client identifies or resumes over this same connection.
    if (payload.op === 9) this.#isKnown = false
    this.sendText(JSON.stringify({ t: null, s: null, ...payload }))
  }

  sendText(text: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text)
  }

  close(code: number, reason = ''): void {
    this.#socket.close(code, reason)
  }

  /** Ends the TCP connection without a word. */
  cut(): void {
    this.#socket.terminate()
  }

  #receive(data: RawData): void {
    const text = String(data)
    if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) return this.close(4002, 'Payload too large.')
    if (this.#isFlooding()) return this.close(4008, 'Rate limited.')
    const payload = parse(text)
    if (payload === undefined) return this.close(4002, 'Error while decoding payload.')
    this.#act(Number(payload.op), asRecord(payload.d) ?? {})
  }

  #act(op: number, data: Json): void {
    if (op === 1) {
      if (!this.#handlers.isMute()) this.send({ op: 11 })
      return
    }
    if (op === 2 || op === 6) {
      if (this.#isKnown) return this.close(4005, 'Already authenticated.')
      this.#isKnown = true
      return op === 2 ? this.#handlers.identify(data) : this.#handlers.resume(data)
    }
    if (!SILENT_OPCODES.includes(op)) return this.close(4001, 'Unknown opcode.')
    if (!this.#isKnown) return this.close(4003, 'Not authenticated.')
  }

  #isFlooding(): boolean {
    const now = performance.now()
    if (now - this.#windowStart >= EVENTS_WINDOW_MS) {
      this.#windowStart = now
      this.#events = 0
    }
    this.#events += 1
    return this.#events > MAX_EVENTS
  }
}

function parse(text: string): Json | undefined {
  try {
    return asRecord(JSON.parse(text))
  } catch {
    return undefined
  }
}
