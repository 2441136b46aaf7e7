import { OperatorError } from '../base/errors.ts'
import type { CallLimits } from '../ssh/call.ts'
import { withDeadline } from './deadline.ts'
import { type GatewayClientOptions, GatewayWire } from './gateway-wire.ts'
import type { GatewayEvent, GatewayHello } from './ports.ts'

/** One live WebSocket to a gateway. Made by {@link connectGateway}. */
export class GatewayClient {
  readonly hello: GatewayHello
  /** Monotonic milliseconds when the hello arrived. */
  readonly connectedAt: number
  readonly #wire: GatewayWire

  constructor(wire: GatewayWire, hello: GatewayHello, connectedAt: number) {
    this.#wire = wire
    this.hello = hello
    this.connectedAt = connectedAt
  }

  get isOpen(): boolean {
    return this.#wire.ended === null
  }

  /** Whether a call is under way that may keep the gateway from saying anything. */
  get isWorking(): boolean {
    return this.#wire.isWorking
  }

  /** Whether anyone listens for events who did not only overhear them. */
  get isWatched(): boolean {
    return [...this.#wire.listeners].some(({ isPassive }) => !isPassive)
  }

  /**
   * Calls a method.
   * @throws OperatorError gateway-refused {node, method, code}, gateway-unreachable {node, reason} when the connection
   * had ended before, connection-lost {node, reason} when it ends before the answer (what was asked for may have been
   * done), output-limit, deadline, cancelled
   */
  call(method: string, params: object, limits: CallLimits): Promise<unknown> {
    return this.#wire.request(method, params, limits)
  }

  /**
   * Makes sure that the gateway's event loop turns: a frozen process keeps its connections but answers no ping.
   * @throws OperatorError gateway-unreachable {node, reason}, deadline, cancelled
   */
  ping(limits: CallLimits): Promise<void> {
    return this.#wire.ping(limits)
  }

  /** Hears every event until the returned function is called; `onClosed` runs once when the connection ends. */
  listen(onEvent: (event: GatewayEvent) => void, onClosed?: () => void): () => void {
    const listener = { onEvent, onClosed, isPassive: false }
    this.#wire.listeners.add(listener)
    return () => this.#wire.listeners.delete(listener)
  }

  /** Hears every event while the connection lives for other reasons. */
  overhear(onEvent: (event: GatewayEvent) => void): void {
    this.#wire.listeners.add({ onEvent, onClosed: undefined, isPassive: true })
  }

  close(): void {
    this.#wire.end(new OperatorError('cancelled', { node: this.#wire.nodeId }))
  }

  /** Closes once no work is under way on it. */
  closeWhenDone(): void {
    this.#wire.closeWhenDone()
  }
}

/**
 * Connects to a gateway and completes the handshake within the limits. Sends no Origin header: with one, gateways
 * treat a client as a browser and refuse it.
 * @throws OperatorError gateway-unreachable {node, reason}, gateway-auth-failed {node, code}, gateway-protocol
 * {node, code}, deadline, cancelled, and what `open` throws
 */
export function connectGateway(options: GatewayClientOptions, limits: CallLimits): Promise<GatewayClient> {
  const { clock, nodeId } = options
  return withDeadline(clock, nodeId, limits, async ({ signal }) => {
    const stream = await options.open({ ...limits, signal })
    if (signal.aborted) {
      stream.destroy()
      throw new OperatorError('cancelled', { node: nodeId })
    }
    const wire = new GatewayWire(options, stream)
    const giveUp = () => wire.end(new OperatorError('cancelled', { node: nodeId }))
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      const hello = await wire.shakeHands(limits)
      return new GatewayClient(wire, hello, clock.monotonic())
    } catch (error) {
      wire.end(new OperatorError('gateway-unreachable', { node: nodeId, reason: 'connection-lost' }))
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  })
}
