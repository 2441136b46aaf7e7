import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { DEFAULT_GATEWAY_PORT, type UnitSetting } from '../../registry/schema.ts'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { SshSession } from '../ssh/ssh.ts'
import { withDeadline } from './deadline.ts'
import type { DeviceIdentity } from './device-identity.ts'
import { FrameBudget, overBudget } from './frame-budget.ts'
import { connectGateway, type GatewayClient } from './gateway-client.ts'
import { type ConfigReading, type Credential, readGatewayConfig } from './gateway-credential.ts'
import { LISTENERS_SCRIPT, type LocalAddress, parseListeners } from './listeners.ts'
import { askStream, READINESS_BYTES, READINESS_QUESTION, type Readiness, readinessOf } from './readiness.ts'
import { unitArgument } from './service.ts'
import { overTls } from './tls-stream.ts'

/** What the access to one node's gateway needs. */
export interface GatewayAccessOptions {
  session: SshSession
  /** The port that the registry has; the node's own configuration and process outrank it. */
  port: number
  /** State directory; null means ~/.openclaw. */
  statePath: string | null
  /** The unit that runs it. */
  unit: UnitSetting
  device(): Promise<DeviceIdentity>
  clock: Clock
  /** A connection that nobody used or listened to for this long is closed. Milliseconds. */
  idleMs: number
  /** Is told every credential that was read, so that no log shows it. */
  onToken?: (token: string) => void
}

/** Where the gateway is spoken to, and how. */
interface Place extends LocalAddress {
  tls: boolean
}

/** One attempt is shared by everyone who waits; it has a bound of its own so that no waiter can cut it short. */
const CONNECT_MS = 10_000
const LOOPBACK = '127.0.0.1'
/** A gateway listens on a few ports of its own (control of a browser, a canvas); more are not asked. */
const MOST_PLACES = 4
/** Looking around costs a node two scripts; one that is down is not searched at every look. */
const SEEK_EVERY_MS = 60_000

/** Keeps at most one connection to a node's gateway and opens it when somebody asks. */
export class GatewayAccess {
  readonly #options: GatewayAccessOptions
  readonly #end = new AbortController()
  readonly #budget: FrameBudget
  #client: GatewayClient | null = null
  #connecting: Promise<GatewayClient> | null = null
  /** Given up, but for an answer that may still come. */
  readonly #working = new Set<GatewayClient>()
  #config: ConfigReading | null = null
  #configuring: Promise<ConfigReading> | null = null
  #usedAt = 0
  /** Where the gateway answered last. */
  #found: Place | null = null
  #soughtAt = Number.NEGATIVE_INFINITY

  constructor(options: GatewayAccessOptions) {
    this.#options = options
    this.#budget = new FrameBudget(options.clock)
  }

  /** What was last read from the configuration file; null before the first attempt. */
  get config(): ConfigReading | null {
    return this.#config
  }

  /** The reading of the configuration file that is under way. */
  get configuring(): Promise<ConfigReading> | null {
    return this.#configuring
  }

  /** The port on which the gateway is looked for: where it answered, else what the node's configuration says. */
  get port(): number {
    return this.#place().port
  }

  /** Where the node's own shell can ask the gateway something; null in TLS, and where a name would have to be looked up. */
  get plainPlace(): LocalAddress | null {
    const place = this.#place()
    return place.tls || isIP(place.host) === 0 ? null : place
  }

  /** Whether a gateway was ever spoken to at the place where it is looked for. */
  get hasAnswered(): boolean {
    return this.#found !== null
  }

