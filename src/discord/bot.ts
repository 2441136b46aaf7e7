import type { Client } from 'discord.js'
import { OperatorError } from '../base/errors.ts'
import type { Locale } from '../base/locale.ts'
import type { Confirmations } from '../operations/confirmations.ts'
import type { Context } from '../operations/context.ts'
import type { DiscordConfig } from '../settings/config.ts'
import type { GrantRule } from '../settings/grants.ts'
import type { Command } from './command.ts'
import { commandBodies } from './command-bodies.ts'
import { createDispatcher, type Dispatcher } from './dispatch.ts'
import {
  type FatalReason,
  fatalLoginReason,
  type GatewaySession,
  openSession,
  type SessionEnd,
} from './gateway-session.ts'
import { createIdentifyBudget } from './identify-budget.ts'
import type { CommandIds } from './ink.ts'
import { missingPermissions } from './permissions.ts'
import type { QuestionCards } from './question-cards.ts'
import { registerCommands } from './register.ts'
import { sweepConfirmations } from './sweep-confirmations.ts'

/** A try that has not become ready by then hangs: discord.js can go on resuming for ever. */
const LOGIN_DEADLINE_MS = 45_000
const FIRST_BACKOFF_MS = 1_000
/** At most one identify a minute: Discord resets the token after 1000 in a day. */
const LONGEST_BACKOFF_MS = 90_000
const WATCH_INTERVAL_MS = 5_000
/** Three heartbeats of 41.25 s and some. */
const SILENT_TOO_LONG_MS = 135_000
const STOP_GRACE_MS = 10_000
const REGISTER_RETRY_MS = 60_000

/** Why the bot is no longer running. */
export type StopReason = { kind: 'stopped' } | { kind: 'fatal'; reason: FatalReason }

/** How the connection to Discord stands. */
export interface BotHealth {
  state: 'starting' | 'ready' | 'reconnecting' | 'stopped'
  /** Milliseconds since the gateway last acknowledged a heartbeat, or became ready; null before that. */
  lastAckAgeMs: number | null
  /** Failed logins since the last success. */
  failedLogins: number
}

export interface BotOptions {
  config: DiscordConfig
  context: Context
  grants: readonly GrantRule[]
  /** Channels in which commands are answered, besides that of the alerts; empty is every one. */
  channels?: readonly string[]
  confirmations: Confirmations
  questionCards: QuestionCards
  defaultLocale: Locale
  commands: readonly Command[]
}

/** The Discord face: keeps one live gateway session, whatever happens to it, until it is stopped or never can. */
export class Bot {
  /** Resolves, and never rejects, when the bot has ended by itself or by {@link stop}. */
  readonly stopped: Promise<StopReason>
  readonly #options: BotOptions
  /** No more work is taken, and what is under way is told to end. */
  readonly #ending = new AbortController()
  /** The session ends. Later than {@link #ending}: the last cards still have to be sent. */
  readonly #closing = new AbortController()
  readonly #dispatcher: Dispatcher
  readonly #identifyBudget: ReturnType<typeof createIdentifyBudget>
  #settle: (reason: StopReason) => void = () => {}
  #session: GatewaySession | null = null
  #client: Client<true> | null = null
  #commandIds: CommandIds = new Map()
  #state: BotHealth['state'] = 'starting'
  #ackAt: number | null = null
  #failedLogins = 0
  #running: Promise<void> | null = null

