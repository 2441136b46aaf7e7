import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { fresh, type Reading, type Reason, unknown } from '../base/reading.ts'
import type { CallLimits } from '../ssh/call.ts'
import { FollowedSessions } from './followed-sessions.ts'
import type { GatewayClient } from './gateway-client.ts'
import { parseAgents } from './methods/agents.ts'
import { parseBindings } from './methods/bindings.ts'
import { asksForAgent, type KnownModels, knownModels } from './methods/models.ts'
import { parseChannels, parseHealth, parseSystemInfo, type SystemInfo } from './methods/status.ts'
import { fitSessions, MOST_AGENTS, MOST_SESSIONS, sayLimit } from './node-budget.ts'
import { wholeUpTo } from './optional-fields.ts'
import { reasonOfError } from './reasons.ts'
import { firstPage, nextPage, type SessionList, uniqueRows } from './session-pages.ts'
import { parseSessionPage, type SessionRow, sessionFacts } from './session-rows.ts'
import type { ContextSettings } from './sessions.ts'
import type { AgentFacts, BindingFacts, GatewayFacts, SessionFacts } from './snapshot.ts'

/** Everything the gateway told. */
export interface GatewayReport {
  /** Why it answered no call at all; null when it answered any, be it with a refusal. */
  silence: Reason | null
  facts: Pick<GatewayFacts, 'protocol' | 'uptimeMs' | 'bootId' | 'health' | 'channels'>
  agents: Reading<AgentFacts[]>
  bindings: Reading<BindingFacts[]>
  sessions: Reading<SessionFacts[]>
}

/** What rarely moves and is read together: the models and the configuration. */
interface Setting {
  known: KnownModels
  bindings: Reading<BindingFacts[]>
}

/** The models and the bindings, remembered per connection: the list of 2026.2.17 is 150 kB and seldom changes. */
export interface ModelMemory {
  client: GatewayClient
  readAt: number
  known: KnownModels
  bindings: Reading<BindingFacts[]>
}

const MODELS_AGE_MS = 300_000
/** What OpenClaw calls the agent of a configuration that names none. */
const DEFAULT_AGENT = 'main'

/** A call that never throws. */
type Answer = { payload: unknown } | { reason: Reason; refused: boolean }
const UNASKED: Answer = { reason: { code: 'not-read-yet' }, refused: false }

/** Reads a live gateway: all calls at once over its one connection. Never throws for a gateway that fails. */
export class GatewayReader {
  readonly #clock: Clock
  readonly #settings: ContextSettings
  #models: ModelMemory | null = null
  /** With null for a gateway that refused to tell. */
  #followed: { client: GatewayClient; sessions: FollowedSessions | null } | null = null

  constructor(clock: Clock, settings: ContextSettings) {
    this.#clock = clock
    this.#settings = settings
  }

  /**
   * Health and channels are only read when `limits.fresh` says that somebody waits for all there is: a list shows
   * neither, and each call of each node costs the bot and the gateway.
   */
  async read(client: GatewayClient, limits: CallLimits): Promise<GatewayReport> {
    const ask = (method: string) => this.#ask(client, method, {}, limits)
    const wanted = limits.fresh === true
    const [agents, rows, { known, bindings }, health, channels] = await Promise.all([
      ask('agents.list'),
      this.#sessionRows(client, limits),
      this.#setting(client, limits),
      wanted ? ask('health') : UNASKED,
      wanted ? ask('channels.status') : UNASKED,
    ])
    const at = this.#clock.now()
    const parsedAgents = 'payload' in agents ? parseAgents(agents.payload) : null
    const defaultAgent = parsedAgents?.defaultId ?? DEFAULT_AGENT
    const { protocol, bootId, snapshot } = client.hello
    const uptime = wholeUpTo(snapshot.uptimeMs, Number.MAX_SAFE_INTEGER)
    const sinceHello = this.#clock.monotonic() - client.connectedAt
    return {
      silence: silenceOf([health, channels, agents, rows].filter((answer) => answer !== UNASKED)),
      facts: {
        protocol: fresh(protocol, 'rpc', at),
        bootId: bootId === null ? unknown({ code: 'not-reported' }, at, 'rpc') : fresh(bootId, 'rpc', at),
        uptimeMs:
          uptime === null
            ? unknown({ code: 'not-reported' }, at, 'rpc')
            : fresh(Math.round(uptime + sinceHello), 'rpc', at),
        health: readAnswer(health, parseHealth, at),
        channels: readAnswer(channels, parseChannels, at),
      },
      agents: sayLimit(
        readAnswer(agents, () => parsedAgents?.agents.slice(0, MOST_AGENTS) ?? null, at),
        (parsedAgents?.agents.length ?? 0) > MOST_AGENTS,
      ),
      bindings,
      sessions: this.#sessionReading(rows, { ...known, defaultAgent, protocol }),
    }
  }

