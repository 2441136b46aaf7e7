import { createHash } from 'node:crypto'
import type { Duplex, Readable } from 'node:stream'
import type { NodeRecord } from '../../registry/schema.ts'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { type Reading, unknown } from '../base/reading.ts'
import { redactedStart } from '../base/redact.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { ExecResult } from '../ssh/exec.ts'
import type { NodeListener } from '../ssh/node-listener.ts'
import type { ShellCommand } from '../ssh/shell-quote.ts'
import type { SshSession } from '../ssh/ssh.ts'
import { callFailure, gatewayCallCommand, parseCliResult, programOf } from './cli.ts'
import { collectSnapshot } from './collect-snapshot.ts'
import type { DeviceIdentity } from './device-identity.ts'
import { GatewayAccess } from './gateway-access.ts'
import { GatewayReader } from './gateway-reader.ts'
import { OFFLINE, readOfflineSessions } from './offline-sessions.ts'
import type { GatewayEvent, GatewayHello, NodeLink, PassAges, RpcAnswer } from './ports.ts'
import type { KnownRuntime } from './probe.ts'
import { quickLook } from './quick-look.ts'
import { unitOf } from './service.ts'
import type { ContextSettings } from './sessions.ts'
import type { InstallFacts, NodeSnapshot, SessionFacts } from './snapshot.ts'

/** What every link shares. */
export interface LinkOptions {
  clock: Clock
  device(): Promise<DeviceIdentity>
  settings: ContextSettings
  /** Milliseconds after which an unused gateway connection is closed. */
  idleMs: number
  onToken?: (token: string, nodeId: string) => void
}

/** What a pass goes on from. Times are monotonic. */
interface LastLook {
  snapshot: NodeSnapshot
  /** When what moves was last read, and when everything else was. */
  movingAt: number
  restingAt: number
  /** Of the time for which what rarely moves is kept. */
  share: number
}

/** A store does not change while its gateway is down; reading it again costs the node seconds of CPU. */
const OFFLINE_AGE_MS = 600_000
/** A reading that failed is not tried again at every look. */
const OFFLINE_RETRY_MS = 60_000

/**
 * Only a look may be kept from a node that was silent a moment ago. Whatever else is wanted of it, somebody asked for:
 * the first of several calls of one operation must not be told to wait while the next one would get through.
 */
function asked<Limits extends CallLimits>(limits: Limits): Limits {
  return { ...limits, fresh: limits.fresh ?? true }
}

/** The one way to a node: its SSH session and one gateway connection through it. */
export class OpenClawNodeLink implements NodeLink {
  readonly nodeId: string
  readonly #node: NodeRecord
  readonly #session: SshSession
  readonly #options: LinkOptions
  readonly #access: GatewayAccess
  readonly #reader: GatewayReader
  #restarts: number | null = null
  #last: LastLook | null = null
  readonly #shell = { asks: true }
  #install: InstallFacts | null = null
  #runtime: KnownRuntime | null = null
  #offline: { readAt: number; sessions: Reading<SessionFacts[]> } | null = null

