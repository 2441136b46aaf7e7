import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { GatewayCounts, GatewayFault } from './control.ts'
import { Connection } from './gateway-connection.ts'
import { forIntents, PRIVILEGED_INTENTS, VALID_INTENTS } from './intents.ts'
import { asNumber, asText, type Json } from './json.ts'
import { guildCreatePayload, userPayload } from './payloads.ts'
import type { World } from './world.ts'

/** Dispatches that a session keeps for a resume. */
const REPLAY_LIMIT = 1_000

const DAY_MS = 24 * 3_600_000

interface Session {
  id: string
  intents: number
  seq: number
  sent: { seq: number; text: string }[]
  connection: Connection | null
}

export interface GatewayOptions {
  heartbeatMs: number
  /** Privileged intents that the application has switched on. */
  privilegedIntents: number
  url: () => string
  /** Milliseconds that must lie between two identifies; Discord's `max_concurrency` of 1 makes it 5,000. */
  identifyEveryMs: number
  /** Identifies in a day after which Discord takes the token away. */
  identifiesPerDay: number
}

/** The gateway, version 10, JSON: sessions, dispatches by intent, resume with replay, and faults. */
export class Gateway {
  readonly #world: World
  readonly #options: GatewayOptions
  readonly #server = new WebSocketServer({ noServer: true })
  readonly #sessions = new Map<string, Session>()
  readonly #connections = new Set<Connection>()
  readonly #identifies: number[] = []
  readonly #counts = { attempts: 0, identifies: 0, mostOpenSessions: 0 }
  #refusing: { status: number | null } | null = null
  #mute = false

