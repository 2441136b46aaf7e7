import { randomUUID } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentSpec, ChannelSpec, NodeSpec, OpenClawVersion, ServiceTimings } from '../control.ts'
import type { Json } from '../recorded.ts'
import { isSince } from '../releases.ts'
import { at, ConfigFile, isObject } from './config-file.ts'
import { LogFile } from './log-file.ts'
import type { RowContext } from './session-rows.ts'
import { SessionBook } from './sessions.ts'
import { Turns } from './turns.ts'

export const DEFAULT_MODEL = 'anthropic/claude-sonnet-4-5'

export interface OpenClawOptions {
  spec: NodeSpec
  home: string
  hostname: string
  nodeVersion: string
  journalDirectory: string
  timings: ServiceTimings
  now: () => number
  pid: () => number
}

/** A client key that was accepted once. */
export interface PairedDevice {
  token: string
  scopes: string[]
  pairedAt: number
}

/** A change is refused; or made, and then the gateway says that it is unavailable, or nothing at all. */
export type AnswerFault = 'refused' | 'unavailable' | 'silent'

/** Sends an event to the clients of the running gateway. */
export type Emit = (event: string, payload: Json, audience: 'all' | 'subscribed') => void

/** What OpenClaw keeps on one node, whether its gateway runs or not. */
export class OpenClawState {
  #version: OpenClawVersion
  #needsDoctor = false
  #doctored = false
  readonly home: string
  readonly hostname: string
  readonly nodeVersion: string
  readonly stateDirectory: string
  readonly timings: ServiceTimings
  readonly config: ConfigFile
  readonly log: LogFile
  readonly sessions: SessionBook
  readonly turns: Turns
  readonly channels: Map<string, ChannelSpec>
  readonly now: () => number
  readonly pid: () => number
  /** Devices that were paired by connecting. */
  readonly devices = new Map<string, PairedDevice>()
  /** Agents that were deleted: their ids are blocked until `agents.create` makes them again. */
  readonly deleted = new Set<string>()
  /** Scheduled jobs that were made over RPC. */
  readonly jobs: Json[] = []
  /** How the next answer to a method goes wrong although its work was done. */
  readonly faults = new Map<string, AnswerFault>()
  #revokedUntil = 0
  #directory: number | null = null
  readonly #agentSpecs: Map<string, AgentSpec>
  #applied: Json = {}
  #settling: NodeJS.Timeout[] = []
  #emit: Emit = () => {}

  constructor(options: OpenClawOptions) {
    const { spec, home, hostname, nodeVersion, timings, now, pid } = options
    this.#version = spec.version
    this.home = home
    this.hostname = hostname
    this.nodeVersion = nodeVersion
    this.timings = timings
    this.now = now
    this.pid = pid
    this.stateDirectory = join(home, '.openclaw')
    this.config = new ConfigFile(join(this.stateDirectory, 'openclaw.json'))
    this.channels = new Map((spec.channels ?? []).map((channel) => [channel.id, { ...channel }]))
    this.#agentSpecs = new Map(spec.agents.map((agent) => [agent.id, agent]))
    const file = join(this.stateDirectory, 'logs', 'gateway.log')
    const { journalDirectory } = options
    this.log = new LogFile({ file, journalDirectory, hostname, nodeVersion, now, pid })
    const release = () => this.#version
    this.sessions = new SessionBook({
      get version() {
        return release()
      },
      stateDirectory: this.stateDirectory,
      now,
      modelOf: (agentId) => this.modelOf(agentId),
      config: () => this.#applied,
    })
    this.turns = new Turns({
      book: this.sessions,
      timings,
      rowContext: () => this.rowContext(),
      emit: (event, payload, audience) => this.#emit(event, payload, audience),
      log: (message, level) => this.log.gateway('agent', message, level),
    })
  }

  get version(): OpenClawVersion {
    return this.#version
  }

  /** Whether the gateway refuses to start because the state is of a release before the databases. */
  get needsDoctor(): boolean {
    return this.#needsDoctor
  }