  constructor(node: NodeRecord, session: SshSession, options: LinkOptions) {
    const { clock, device, settings, idleMs, onToken } = options
    this.nodeId = node.id
    this.#node = node
    this.#session = session
    this.#options = options
    this.#access = new GatewayAccess({
      session,
      port: node.gatewayPort,
      statePath: node.ocPath,
      unit: unitOf(node),
      device,
      clock,
      idleMs,
      ...(onToken === undefined ? {} : { onToken: (token) => onToken(token, node.id) }),
    })
    this.#reader = new GatewayReader(clock, settings)
  }

  get isDialing(): boolean {
    return this.#session.state() === 'dialing'
  }

  async snapshot({ pass, ...limits }: CallLimits & { pass?: PassAges }): Promise<NodeSnapshot> {
    const { clock } = this.#options
    const startedAt = clock.monotonic()
    const whole = pass === undefined || limits.fresh === true
    const quick = whole ? null : await this.#quickly(limits, pass)
    if (quick !== null) return quick
    const deadlineMs = Math.max(1, limits.deadlineMs - (clock.monotonic() - startedAt))
    const snapshot = await this.#fully({ ...limits, deadlineMs })
    const at = clock.monotonic()
    // The nodes of a fleet are first read together: from then on each has a turn of its own.
    const share = this.#last === null ? shareOf(this.nodeId) : 1
    this.#last = { snapshot, movingAt: at, restingAt: at, share }
    return snapshot
  }

  /** Null when the last look did not see all of a serving node, or is older than accepted. */
  async #quickly(limits: CallLimits, ages: PassAges): Promise<NodeSnapshot | null> {
    const { clock } = this.#options
    const last = this.#last
    const startedAt = clock.monotonic()
    if (last === null || startedAt - last.restingAt > ages.restingMs * last.share) return null
    const { snapshot } = last
    if (snapshot.state !== 'serving' || snapshot.reason !== null) return null
    // The probe was too late at that look: what it would have told is worth another one.
    if (snapshot.service.kind.freshness === 'unknown' || snapshot.host.disk.freshness === 'unknown')
      return null
    const client = this.#access.open
    if (client === null || this.#session.state() !== 'ready') return null
    const moving = startedAt - last.movingAt >= ages.movingMs
    const sources = {
      session: this.#session,
      client,
      access: this.#access,
      reader: this.#reader,
      clock,
      statePath: this.#node.ocPath,
      shell: this.#shell,
    }
    const seen = await quickLook(sources, snapshot, moving, limits)
    if (seen !== null)
      this.#last = { ...last, snapshot: seen, movingAt: moving ? clock.monotonic() : last.movingAt }
    return seen
  }

  async #fully(limits: CallLimits): Promise<NodeSnapshot> {
    const snapshot = await collectSnapshot(
      {
        nodeId: this.nodeId,
        session: this.#session,
        access: this.#access,
        reader: this.#reader,
        clock: this.#options.clock,
        gatewayPort: this.#node.gatewayPort,
        unit: unitOf(this.#node),
        statePath: this.#node.ocPath,
        restartsBefore: this.#restarts,
        runtime: this.#runtime,
        onRuntime: (runtime) => {
          this.#runtime = runtime
        },
        offlineSessions: (install, bounds) => this.#offlineSessions(install, bounds),
      },
      limits,
    )
    if (snapshot.service.restarts.value !== null) this.#restarts = snapshot.service.restarts.value
    if (snapshot.install.binary.value !== null) this.#install = snapshot.install
    if (snapshot.state === 'serving') this.#offline = null
    return snapshot
  }

  /** Falls back to `openclaw gateway call` where the node's SSH server forbids forwarding; nothing was sent then. */
  async rpc<T = unknown>(method: string, params: object, given: CallLimits): Promise<RpcAnswer<T>> {
    const limits = asked(given)
    const { clock } = this.#options
    const startedAt = clock.monotonic()
    const remaining = () => ({ ...limits, deadlineMs: limits.deadlineMs - (clock.monotonic() - startedAt) })
    const answer = (payload: unknown, source: 'rpc' | 'cli'): RpcAnswer<T> => ({
      payload: payload as T,
      source,
      tookMs: Math.round(clock.monotonic() - startedAt),
    })
    const client = await this.#access.client(limits).catch((error: unknown) => {
      const forbidden = error instanceof OperatorError && error.params.reason === 'permission-denied'
      if (forbidden && error.code === 'gateway-unreachable') return null
      throw this.#notSent(error)
    })
    if (client === null) return answer(await this.#callByCli(method, params, remaining()), 'cli')
    return answer(await client.call(method, params, remaining()), 'rpc')
  }

  /** A time-out while connecting leaves nothing in doubt, unlike one after the call. */
  #notSent(error: unknown): unknown {
    if (!(error instanceof OperatorError) || error.code !== 'deadline') return error
    return new OperatorError('gateway-unreachable', { ...error.params, reason: 'deadline' }, { cause: error })
  }

  async hello(limits: CallLimits): Promise<GatewayHello> {
    return (await this.#access.client(asked(limits))).hello
  }

  events(listener: (event: GatewayEvent) => void, closed?: () => void): () => void {
    let stopped = false
    let unsubscribe: (() => void) | null = null
    const ended = () => {
      if (stopped) return
      stopped = true
      closed?.()
    }
    this.#access.client({ deadlineMs: EVENT_CONNECT_MS }).then((client) => {
      if (stopped) return
      if (client.isOpen) unsubscribe = client.listen(listener, ended)
      else ended()
    }, ended)
    return () => {
      stopped = true
      unsubscribe?.()
    }
  }

  exec(command: ShellCommand, limits: CallLimits & { stdin?: string | Uint8Array }): Promise<ExecResult> {
    return this.#session.exec(command, asked(limits))
  }

  lines(command: ShellCommand, limits: CallLimits): AsyncIterable<string> {
    return this.#session.lines(command, asked(limits))
  }

  download(command: ShellCommand, limits: CallLimits & { stdin?: Uint8Array }): Promise<Readable> {
    return this.#session.download(command, asked(limits))
  }

  upload(command: ShellCommand, source: Readable, limits: CallLimits): Promise<ExecResult> {
    return this.#session.upload(command, source, asked(limits))
  }

  listen(onConnection: (stream: Duplex) => void, limits: CallLimits): Promise<NodeListener> {
    return this.#session.listen(onConnection, limits)
  }

  /** Closes the gateway connection for good; the SSH session belongs to the pool. */
  dispose(): void {
    this.#access.close()
  }

  async #callByCli(method: string, params: object, limits: CallLimits): Promise<unknown> {
    const install = this.#install ?? (await this.#fully(limits)).install
    const program = programOf(install, this.#node.ocPath)
    if (program === null) throw new OperatorError('openclaw-missing', { node: this.nodeId })
    const command = gatewayCallCommand(
      program,
      method,
      params,
      Math.max(1_000, Math.floor(limits.deadlineMs)),
    )
    const outcome = parseCliResult(await this.#session.exec(command, limits))
    if (outcome.ok) return outcome.payload
    const detail = { detail: redactedStart(outcome.message, 500) }
    const node = this.nodeId
    switch (callFailure(outcome.message)) {
      case 'not-sent':
        throw new OperatorError('gateway-unreachable', { node, reason: 'port-silent' }, detail)
      case 'late':
        throw new OperatorError('deadline', { node, ms: limits.deadlineMs }, detail)
      case 'lost':
        throw new OperatorError('connection-lost', { node }, detail)
      case 'refused':
        throw new OperatorError('gateway-refused', { node, method, code: outcome.code ?? 'cli' }, detail)
    }
  }

  async #offlineSessions(install: InstallFacts, limits: CallLimits): Promise<Reading<SessionFacts[]>> {
    const { clock, settings } = this.#options
    const known = this.#offline
    const maxAge = known?.sessions.freshness === 'unknown' ? OFFLINE_RETRY_MS : OFFLINE_AGE_MS
    if (known !== null && clock.monotonic() - known.readAt < maxAge) return known.sessions
    if (install.binary.value === null) return unknown(OFFLINE, clock.now())
    const statePath = this.#node.ocPath
    const configured = this.#access.config?.models ?? null
    const lastSeen = this.#reader.models
    const sources = { session: this.#session, install, statePath, settings, clock, configured, lastSeen }
    const sessions = await readOfflineSessions(sources, limits)
    this.#offline = { readAt: clock.monotonic(), sessions }
    return sessions
  }
}

const EVENT_CONNECT_MS = 15_000

/** A number above 0 and up to 1 that is spread evenly over the ids of a fleet. */
function shareOf(nodeId: string): number {
  return (createHash('sha256').update(nodeId).digest().readUInt32BE() + 1) / 2 ** 32
}