  constructor(world: World, options: GatewayOptions) {
    this.#world = world
    this.#options = options
    world.onEvent((event, data) => this.#broadcast(event, data))
  }

  /** Takes over an HTTP upgrade. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#counts.attempts += 1
    if (this.#refusing) return refuse(socket, this.#refusing.status)
    this.#server.handleUpgrade(request, socket, head, (ws) => this.#accept(ws))
  }

  fault(fault: GatewayFault): void {
    switch (fault.kind) {
      case 'mute-acks':
        this.#mute = fault.on
        return
      case 'refuse-connections':
        this.#refusing = fault.on ? { status: fault.status ?? null } : null
        return
      case 'dispatch':
        for (const session of this.#sessions.values()) this.#dispatch(session, fault.event, fault.data)
        return
      default:
        for (const session of this.#live()) this.#disturb(session, fault)
    }
  }

  clearFaults(): void {
    this.#refusing = null
    this.#mute = false
  }

  counts(): GatewayCounts {
    return { ...this.#counts, openSessions: this.#live().length }
  }

  /** As `GET /gateway/bot` tells it. */
  sessionStarts(): { total: number; remaining: number; reset_after: number; max_concurrency: number } {
    const recent = this.#recentIdentifies()
    const total = this.#options.identifiesPerDay
    const first = recent[0]
    return {
      total,
      remaining: Math.max(0, total - recent.length),
      reset_after: first === undefined ? 0 : Math.round(first + DAY_MS - performance.now()),
      max_concurrency: 1,
    }
  }

  close(): void {
    for (const connection of this.#connections) connection.cut()
    this.#sessions.clear()
    this.#server.close()
  }

  #disturb(
    session: Session,
    fault: Extract<GatewayFault, { kind: 'reconnect' | 'invalid-session' | 'close' | 'cut' }>,
  ) {
    const connection = session.connection
    if (fault.kind === 'reconnect') connection?.send({ op: 7, d: null })
    if (fault.kind === 'cut') connection?.cut()
    if (fault.kind === 'invalid-session') {
      if (!fault.resumable) this.#sessions.delete(session.id)
      connection?.send({ op: 9, d: fault.resumable })
    }
    if (fault.kind === 'close') {
      if (fault.code === 4007 || fault.code === 4009) this.#sessions.delete(session.id)
      connection?.close(fault.code)
    }
  }

  #accept(ws: WebSocket): void {
    const connection = new Connection(ws, {
      identify: (data) => this.#identify(connection, data),
      resume: (data) => this.#resume(connection, data),
      isMute: () => this.#mute,
      closed: () => {
        this.#connections.delete(connection)
        for (const session of this.#live()) if (session.connection === connection) session.connection = null
        this.#tellOnline()
      },
    })
    this.#connections.add(connection)
    connection.send({ op: 10, d: { heartbeat_interval: this.#options.heartbeatMs } })
  }

  #identify(connection: Connection, data: Json): void {
    const intents = asNumber(data.intents) ?? 0
    if (!this.#isToken(data.token)) return connection.close(4004, 'Authentication failed.')
    if ((intents & ~VALID_INTENTS) !== 0) return connection.close(4013, 'Invalid intent(s).')
    const refused = intents & PRIVILEGED_INTENTS & ~this.#options.privilegedIntents
    if (refused !== 0) return connection.close(4014, 'Disallowed intent(s).')
    if (!this.#mayIdentify()) return connection.send({ op: 9, d: false })
    this.#dropAbandoned()
    const session: Session = { id: randomUUID().replaceAll('-', ''), intents, seq: 0, sent: [], connection }
    this.#sessions.set(session.id, session)
    this.#counts.identifies += 1
    this.#counts.mostOpenSessions = Math.max(this.#counts.mostOpenSessions, this.#live().length)
    const { bot, guild } = this.#world
    this.#dispatch(session, 'READY', {
      v: 10,
      user: userPayload(bot),
      guilds: [{ id: guild.id, unavailable: true }],
      session_id: session.id,
      resume_gateway_url: this.#options.url(),
      shard: [0, 1],
      application: { id: bot.id, flags: 0 },
    })
    this.#dispatch(session, 'GUILD_CREATE', guildCreatePayload(this.#world))
    this.#tellOnline()
  }

  #resume(connection: Connection, data: Json): void {
    if (!this.#isToken(data.token)) return connection.close(4004, 'Authentication failed.')
    const session = this.#sessions.get(asText(data.session_id) ?? '')
    const seq = asNumber(data.seq) ?? 0
    const oldest = session?.sent[0]?.seq ?? 1
    if (session === undefined || seq + 1 < oldest) return connection.send({ op: 9, d: false })
    if (seq > session.seq) return connection.close(4007, 'Invalid seq.')
    // After op 9 a client may resume over the connection that it has.
    if (session.connection !== connection) session.connection?.cut()
    session.connection = connection
    for (const one of session.sent) if (one.seq > seq) connection.sendText(one.text)
    this.#dispatch(session, 'RESUMED', {})
    this.#tellOnline()
  }

  #broadcast(event: string, data: Json): void {
    for (const session of this.#sessions.values()) {
      const mine = forIntents(event, data, session.intents, this.#world.bot.id)
      if (mine !== null) this.#dispatch(session, event, mine)
    }
  }

  #dispatch(session: Session, event: string, data: unknown): void {
    session.seq += 1
    const text = JSON.stringify({ op: 0, t: event, s: session.seq, d: data })
    session.sent.push({ seq: session.seq, text })
    if (session.sent.length > REPLAY_LIMIT) session.sent.shift()
    session.connection?.sendText(text)
  }

  #isToken(value: unknown): boolean {
    return asText(value)?.replace(/^Bot /, '') === this.#world.token
  }

  /** Too soon after the last one is an invalid session; more than Discord allows in a day costs the token. */
  #mayIdentify(): boolean {
    const now = performance.now()
    const last = this.#identifies.at(-1)
    if (last !== undefined && now - last < this.#options.identifyEveryMs) return false
    this.#identifies.push(now)
    if (this.#recentIdentifies().length > this.#options.identifiesPerDay) this.#world.token = randomUUID()
    return true
  }

  #recentIdentifies(): number[] {
    return this.#identifies.filter((at) => performance.now() - at < DAY_MS)
  }

  /** Who identifies anew has given up the session before. */
  #dropAbandoned(): void {
    for (const old of this.#sessions.values()) if (old.connection === null) this.#sessions.delete(old.id)
  }

  #live(): Session[] {
    return [...this.#sessions.values()].filter((one) => one.connection !== null)
  }

  #tellOnline(): void {
    this.#world.botOnline = this.#live().length > 0
    this.#world.changed()
  }
}

function refuse(socket: Duplex, status: number | null): void {
  socket.on('error', () => socket.destroy())
  if (status === null) socket.destroy()
  else socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