  /** The live connection if there is one; never connects. */
  get open(): GatewayClient | null {
    if (!this.#client?.isOpen) return null
    this.#usedAt = this.#options.clock.monotonic()
    return this.#client
  }

  /**
   * The live connection; connects when there is none.
   * @throws OperatorError what {@link connectGateway} and the SSH session throw
   */
  async client(limits: CallLimits): Promise<GatewayClient> {
    const { clock, session } = this.#options
    if (limits.signal?.aborted) throw new OperatorError('cancelled', { node: session.nodeId })
    this.#usedAt = clock.monotonic()
    if (this.#client?.isOpen) return this.#client
    if (this.#budget.isCutOff && limits.fresh !== true) throw overBudget(session.nodeId)
    this.#connecting ??= this.#connect(limits.fresh === true).finally(() => {
      this.#connecting = null
    })
    const attempt = this.#connecting
    attempt.catch(() => undefined)
    return await withDeadline(clock, session.nodeId, limits, () => attempt)
  }

  /** Asks GET /readyz through a connection of its own. @throws OperatorError gateway-unreachable, deadline, cancelled */
  async readiness(limits: CallLimits): Promise<Readiness> {
    const { clock, session } = this.#options
    const { host, port, tls } = this.#place()
    const answer = tls
      ? await withDeadline(clock, session.nodeId, limits, async ({ signal }) => {
          const stream = await this.#dial({ host, port, tls }, { ...limits, signal })
          return await askStream(stream, READINESS_QUESTION, signal)
        })
      : await session.askTcp(port, READINESS_QUESTION, { ...limits, host, maxOutputBytes: READINESS_BYTES })
    const readiness = readinessOf(answer.toString())
    if (readiness !== null) return readiness
    throw new OperatorError('gateway-unreachable', { node: session.nodeId, reason: 'connection-lost' })
  }

  /** Reads the configuration file anew. @throws OperatorError what the SSH session throws */
  async readConfig(limits: CallLimits): Promise<ConfigReading> {
    const { session, statePath, unit, onToken } = this.#options
    const reading = readGatewayConfig(session, { statePath, unit }, limits)
    this.#configuring = reading
    try {
      this.#config = await reading
    } finally {
      this.#configuring = null
    }
    if (this.#config.credential !== null) onToken?.(this.#config.credential.secret)
    return this.#config
  }

  /**
   * Gives up a connection that has stopped answering; the next call opens a new one. Work that was asked for over it goes
   * on: its answer may still come.
   */
  drop(): void {
    const client = this.#client
    this.#client = null
    if (client === null) return
    client.closeWhenDone()
    if (client.isOpen) this.#working.add(client)
  }

  /** The unit's process was seen to listen: the next failure to connect is a reason to search, however early it comes. */
  lookAround(): void {
    this.#soughtAt = Number.NEGATIVE_INFINITY
  }

  /** Whether work that was asked for is still under way, and so may keep the gateway from answering anything else. */
  get isWorking(): boolean {
    for (const client of this.#working) if (!client.isOpen) this.#working.delete(client)
    return this.#client?.isWorking === true || this.#working.size > 0
  }

  close(): void {
    this.#end.abort()
    this.#client?.close()
    for (const client of this.#working) client.close()
    this.#client = null
  }

  async #connect(fresh: boolean): Promise<GatewayClient> {
    const limits: CallLimits = { deadlineMs: CONNECT_MS, signal: this.#end.signal, fresh }
    const remembered = this.#config
    const config = remembered?.credential ? remembered : await this.readConfig(limits)
    try {
      return await this.#open(this.#place(), config.credential, limits)
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      return await this.#seek(error, config, config !== remembered, limits)
    }
  }

  /** What was known of the gateway no longer holds, or never did: its credential, its address, its port, its TLS. */
  async #seek(
    refusal: OperatorError,
    known: ConfigReading,
    isNew: boolean,
    limits: CallLimits,
  ): Promise<GatewayClient> {
    const now = this.#options.clock.monotonic()
    const early = now - this.#soughtAt < SEEK_EVERY_MS && limits.fresh !== true
    if (!isElsewhere(refusal) || (early && refusal.code !== 'gateway-auth-failed')) throw refusal
    this.#soughtAt = now
    const config = isNew ? known : await this.readConfig(limits)
    const tried = [this.#found, ...(isNew ? [this.#place()] : [])]
    this.#found = null
    const changed = config.credential?.secret !== known.credential?.secret
    const places = [this.#place(), ...(await this.#listeners(config, limits))]
    for (const place of unique(places).slice(0, MOST_PLACES)) {
      const again = changed || !tried.some((one) => one !== null && sameAs(one, place))
      if (!again) continue
      try {
        return await this.#open(place, config.credential, limits)
      } catch (error) {
        if (!(error instanceof OperatorError) || !isElsewhere(error)) throw error
      }
    }
    throw refusal
  }

  /** Where the unit's own process listens, the likeliest port first; each also with the other kind of transport. */
  async #listeners(config: ConfigReading, limits: CallLimits): Promise<Place[]> {
    const { session, unit, port } = this.#options
    const { stdout, code } = await session.script(LISTENERS_SCRIPT, {
      ...limits,
      args: [unitArgument(unit)],
    })
    const likely = [config.port, port, DEFAULT_GATEWAY_PORT]
    const rank = (one: LocalAddress) => (likely.indexOf(one.port) + likely.length + 1) % (likely.length + 1)
    const listening = code === 0 ? parseListeners(stdout) : []
    const sorted = listening.toSorted((a, b) => rank(a) - rank(b))
    const here = this.#place()
    return [
      { ...here, tls: !here.tls },
      ...sorted.map((one) => ({ ...one, tls: config.tls })),
      ...sorted.map((one) => ({ ...one, tls: !config.tls })),
    ]
  }

  #place(): Place {
    const config = this.#config
    return (
      this.#found ?? {
        host: config?.address ?? LOOPBACK,
        port: config?.port ?? this.#options.port,
        tls: config?.tls ?? false,
      }
    )
  }

  async #dial({ host, port, tls }: Place, limits: CallLimits): Promise<Duplex> {
    const { session } = this.#options
    const stream = await session.openTcp(port, { ...limits, host })
    if (!tls) return stream
    return await overTls(stream, limits.signal).catch((cause: unknown) => {
      throw new OperatorError('gateway-protocol', { node: session.nodeId, code: 'no-tls' }, { cause })
    })
  }

  async #open(place: Place, credential: Credential | null, limits: CallLimits): Promise<GatewayClient> {
    const { session, clock } = this.#options
    const device = await this.#options.device()
    const open = (bounds: CallLimits) => this.#dial(place, bounds)
    const { port } = place
    const client = await connectGateway(
      { nodeId: session.nodeId, open, port, credential, device, clock, budget: this.#budget },
      limits,
    )
    this.#found = place
    this.#client = client
    void this.#closeWhenIdle(client)
    return client
  }

  async #closeWhenIdle(client: GatewayClient): Promise<void> {
    const { clock, idleMs } = this.#options
    while (client.isOpen && !this.#end.signal.aborted) {
      const idle = clock.monotonic() - this.#usedAt
      if (idle >= idleMs && !client.isWatched) return client.close()
      await clock.sleep(Math.max(1_000, idleMs - idle), this.#end.signal).catch(() => undefined)
    }
  }
}

/** Failures that another place or credential may mend; a gateway that starts or is slow is not one. */
function isElsewhere({ code, params }: OperatorError): boolean {
  if (code === 'gateway-auth-failed' || code === 'gateway-protocol') return true
  return (
    code === 'gateway-unreachable' && (params.reason === 'port-silent' || params.reason === 'connection-lost')
  )
}

function sameAs(a: Place, b: Place): boolean {
  return a.host === b.host && a.port === b.port && a.tls === b.tls
}

function unique(places: readonly Place[]): Place[] {
  return places.filter((place, index) => places.findIndex((other) => sameAs(other, place)) === index)
}