  /** What the models told last, also over a connection that has ended; null before that. */
  get models(): KnownModels | null {
    return this.#models?.known ?? null
  }

  /**
   * The sessions alone, judged by what is known of models and agents. Of a gateway that tells which of them move, only
   * those are read. Never throws.
   */
  async readSessions(
    client: GatewayClient,
    agents: Reading<AgentFacts[]>,
    limits: CallLimits,
  ): Promise<Reading<SessionFacts[]>> {
    const startedAt = this.#clock.monotonic()
    const left = () => ({ ...limits, deadlineMs: limits.deadlineMs - (this.#clock.monotonic() - startedAt) })
    const { protocol } = client.hello
    const defaultAgent = agents.value?.find(({ isDefault }) => isDefault)?.id ?? DEFAULT_AGENT
    const followed = await this.#follow(client, limits)
    const recent = this.#recentModels(client)?.known ?? null
    const reading = followed?.begin(this.#clock.monotonic(), recent, defaultAgent)
    if (reading?.moved && recent !== null) {
      const { activeMinutes, complete } = reading.moved
      const answer = await this.#sessionRows(client, left(), { activeMinutes })
      const moved = this.#sessionReading(answer, { ...recent, defaultAgent, protocol })
      const facts = isWhole(moved) ? complete(moved.value) : null
      if (facts !== null) {
        reading.end({ facts, known: recent, defaultAgent }, false)
        return fresh(facts, 'rpc', moved.observedAt)
      }
      if (!('payload' in answer) && !answer.refused) {
        reading.end(null, false)
        return moved
      }
    }
    const bounds = left()
    const [rows, { known }] = await Promise.all([
      this.#sessionRows(client, bounds),
      this.#setting(client, bounds),
    ])
    const all = this.#sessionReading(rows, { ...known, defaultAgent, protocol })
    reading?.end(isWhole(all) ? { facts: all.value, known, defaultAgent } : null, true)
    return all
  }

  /** Asked for before the sessions are read, so that none moves unheard in between; null when the gateway does not tell. */
  async #follow(client: GatewayClient, limits: CallLimits): Promise<FollowedSessions | null> {
    if (this.#followed?.client === client) return this.#followed.sessions
    if (!client.hello.events.has('sessions.changed')) return null
    const answer = await this.#ask(client, 'sessions.subscribe', {}, limits)
    if (!('payload' in answer) && !answer.refused) return null
    const sessions = 'payload' in answer ? new FollowedSessions(client) : null
    this.#followed = { client, sessions }
    return sessions
  }

  #sessionReading(
    answer: Answer,
    { defaultAgent, ...around }: KnownModels & { defaultAgent: string; protocol: 3 | 4 },
  ): Reading<SessionFacts[]> {
    const observedAt = this.#clock.now()
    const settings = this.#settings
    let more = false
    const reading = readAnswer(
      answer,
      (payload) => {
        const { rows, defaultWindow, more: unread } = payload as SessionList
        more = unread || rows.length > MOST_SESSIONS
        const sources = { ...around, defaultWindow, settings, source: 'rpc', observedAt } as const
        return fitSessions(rows.map((row) => sessionFacts(row, sources, defaultAgent)))
      },
      observedAt,
    )
    return sayLimit(reading, more)
  }

  /** The gateway's view of its machine; null when it does not tell (before 2026.7.1). Never throws. */
  async readSystem(client: GatewayClient, limits: CallLimits): Promise<SystemInfo | null> {
    return parseSystemInfo(payloadOf(await this.#ask(client, 'system.info', {}, limits)))
  }

  async #ask(client: GatewayClient, method: string, params: object, limits: CallLimits): Promise<Answer> {
    const { methods } = client.hello
    if (methods.size > 0 && !methods.has(method)) return { reason: { code: 'not-supported' }, refused: false }
    try {
      return { payload: await client.call(method, params, limits) }
    } catch (error) {
      const refused = error instanceof OperatorError && error.code === 'gateway-refused'
      return { reason: reasonOfError(error), refused }
    }
  }

  /**
   * Protocol 3 gives everything at once. 2026.5.12 answers with so many rows and knows no offset: it is asked once more
   * for all. From 2026.6.8 on the list says where it goes on. The most recent come first everywhere, and no more is asked
   * for than a node may have.
   */
  async #sessionRows(client: GatewayClient, limits: CallLimits, only: object = {}): Promise<Answer> {
    const rows: SessionRow[] = []
    let defaultWindow: number | null = null
    let more = false
    let paging: object | null = firstPage(client.hello.protocol)
    while (paging !== null && rows.length < MOST_SESSIONS) {
      const answer = await this.#ask(client, 'sessions.list', { ...paging, ...only }, limits)
      if (!('payload' in answer)) return answer
      const parsed = parseSessionPage(answer.payload)
      if (parsed === null) return { reason: { code: 'parse-failed' }, refused: true }
      rows.push(...parsed.rows)
      defaultWindow ??= parsed.defaultWindow
      more = parsed.more
      paging = nextPage(parsed, paging)
    }
    const list: SessionList = { rows: uniqueRows(rows), defaultWindow, more }
    return { payload: list }
  }

  /** With several agents of which none owns what has no owner, gateways from 2026.8.1 on want to know for which one (run). */
  async #listModels(client: GatewayClient, limits: CallLimits): Promise<Answer> {
    const answer = await this.#ask(client, 'models.list', {}, limits)
    if ('payload' in answer || !asksForAgent(answer.reason.detail ?? '')) return answer
    const agents = await this.#ask(client, 'agents.list', {}, limits)
    const { defaultId } = ('payload' in agents ? parseAgents(agents.payload) : null) ?? { defaultId: null }
    return await this.#ask(client, 'models.list', { agentId: defaultId ?? DEFAULT_AGENT }, limits)
  }

  /** Where somebody waits for all there is, nothing is taken from memory but the long list of models. */
  async #setting(client: GatewayClient, limits: CallLimits): Promise<Setting> {
    const now = this.#clock.monotonic()
    const recent = this.#recentModels(client)
    if (recent !== null && limits.fresh !== true) return recent
    if (recent !== null) {
      const config = await this.#ask(client, 'config.get', {}, limits)
      return { known: recent.known, bindings: this.#bindingsOf(config) }
    }
    // A cold catalogue can take seconds; the sessions do not wait for it with their last second.
    const half = { ...limits, deadlineMs: limits.deadlineMs / 2 }
    const [models, config] = await Promise.all([
      this.#listModels(client, half),
      this.#ask(client, 'config.get', {}, half),
    ])
    const { serverVersion, protocol } = client.hello
    const known = knownModels(payloadOf(models), payloadOf(config), { version: serverVersion, protocol })
    const bindings = this.#bindingsOf(config)
    if ('payload' in models && 'payload' in config) this.#models = { client, readAt: now, known, bindings }
    return { known, bindings }
  }

  #recentModels(client: GatewayClient): ModelMemory | null {
    const last = this.#models
    const recent = last?.client === client && this.#clock.monotonic() - last.readAt < MODELS_AGE_MS
    return recent ? last : null
  }

  #bindingsOf(config: Answer): Reading<BindingFacts[]> {
    return readAnswer(config, parseBindings, this.#clock.now())
  }
}

/** Whether a reading has everything that was asked for. */
function isWhole<T>(reading: Reading<T>): reading is Extract<Reading<T>, { freshness: 'fresh' }> {
  return reading.freshness === 'fresh' && reading.limitedTo === undefined
}

function silenceOf(answers: readonly Answer[]): Reason | null {
  const unanswered = answers.flatMap((answer) =>
    'payload' in answer || answer.refused ? [] : [answer.reason],
  )
  if (unanswered.length < answers.length) return null
  return unanswered.find(({ code }) => code !== 'not-supported') ?? null
}

function payloadOf(answer: Answer): unknown {
  return 'payload' in answer ? answer.payload : undefined
}

function readAnswer<T>(answer: Answer, parse: (payload: unknown) => T | null, at: number): Reading<T> {
  if (!('payload' in answer)) return unknown(answer.reason, at, 'rpc')
  const value = parse(answer.payload)
  return value === null ? unknown({ code: 'parse-failed' }, at, 'rpc') : fresh(value, 'rpc', at)
}