  constructor(options: BotOptions) {
    this.#options = options
    this.stopped = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.#identifyBudget = createIdentifyBudget(options.context.clock, options.context.log)
    this.#dispatcher = createDispatcher({
      ...options,
      guildId: options.config.guildId,
      alertChannelId: options.config.channelId,
      commandIds: () => this.#commandIds,
      signal: this.#ending.signal,
    })
  }

  /**
   * Logs in, trying again for as long as that can help. Resolves when the commands can be used.
   * @throws OperatorError config-invalid when Discord refuses the token or the intents, cancelled when stopped first
   */
  start(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) void this.stop()
    signal?.addEventListener('abort', () => void this.stop(), { once: true })
    return new Promise((resolve, reject) => {
      this.#running ??= this.#run(resolve).then(
        (reason) => {
          this.#state = 'stopped'
          this.#settle(reason)
          reject(
            reason.kind === 'fatal'
              ? new OperatorError('config-invalid', { problem: reason.reason })
              : new OperatorError('cancelled'),
          )
        },
        (error: unknown) => reject(error),
      )
    })
  }

  /** Takes no more work, lets what is under way come to its end for a while, and logs out. */
  async stop(): Promise<void> {
    if (!this.#ending.signal.aborted) {
      const { clock } = this.#options.context
      const grace = new AbortController()
      this.#ending.abort()
      await Promise.race([
        this.#dispatcher.idle(),
        clock.sleep(STOP_GRACE_MS, grace.signal).catch(() => undefined),
      ])
      grace.abort()
      this.#closing.abort()
      await this.#session?.end('stopped')
    }
    if (this.#running === null) this.#settle({ kind: 'stopped' })
    await this.stopped
  }

  /** The client of the live session; null while there is none. */
  client(): Client<true> | null {
    return this.#client
  }

  /** Ids of the registered commands, for clickable commands in posts. */
  commandIds(): CommandIds {
    return this.#commandIds
  }

  health(): BotHealth {
    const age = this.#ackAt === null ? null : this.#options.context.clock.monotonic() - this.#ackAt
    return { state: this.#state, lastAckAgeMs: age, failedLogins: this.#failedLogins }
  }

  async #run(ready: () => void): Promise<StopReason> {
    const { clock, log } = this.#options.context
    while (!this.#closing.signal.aborted) {
      const session = this.#open()
      const end = await this.#live(session, ready)
      await session.end('over')
      if (end.kind === 'fatal') {
        log.error({ reason: end.reason }, 'Discord refuses this bot for good')
        return end
      }
      if (this.#closing.signal.aborted) break
      this.#state = this.#state === 'starting' ? 'starting' : 'reconnecting'
      this.#failedLogins += 1
      const pauseMs = backoff(this.#failedLogins)
      log.warn({ why: end.why, failedLogins: this.#failedLogins, pauseMs }, 'no session, trying again')
      await clock.sleep(pauseMs, this.#closing.signal).catch(() => undefined)
    }
    return { kind: 'stopped' }
  }

  #open(): GatewaySession {
    const { config, context } = this.#options
    this.#session = openSession({
      token: config.token,
      apiUrl: config.apiUrl,
      log: context.log,
      identifyBudget: this.#identifyBudget,
      onInteraction: (interaction) => {
        if (!this.#ending.signal.aborted) void this.#dispatcher.handle(interaction)
      },
    })
    return this.#session
  }

  /** From login to the end of one session. */
  async #live(session: GatewaySession, ready: () => void): Promise<SessionEnd> {
    const { context } = this.#options
    const over = new AbortController()
    const stopping = AbortSignal.any([this.#closing.signal, over.signal])
    const deadline = context.clock
      .sleep(LOGIN_DEADLINE_MS, stopping)
      .then((): SessionEnd => ({ kind: 'lost', why: 'login took too long' }))
      .catch((): SessionEnd => ({ kind: 'lost', why: 'stopped' }))
    try {
      const first = await Promise.race([session.ready, session.ended, deadline])
      if ('kind' in first) return first
      this.#state = 'ready'
      this.#client = first
      this.#failedLogins = 0
      this.#ackAt = context.clock.monotonic()
      await this.#prepare(first, stopping)
      ready()
      return await Promise.race([session.ended, this.#watch(session, stopping), this.#sweep(first, stopping)])
    } catch (error) {
      const reason = fatalLoginReason(error)
      if (reason) return { kind: 'fatal', reason }
      context.log.warn({ err: error }, 'login failed')
      return { kind: 'lost', why: 'login failed' }
    } finally {
      this.#client = null
      over.abort()
    }
  }

  /** Registers the commands; when Discord does not answer now, later, because the old ones work meanwhile. */
  async #prepare(client: Client<true>, signal: AbortSignal): Promise<void> {
    const { config, context, commands } = this.#options
    const { clock, log } = context
    const guildId = config.guildId
    const bodies = commandBodies(commands)
    const attempt = async () => {
      this.#commandIds = (await registerCommands({ client, guildId, commands: bodies, clock, log })).ids
    }
    const later = async (): Promise<void> => {
      await clock.sleep(REGISTER_RETRY_MS, signal)
      await attempt().catch((error: unknown) => {
        log.error({ err: error }, 'commands still not registered')
        return later()
      })
    }
    await attempt().catch((error: unknown) => {
      log.error({ err: error }, 'commands could not be registered, trying again later')
      later().catch(() => undefined)
    })
    warnAboutPermissions(client, config, log)
  }

  /** Resolves when the gateway has been silent for too long: discord.js may then believe that all is well. */
  async #watch(session: GatewaySession, signal: AbortSignal): Promise<SessionEnd> {
    const { clock } = this.#options.context
    let seen = session.lastAck()
    for (;;) {
      await clock.sleep(WATCH_INTERVAL_MS, signal).catch(() => undefined)
      if (signal.aborted) return { kind: 'lost', why: 'stopped' }
      this.#state = session.isReady() ? 'ready' : 'reconnecting'
      const ack = session.lastAck()
      if (ack !== seen) this.#ackAt = clock.monotonic()
      seen = ack
      if (clock.monotonic() - (this.#ackAt ?? 0) > SILENT_TOO_LONG_MS)
        return { kind: 'lost', why: 'gateway silent' }
    }
  }

  /** Takes the buttons off questions that ran out, for as long as the session lives. */
  async #sweep(client: Client, signal: AbortSignal): Promise<SessionEnd> {
    const { context, confirmations, questionCards } = this.#options
    await sweepConfirmations({
      client,
      context,
      confirmations,
      questionCards,
      signal,
      commandIds: () => this.#commandIds,
    })
    return { kind: 'lost', why: 'stopped' }
  }
}

/** Makes the Discord face; nothing happens before `start`. */
export function createBot(options: BotOptions): Bot {
  return new Bot(options)
}

function backoff(failures: number): number {
  const full = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS)
  return Math.round(full / 2 + (Math.random() * full) / 2)
}

function warnAboutPermissions(client: Client<true>, config: DiscordConfig, log: Context['log']): void {
  const channel = client.channels.cache.get(config.channelId)
  if (!channel || channel.isDMBased()) {
    log.warn({ channelId: config.channelId }, 'the bot does not see its channel')
    return
  }
  const held = channel.permissionsFor(client.user)
  const missing = held ? missingPermissions(held) : []
  if (missing.length > 0) log.warn({ missing }, 'the bot lacks permissions in its channel')
}
