import { performance } from 'node:perf_hooks'
import { OperatorError } from '../base/errors.ts'
import { type Connection, type HandshakeRequest, handshake, readHostKey } from './connection.ts'
import type { Deadlines } from './deadlines.ts'
import { dial, type Wire } from './dial.ts'
import { isEarlyDrop, isHostKeyTypeMismatch } from './failures.ts'
import type { OfferedHostKey } from './host-keys.ts'
import { describeHostKey, hostKeyError } from './host-keys.ts'
import type { Identities, Offer } from './identities.ts'
import { createSlots, type Slots } from './slots.ts'
import type { SshTarget } from './ssh.ts'

/** More at once run into MaxStartups of one sshd, and being dropped there looks like a penalty. */
const PARALLEL_PER_ADDRESS = 2
/**
 * How long an attempt counts against the limit on parallel ones. The limit smooths our own CPU use; a slow or silent
 * sshd uses none and must not keep healthy nodes waiting.
 */
const HANDSHAKE_TURN_MS = 250
/**
 * While the event loop was busy for more than this share of a turn, the attempts wait for us and not for their servers:
 * the turn goes on. More handshakes at once would only make commands wait behind them.
 */
const BUSY_LOOP = 0.2
/** OpenSSH tolerates a few failed logins in a row before its penalties bite. */
const MOST_KEY_BATCHES = 3
const EARLY_DROP_RETRIES = 4
const EARLY_DROP_PAUSE_MS = 150

/** Who is told how far an attempt has come. */
export interface Heed {
  /** Something listens at the address; until then nothing has been heard of the host. */
  onReached(): void
  /** It speaks SSH. */
  onHeard(): void
}

