import {
  Client,
  Events,
  GatewayIntentBits,
  type IIdentifyThrottler,
  type Interaction,
  Options,
} from 'discord.js'
import type { Log } from '../base/log.ts'
import { makeRequest } from './rest-options.ts'
import { type ShardManager, SingleShard } from './single-shard.ts'

/** Close codes after which trying again cannot help: token, shard, version and intents are refused. */
const FATAL_CLOSE_CODES: ReadonlyMap<number, FatalReason> = new Map([
  [4004, 'token-refused'],
  [4010, 'gateway-refused'],
  [4011, 'gateway-refused'],
  [4012, 'gateway-refused'],
  [4013, 'intents-refused'],
  [4014, 'intents-refused'],
])
const HTTP_TIMEOUT_MS = 15_000
/** Nothing reads messages from memory; discord.js would keep the last 200 cards of every channel and thread. */
const MESSAGES_KEPT = 10
/** discord.js would keep everybody who ever typed a command. */
const PEOPLE_KEPT = 200
/** discord.js keeps a queue for each interaction that was answered until its next sweep, an hour later if it is not told. */
const QUEUES_KEPT_MS = 5 * 60_000

/** Why the bot can never run with these settings. */
export type FatalReason = 'token-refused' | 'intents-refused' | 'gateway-refused'

/** How a session ended. */
export type SessionEnd = { kind: 'fatal'; reason: FatalReason } | { kind: 'lost'; why: string }

/** One client from login to its end; never reused, because a client that failed may go on reconnecting by itself. */
export interface GatewaySession {
  readonly client: Client
  /** Resolves when the server's data is there; rejects with what login threw. */
  readonly ready: Promise<Client<true>>
  /** Resolves when the session is over for good. */
  readonly ended: Promise<SessionEnd>
  /** Changes with every acknowledged heartbeat. */
  lastAck(): number
  isReady(): boolean
  end(why: string): Promise<void>
}

/** Logs in with a fresh client that asks for nothing but the server itself: no privileged intent. */
export function openSession(options: {
  token: string
  apiUrl: string | null
  log: Log
  /** Paces identifies, over all sessions of this bot. */
  identifyBudget(manager: ShardManager): IIdentifyThrottler
  onInteraction(interaction: Interaction): void
}): GatewaySession {
  const { log } = options
  let shard: SingleShard | null = null
  const client = new Client({
    intents: [GatewayIntentBits.Guilds],
    allowedMentions: { parse: [] },
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: MESSAGES_KEPT,
      UserManager: { maxSize: PEOPLE_KEPT, keepOverLimit: isSelf },
      GuildMemberManager: { maxSize: PEOPLE_KEPT, keepOverLimit: isSelf },
    }),
    ws: {
      buildStrategy(manager) {
        shard = new SingleShard(manager)
        return shard
      },
      buildIdentifyThrottler: options.identifyBudget,
    },
    rest: {
      makeRequest,
      timeout: HTTP_TIMEOUT_MS,
      handlerSweepInterval: QUEUES_KEPT_MS,
      ...(options.apiUrl === null ? {} : { api: options.apiUrl }),
    },
  })
  let finish: (end: SessionEnd) => void = () => {}
  const ended = new Promise<SessionEnd>((resolve) => {
    finish = resolve
  })

  // Without an "error" listener, an error would end the process.
  client.on(Events.Error, (error) => log.error({ err: error }, 'discord client error'))
  client.on(Events.ShardError, (error) => log.warn({ err: error }, 'gateway connection error'))
  client.on(Events.Warn, (warning) => log.warn({ warning }, 'discord client warning'))
  client.on(Events.ShardReconnecting, () => log.warn({}, 'gateway connection lost, reconnecting'))
  client.on(Events.ShardResume, (_shard, replayed) => log.info({ replayed }, 'gateway session resumed'))
  client.on(Events.Invalidated, () => finish({ kind: 'lost', why: 'session invalidated' }))
  // Only sent when discord.js will not reconnect by itself: the process would stay alive and deaf.
  client.on(Events.ShardDisconnect, ({ code }) => {
    const reason = FATAL_CLOSE_CODES.get(code)
    finish(reason ? { kind: 'fatal', reason } : { kind: 'lost', why: `gateway closed with ${code}` })
  })
  guardPackets(client, log)
  client.rest.on('rateLimited', ({ route, timeToReset, global }) =>
    log.warn({ route, timeToReset, global }, 'rate limited by Discord'),
  )
  client.on(Events.InteractionCreate, options.onInteraction)

  const ready = new Promise<Client<true>>((resolve, reject) => {
    client.once(Events.ClientReady, resolve)
    client.login(options.token).catch(reject)
  })
  // Whoever waits for `ready` may have given up by the time it fails.
  ready.catch(() => undefined)

  return {
    client,
    ready,
    ended,
    lastAck: () => client.ws.shards.first()?.lastPingTimestamp ?? -1,
    isReady: () => client.isReady() && client.ws.shards.every((shard) => shard.status === 0),
    async end(why) {
      finish({ kind: 'lost', why })
      client.removeListener(Events.InteractionCreate, options.onInteraction)
      // What is closed on purpose is not lost.
      client.removeAllListeners(Events.ShardReconnecting)
      await shard?.retire()
      await client
        .destroy()
        .catch((error: unknown) => log.debug({ err: error }, 'client did not close cleanly'))
      // Answers of this session that are still being written go on by REST, whichever session is the live one.
      client.rest.setToken(options.token)
    },
  }
}

/** What the bot may do is read from its own membership. */
function isSelf({ id, client }: { id: string; client: Client }): boolean {
  return id === client.user?.id
}

/** The settings' fault in a failed login; null for everything that may pass by itself. */
export function fatalLoginReason(error: unknown): FatalReason | null {
  if (!(error instanceof Error)) return null
  const { code, status } = error as Error & { code?: unknown; status?: unknown }
  if (code === 'TokenInvalid' || status === 401) return 'token-refused'
  if (code === 'DisallowedIntents' || /disallowed intents/i.test(error.message)) return 'intents-refused'
  return null
}

/**
 * One packet that discord.js cannot make sense of must not end the process: its handlers throw out of the socket's own
 * event, where nobody could catch it.
 */
function guardPackets(client: Client, log: Log): void {
  const { ws } = client
  const handle: unknown = Reflect.get(ws, 'handlePacket')
  if (typeof handle !== 'function') return
  Reflect.set(ws, 'handlePacket', (...packet: unknown[]): unknown => {
    try {
      return Reflect.apply(handle, ws, packet)
    } catch (error) {
      log.warn({ err: error }, 'a packet of the gateway could not be read')
      return false
    }
  })
}
