import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { SshSession } from '../ssh/ssh.ts'
import { withDeadline } from './deadline.ts'
import type { DeviceIdentity } from './device-identity.ts'
import { connectGateway, type GatewayClient } from './gateway-client.ts'
import { type ConfigReading, readGatewayConfig } from './gateway-token.ts'
import { type Readiness, readReadiness } from './readiness.ts'

/** What the access to one node's gateway needs. */
export interface GatewayAccessOptions {
  session: SshSession
  port: number
  /** State directory; null means ~/.openclaw. */
  statePath: string | null
  device(): Promise<DeviceIdentity>
  clock: Clock
  /** A connection that nobody used or listened to for this long is closed. Milliseconds. */
  idleMs: number
  /** Is told every token that was read, so that no log shows it. */
  onToken?: (token: string) => void
}

/** One attempt is shared by everyone who waits; it has a bound of its own so that no waiter can cut it short. */
const CONNECT_MS = 10_000

/** Keeps at most one connection to a node's gateway and opens it when somebody asks. */
export class GatewayAccess {
  readonly #options: GatewayAccessOptions
  readonly #end = new AbortController()
  #client: GatewayClient | null = null
  #connecting: Promise<GatewayClient> | null = null
  #config: ConfigReading | null = null
  #configuring: Promise<ConfigReading> | null = null
  #usedAt = 0

  constructor(options: GatewayAccessOptions) {
    this.#options = options
  }

  /** What was last read from the configuration file; null before the first attempt. */
  get config(): ConfigReading | null {
    return this.#config
  }

  /** The reading of the configuration file that is under way. */
  get configuring(): Promise<ConfigReading> | null {
    return this.#configuring
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
    this.#usedAt = clock.monotonic()
    if (this.#client?.isOpen) return this.#client
    this.#connecting ??= this.#connect(limits.fresh === true).finally(() => {
      this.#connecting = null
    })
    const attempt = this.#connecting
    attempt.catch(() => undefined)
    return await withDeadline(clock, session.nodeId, limits, () => attempt)
  }

  /** Asks GET /readyz through a connection of its own. @throws OperatorError gateway-unreachable, deadline, cancelled */
  readiness(limits: CallLimits): Promise<Readiness> {
    const { clock, session, port } = this.#options
    return withDeadline(clock, session.nodeId, limits, async (signal) => {
      const stream = await session.openTcp(port, { ...limits, signal })
      return await readReadiness(stream, session.nodeId, clock, { ...limits, signal })
    })
  }

  /** Reads the configuration file anew. @throws OperatorError what the SSH session throws */
  async readConfig(limits: CallLimits): Promise<ConfigReading> {
    const { session, statePath, onToken } = this.#options
    const reading = readGatewayConfig(session, statePath, limits)
    this.#configuring = reading
    try {
      this.#config = await reading
    } finally {
      this.#configuring = null
    }
    if (this.#config.token !== null) onToken?.(this.#config.token)
    return this.#config
  }

  /** Drops a connection that has stopped answering; the next call opens a new one. */
  drop(): void {
    this.#client?.close()
    this.#client = null
  }

  close(): void {
    this.#end.abort()
    this.drop()
  }

  async #connect(fresh: boolean): Promise<GatewayClient> {
    const limits: CallLimits = { deadlineMs: CONNECT_MS, signal: this.#end.signal, fresh }
    const remembered = this.#config
    const config = remembered?.token ? remembered : await this.readConfig(limits)
    try {
      return await this.#open(config.token, limits)
    } catch (error) {
      const refused = error instanceof OperatorError && error.code === 'gateway-auth-failed'
      if (!refused || config !== remembered) throw error
      // The token may have been changed since it was read.
      const again = await this.readConfig(limits)
      if (again.token === config.token) throw error
      return await this.#open(again.token, limits)
    }
  }

  async #open(token: string | null, limits: CallLimits): Promise<GatewayClient> {
    const { session, port, clock } = this.#options
    const device = await this.#options.device()
    const open = (bounds: CallLimits) => session.openTcp(port, bounds)
    const client = await connectGateway({ nodeId: session.nodeId, open, port, token, device, clock }, limits)
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