/** Opens connections. */
export interface Connector {
  /** @throws OperatorError node-unreachable, auth-failed, key-unusable, host-key-unknown, host-key-changed, kex-unsupported */
  connect(target: SshTarget, timeoutMs: number, signal: AbortSignal, heed?: Heed): Promise<Connection>
  /** @throws OperatorError node-unreachable, kex-unsupported */
  scan(
    node: string,
    address: { host: string; port: number; via?: SshTarget | null; type?: string },
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<OfferedHostKey>
}

/** Opens a way to a host through the connection of another one. */
export type Jump = (
  via: SshTarget,
  to: { node: string; host: string; port: number },
  timeoutMs: number,
  signal: AbortSignal,
) => Promise<Wire>

/** How a {@link Connector} behaves. */
export interface ConnectorOptions {
  /** Who the bot is to a host. */
  identities(target: Pick<SshTarget, 'key'>): Identities
  deadlines: Deadlines
  jump: Jump
  /** Opens a socket; {@link dial} when absent. */
  dial?: typeof dial
  /** Handshakes at once. Sockets that are being opened do not count: a silent host costs nobody anything. */
  parallelConnects: number
  keepaliveIntervalMs: number
  keepaliveCountMax: number
}

/** How long an attempt may take, and who is told how it goes. */
interface Timing {
  timeoutMs: number
  signal: AbortSignal
  heed?: Heed | undefined
}

/** Calls `release` after the first turn in which the event loop had time to spare. Returns what stops the counting. */
function countTurn(deadlines: Deadlines, release: () => void): () => void {
  const since = performance.eventLoopUtilization()
  let stop = deadlines.add(HANDSHAKE_TURN_MS, () => {
    if (performance.eventLoopUtilization(since).utilization <= BUSY_LOOP) release()
    else stop = countTurn(deadlines, release)
  })
  return () => stop()
}

/** Makes the one connector of a pool, which keeps all limits on connecting. */
export function createConnector(options: ConnectorOptions): Connector {
  const { identities, deadlines } = options
  const open = options.dial ?? dial
  const { clock } = deadlines
  const turns = createSlots(options.parallelConnects)
  const addresses = new Map<string, Slots>()

  /** One attempt: dial, wait for a turn, then `greet`. Waiting for the turn does not use up the time. */
  async function attempt<T>(
    target: SshTarget,
    offer: Offer | null,
    { timeoutMs, signal, heed }: Timing,
    greet: (socket: Wire, request: HandshakeRequest) => Promise<T>,
  ): Promise<T> {
    const { nodeId, host, port, user, hostKeys, via } = target
    const dialedAt = clock.monotonic()
    // The jump host connects in a turn of its own: whoever waited for it in theirs would keep it from ever getting one.
    const socket = via
      ? await options.jump(via, { node: nodeId, host, port }, timeoutMs, signal)
      : await within(timeoutMs, signal, (budget) => open(nodeId, host, port, budget))
    const leftMs = via ? timeoutMs : timeoutMs - (clock.monotonic() - dialedAt)
    heed?.onReached()
    const releaseTurn = await turns.take(signal).catch((error: unknown) => {
      socket.destroy()
      throw error
    })
    const turnIsOver = countTurn(deadlines, releaseTurn)
    try {
      return await within(leftMs, signal, (budget) =>
        greet(socket, {
          node: nodeId,
          user,
          hostKeys,
          offer,
          deadlines,
          signal: budget,
          onHeard: heed?.onHeard,
          keepaliveIntervalMs: options.keepaliveIntervalMs,
          keepaliveCountMax: options.keepaliveCountMax,
        }),
      )
    } finally {
      turnIsOver()
      releaseTurn()
    }
  }

  async function within<T>(
    ms: number,
    signal: AbortSignal,
    work: (budget: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const budget = new AbortController()
    const onAbort = () => budget.abort(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    const inTime = deadlines.add(ms, () => budget.abort(new Error(`no answer within ${ms} ms`)))
    try {
      return await work(budget.signal)
    } finally {
      inTime()
      signal.removeEventListener('abort', onAbort)
    }
  }

  async function login(target: SshTarget, timing: Timing): Promise<Connection> {
    const { signal } = timing
    for (let batch = 0, drops = 0; ; ) {
      const offer = await identities(target).offer(target.nodeId, target.user, batch)
      try {
        return await attempt(target, offer, timing, handshake)
      } catch (error) {
        if (!(error instanceof OperatorError) || signal.aborted) throw error
        if (error.code === 'auth-failed' && offer.more && batch + 1 < MOST_KEY_BATCHES) {
          batch += 1
        } else if (isEarlyDrop(error) && drops < EARLY_DROP_RETRIES) {
          await clock.sleep(EARLY_DROP_PAUSE_MS * 2 ** drops * (0.5 + Math.random()), signal)
          drops += 1
        } else {
          throw await explain(error, target, timing)
        }
      }
    }
  }

  /** Says more of a failure: which key a server has in place of the pinned type, and what was wrong with what we offered. */
  async function explain(error: OperatorError, target: SshTarget, timing: Timing): Promise<OperatorError> {
    if (error.code === 'auth-failed') return identities(target).explain(error, target.user)
    if (!isHostKeyTypeMismatch(error) || target.hostKeys.length === 0) return error
    try {
      const offered = await attempt({ ...target, hostKeys: [] }, null, timing, readHostKey)
      return hostKeyError(target.nodeId, target.hostKeys, describeHostKey(Buffer.from(offered.key, 'base64')))
    } catch {
      return error
    }
  }

  async function atAddress<T>(
    address: { host: string; port: number; via?: SshTarget | null },
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    const { host, port, via } = address
    const name = [host, port, ...(via ? [via.host, via.port] : [])].join(' ')
    const slots = addresses.get(name) ?? createSlots(PARALLEL_PER_ADDRESS)
    addresses.set(name, slots)
    const release = await slots.take(signal)
    try {
      return await work()
    } finally {
      release()
      if (slots.taken() === 0) addresses.delete(name)
    }
  }

  return {
    connect: (target, timeoutMs, signal, heed) =>
      atAddress(target, signal, () => login(target, { timeoutMs, signal, heed })),
    scan: (node, { type, ...address }, timeoutMs, signal) =>
      atAddress(address, signal, () =>
        attempt(
          // A pinned key is what decides for which types a server is asked.
          {
            nodeId: node,
            ...address,
            user: 'nobody',
            hostKeys: type === undefined ? [] : [{ type, key: '' }],
          },
          null,
          { timeoutMs, signal },
          readHostKey,
        ),
      ),
  }
}
