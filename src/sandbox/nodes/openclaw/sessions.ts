import { randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { OpenClawVersion, SandboxSession, SessionSpec } from '../control.ts'
import { copyOf, type Json, recordingsOf } from '../recorded.ts'
import { isSince } from '../releases.ts'
import { at } from './config-file.ts'
import { writeAgentDatabase } from './databases.ts'
import { inodeOf, storedSessions } from './stored-sessions.ts'
import { stamp, transcriptLines } from './transcripts.ts'

const DEFAULT_WINDOW = 200_000
/** What a thinking level of "low" makes OpenClaw ask for: 32000 + 2048. */
const DEFAULT_MAX_TOKENS = 34_048
/** Tokens kept free by OpenClaw's own compaction trigger, measured on both releases. */
const COMPACTION_RESERVE = 20_000

/** One conversation as the gateway holds it. */
export interface SessionState {
  key: string
  agentId: string
  sessionId: string
  createdAt: number
  sessionStartedAt: number
  updatedAt: number
  lastInteractionAt: number | null
  spec: SessionSpec
  totalTokens: number | null
  fresh: boolean
  inputTokens: number | null
  outputTokens: number
  costUsd: number
  status: 'done' | 'running' | 'failed' | null
  lastRunError: string | null
  lastRunId: string | null
  startedAt: number | null
  endedAt: number | null
  compactions: number
  turns: number
  /** What is really left after a compaction that the row does not tell of. */
  silentlyCompactedTo: number | null
  /** System prompt and tools, which a compaction's estimate leaves out, come back with the next turn. */
  owesOverhead: boolean
  messages: { role: 'user' | 'assistant'; text: string; at: number }[]
  /** The old release's truncation drops the transcript's first line. */
  headerless: boolean
}

/** The agent that a session key names, or null when the key has another form. */
export function agentOfKey(key: string): string | null {
  return /^agent:([a-z0-9][a-z0-9_-]{0,63}):.+$/.exec(key)?.[1] ?? null
}

export interface SessionBookOptions {
  version: OpenClawVersion
  stateDirectory: string
  now: () => number
  /** `provider/model` of an agent. */
  modelOf: (agentId: string) => string
  /** The configuration that the gateway works with. */
  config: () => Json
}

/** Every conversation of one node, with the store file that the old release keeps on disk. */
export class SessionBook {
  readonly #options: SessionBookOptions
  readonly #sessions = new Map<string, SessionState>()
  /** The store of each agent as it was last written, by its inode. */
  readonly #stores = new Map<string, number>()

  constructor(options: SessionBookOptions) {
    this.#options = options
  }

  /** Takes in a session that existed before the node started. */
  seed(agentId: string, spec: SessionSpec): void {
    const session = this.#create(spec.key, agentId, spec)
    const now = this.#options.now() - (spec.idleMs ?? 0)
    session.updatedAt = now
    session.totalTokens = spec.totalTokens
    session.fresh = spec.totalTokens !== null && spec.fresh !== false
    session.inputTokens = spec.inputTokens ?? spec.totalTokens
    session.outputTokens = 50
    session.status = 'done'
    session.lastRunId = randomUUID()
    session.startedAt = now - 90_000
    session.endedAt = now - 88_000
    session.lastInteractionAt = now - 91_000
    session.turns = 1
    session.messages.push(
      { role: 'user', text: 'What did we decide yesterday?', at: now - 91_000 },
      { role: 'assistant', text: 'We decided to ship on Friday.', at: now - 88_000 },
    )
    this.save(agentId)
  }

  /** Makes an empty conversation, as a reset of an unknown key does. */
  create(key: string, agentId: string): SessionState {
    const session = this.#create(key, agentId, { key, totalTokens: null })
    this.save(agentId)
    return session
  }

  #create(key: string, agentId: string, spec: SessionSpec): SessionState {
    const now = this.#options.now()
    const session: SessionState = {
      key,
      agentId,
      sessionId: randomUUID(),
      createdAt: now,
      sessionStartedAt: now,
      updatedAt: now,
      lastInteractionAt: null,
      spec: { ...spec },
      totalTokens: null,
      fresh: false,
      inputTokens: null,
      outputTokens: 0,
      costUsd: 0,
      status: null,
      lastRunError: null,
      lastRunId: null,
      startedAt: null,
      endedAt: null,
      compactions: 0,
      turns: 0,
      silentlyCompactedTo: null,
      owesOverhead: false,
      messages: [],
      headerless: false,
    }
    this.#sessions.set(key, session)
    return session
  }

  get(key: string): SessionState | undefined {
    return this.#sessions.get(key)
  }

  /** Most recently changed first, as the gateway lists them. */
  all(): SessionState[] {
    return [...this.#sessions.values()].sort((a, b) => b.updatedAt - a.updatedAt)
  }

  ofAgent(agentId: string): SessionState[] {
    return this.all().filter((session) => session.agentId === agentId)
  }

  delete(key: string): boolean {
    const session = this.#sessions.get(key)
    if (!session) return false
    this.#sessions.delete(key)
    this.save(session.agentId)
    return true
  }

  /** Empties a conversation. The new release keeps its id, the old one gives it a new one and renames the file. */
  reset(session: SessionState): void {
    const now = this.#options.now()
    if (!isSince(this.#options.version, '2026.8.1')) {
      const file = this.transcriptPath(session)
      renameSync(file, `${file}.reset.${stamp(now)}`)
      session.sessionId = randomUUID()
    }
    Object.assign(session, {
      updatedAt: now,
      sessionStartedAt: now,
      totalTokens: 0,
      fresh: true,
      inputTokens: 0,
      outputTokens: 0,
      status: null,
      lastRunError: null,
      compactions: 0,
      silentlyCompactedTo: null,
      owesOverhead: false,
      messages: [],
      headerless: false,
    })
    this.save(session.agentId)
  }

  windowOf(session: SessionState): number {
    return session.spec.window ?? DEFAULT_WINDOW
  }

  maxTokensOf(session: SessionState): number {
    return session.spec.maxTokens ?? DEFAULT_MAX_TOKENS
  }

  /** The window that OpenClaw works with: the provider's, or the cap of the configuration when that is smaller. */
  contextTokensOf(session: SessionState): number {
    const [provider = '', model = ''] = this.#options.modelOf(session.agentId).split('/')
    const config = this.#options.config()
    const models = at(config, 'models', 'providers', provider, 'models')
    const entry = Array.isArray(models)
      ? models.find((candidate) => at(candidate, 'id') === model)
      : undefined
    const old = !isSince(this.#options.version, '2026.5.12')
    const cap = old ? at(config, 'agents', 'defaults', 'contextTokens') : at(entry, 'contextTokens')
    const window = this.windowOf(session)
    return typeof cap === 'number' ? Math.min(cap, window) : window
  }

  /** From this many tokens on OpenClaw compacts before it asks the model. */
  compactionThresholdOf(session: SessionState): number {
    const contextTokens = this.contextTokensOf(session)
    if (isSince(this.#options.version, '2026.5.12')) {
      return contextTokens - Math.min(COMPACTION_RESERVE, Math.floor(contextTokens / 4))
    }
    const floor = at(this.#options.config(), 'agents', 'defaults', 'compaction', 'reserveTokensFloor')
    return contextTokens - (typeof floor === 'number' ? floor : COMPACTION_RESERVE)
  }

  transcriptPath(session: SessionState): string {
    const agent = join(this.#options.stateDirectory, 'agents', session.agentId)
    return join(agent, 'sessions', `${session.sessionId}.jsonl`)
  }

  /** Path of an agent's session store as the gateway reports it. */
  storePath(agentId: string): string {
    const agent = join(this.#options.stateDirectory, 'agents', agentId)
    return !isSince(this.#options.version, '2026.8.1')
      ? join(agent, 'sessions', 'sessions.json')
      : join(agent, 'agent', 'openclaw-agent.sqlite')
  }

  /** Writes an agent's store and transcripts where the old release keeps them; the new one uses a database. */
  save(agentId: string): void {
    const path = this.storePath(agentId)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    if (isSince(this.#options.version, '2026.8.1')) {
      writeAgentDatabase(path, agentId, this.ofAgent(agentId))
    } else this.#saveJson(path, agentId)
    this.#stores.set(agentId, inodeOf(path))
  }

  #saveJson(path: string, agentId: string): void {
    const store: Json = {}
    for (const session of this.ofAgent(agentId)) {
      store[session.key] = this.#storeEntry(session)
      writeFileSync(this.transcriptPath(session), transcriptLines(session).join(''), { mode: 0o600 })
    }
    writeFileSync(`${path}.next`, `${JSON.stringify(store, null, 2)}\n`, { mode: 0o600 })
    renameSync(`${path}.next`, path)
  }

  /** Takes the stores that somebody else put there for what there is. */
  readReplaced(): void {
    this.readAnew((agentId) => this.#stores.get(agentId) !== inodeOf(this.storePath(agentId)))
  }

  /** Takes what lies on the disk for what there is, of the agents that are asked for. */
  readAnew(asked: (agentId: string) => boolean = () => true): void {
    const folder = join(this.#options.stateDirectory, 'agents')
    const stored = storedSessions(folder, (id) => this.storePath(id)).filter(({ agentId }) => asked(agentId))
    for (const { key, agentId } of this.#sessions.values())
      if (asked(agentId) && stored.every((one) => one.key !== key)) this.#sessions.delete(key)
    for (const { key, agentId, sessionId, totalTokens } of stored) {
      const session = this.get(key) ?? this.#create(key, agentId, { key, totalTokens })
      Object.assign(session, { sessionId, totalTokens, fresh: totalTokens !== null, status: 'done' })
    }
  }

  #storeEntry(session: SessionState): Json {
    const [modelProvider, model] = this.#options.modelOf(session.agentId).split('/')
    return copyOf(recordingsOf('2026.2.17').storeEntry, {
      sessionId: session.sessionId,
      updatedAt: session.updatedAt,
      systemSent: session.turns > 0,
      sessionFile: this.transcriptPath(session),
      compactionCount: session.compactions,
      inputTokens: session.inputTokens ?? undefined,
      outputTokens: session.outputTokens,
      totalTokens: session.totalTokens ?? undefined,
      totalTokensFresh: session.fresh,
      modelProvider,
      model,
      contextTokens: this.contextTokensOf(session),
    })
  }

  /** The view that the control surface gives to tests and to the demo. */
  snapshot(session: SessionState): SandboxSession {
    return {
      key: session.key,
      agentId: session.agentId,
      sessionId: session.sessionId,
      totalTokens: session.totalTokens,
      fresh: session.fresh,
      contextTokens: this.contextTokensOf(session),
      window: this.windowOf(session),
      status: session.status ?? 'done',
      lastRunError: session.lastRunError,
      compactions: session.compactions,
      turns: session.turns,
    }
  }
}