  /** Another release is run on this state from the next start on. */
  become(version: OpenClawVersion): void {
    if (version === this.#version) return
    const crosses = isSince(version, '2026.8.1') && !isSince(this.#version, '2026.8.1')
    this.#needsDoctor = crosses && !this.#doctored
    this.#doctored = false
    this.#version = version
  }

  /** `openclaw doctor --fix`: what it migrates is known by what it leaves behind. */
  doctor(): void {
    if (this.#needsDoctor) this.#needsDoctor = false
    else this.#doctored = true
    const config = this.config.read()
    this.config.write({ ...config, meta: { ...(config.meta as Json), lastDoctored: true } })
  }

  /** The configuration that the gateway works with; it follows the file with a delay. */
  get applied(): Json {
    return this.#applied
  }

  /** Takes the file's configuration into use at once. @throws when the file is not valid JSON5 */
  apply(): void {
    this.#applied = this.config.read()
  }

  /** A gateway that starts on another directory or another store of an agent, as after a restore, has what lies there. */
  takeDirectory(): void {
    const { ino } = statSync(this.stateDirectory)
    if (this.#directory !== null && this.#directory !== ino) {
      this.sessions.readAnew()
      this.deleted.clear()
    } else this.sessions.readReplaced()
    this.#directory = ino
  }

  /** Takes it into use after the gateway's reload delay, which makes `agents.list` late. */
  applySoon(): void {
    const apply = () => {
      if (this.config.problem() === null) this.apply()
      else this.log.gateway('reload', 'config reload skipped (invalid config)', 'warn')
    }
    this.#settling.push(setTimeout(apply, this.timings.agentsSettleMs))
  }

  /** For a while after a deletion the sessions cannot be read. */
  revokeHistory(): void {
    this.#revokedUntil = this.now() + this.timings.agentsSettleMs
  }

  get historyRevoked(): boolean {
    return this.now() < this.#revokedUntil
  }

  /** Where events go while a gateway runs. */
  connect(emit: Emit): void {
    this.#emit = emit
  }

  disconnect(): void {
    this.#emit = () => {}
  }

  rowContext(): RowContext {
    return {
      version: this.version,
      book: this.sessions,
      modelOf: (agentId) => this.modelOf(agentId),
      now: this.now(),
    }
  }

  /** Agents of a configuration in its order: an object by id on the new release, a list on the old one. */
  agentsOf(config: Json): { id: string; entry: Json }[] {
    const list = at(config, 'agents', 'list')
    const entries = at(config, 'agents', 'entries')
    const pairs: [unknown, unknown][] = Array.isArray(list)
      ? list.map((entry) => [at(entry, 'id'), entry])
      : Object.entries(isObject(entries) ? entries : {})
    return pairs.map(([id, entry]) => ({ id: String(id), entry: isObject(entry) ? entry : {} }))
  }

  get agents(): { id: string; entry: Json }[] {
    return this.agentsOf(this.#applied)
  }

  modelOf(agentId: string): string {
    const entry = this.agents.find((agent) => agent.id === agentId)?.entry
    const own = isObject(at(entry, 'model')) ? at(entry, 'model', 'primary') : at(entry, 'model')
    if (typeof own === 'string') return own
    const common = at(this.#applied, 'agents', 'defaults', 'model', 'primary')
    return typeof common === 'string' ? common : DEFAULT_MODEL
  }

  workspaceOf(agentId: string): string {
    const entry = this.agents.find((agent) => agent.id === agentId)?.entry
    const own = at(entry, 'workspace')
    return typeof own === 'string' ? own : join(this.stateDirectory, 'workspace')
  }

  /** Fills the store with the sessions that the node starts with. */
  seedSessions(): void {
    for (const agent of this.#agentSpecs.values()) {
      for (const session of agent.sessions ?? []) this.sessions.seed(agent.id, session)
    }
  }

  /** The token that a client has to show. */
  token(): string {
    return String(at(this.#applied, 'gateway', 'auth', 'token') ?? '')
  }

  /** Pairs a device that showed the shared token from this machine: silently, as OpenClaw does. */
  pair(deviceId: string, scopes: readonly string[]): PairedDevice {
    const known = this.devices.get(deviceId)
    const all = [...new Set([...(known?.scopes ?? []), ...scopes])]
    const device = {
      token: known?.token ?? randomUUID(),
      scopes: all,
      pairedAt: known?.pairedAt ?? this.now(),
    }
    this.devices.set(deviceId, device)
    return device
  }

  close(): void {
    for (const timer of this.#settling) clearTimeout(timer)
    this.turns.interrupt()
  }
}
