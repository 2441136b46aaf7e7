import { joined } from '../base/abort.ts'
import { OperatorError } from '../base/errors.ts'
import { startCall } from './call.ts'
import { createConnector, type Jump } from './connector.ts'
import { createDeadlines } from './deadlines.ts'
import type { Wire } from './dial.ts'
import { createIdentities } from './identities.ts'
import { reasonOf } from './reason-of.ts'
import { NodeSession, type SessionOptions } from './session.ts'
import type { SshPool, SshPoolOptions, SshTarget } from './ssh.ts'

const DEFAULTS = {
  parallelConnects: 8,
  keepaliveIntervalMs: 10_000,
  keepaliveCountMax: 2,
  maxChannels: 8,
  shellNapMs: 60_000,
} as const satisfies Partial<SshPoolOptions>

/** A fleet behind one jump host: a tunnel for each node, and a few for those that are being replaced. */
const TUNNELS_PER_JUMP = 4_096

/** A person waits for one node longer than for a fleet, but must hear of it within the 10 s of a status. */
const FRESH_CONNECT_MS = 8_000

/** Opens the pool; see {@link SshPool}. Nothing is connected until a session is used. */
export function createSshPool(options: SshPoolOptions): SshPool {
  const { auth, clock, log, connectTimeoutMs } = options
  const deadlines = createDeadlines(clock)
  const own = createIdentities(auth, clock)
  const named = new Map([...(options.keys ?? [])].map(([name, one]) => [name, createIdentities(one, clock)]))
  const connector = createConnector({
    identities: ({ key }) => (key ? named.get(key) : null) ?? own,
    deadlines,
    jump,
    parallelConnects: options.parallelConnects ?? DEFAULTS.parallelConnects,
    keepaliveIntervalMs: options.keepaliveIntervalMs ?? DEFAULTS.keepaliveIntervalMs,
    keepaliveCountMax: options.keepaliveCountMax ?? DEFAULTS.keepaliveCountMax,
  })
  const sessionOptions: SessionOptions = {
    connector,
    clock,
    deadlines,
    log,
    connectTimeoutMs,
    freshConnectTimeoutMs: options.freshConnectTimeoutMs ?? Math.max(FRESH_CONNECT_MS, connectTimeoutMs * 2),
    maxChannels: options.maxChannels ?? DEFAULTS.maxChannels,
    maxTunnels: options.maxChannels ?? DEFAULTS.maxChannels,
    shellNapMs: options.shellNapMs ?? DEFAULTS.shellNapMs,
  }
  const sessions = new Map<string, NodeSession>()
  /** One connection to each jump host, whoever is behind it; another login or key is another one. */
  const jumps = new Map<string, NodeSession>()
  /** The ways of the host key scans that are under way: they hold no session. */
  const scanning = new Set<{ via: SshTarget }>()
  const closing = new Set<Promise<void>>()
  const end = new AbortController()

  function retire(session: NodeSession): Promise<void> {
    const done = session.dispose()
    closing.add(done)
    return done.finally(() => closing.delete(done))
  }

  function open(
    known: Map<string, NodeSession>,
    name: string,
    target: SshTarget,
    settings: SessionOptions,
  ): NodeSession {
    const session = new NodeSession(target, settings)
    if (end.signal.aborted) retire(session).catch(() => undefined)
    else known.set(name, session)
    return session
  }

  function sessionOf(target: SshTarget): NodeSession {
    const there = sessions.get(target.nodeId)
    if (there !== undefined && sameTarget(there.target, target)) return there
    const session = open(sessions, target.nodeId, target, sessionOptions)
    if (there !== undefined) {
      retire(there).catch(() => undefined)
      closeUnusedJumps()
    }
    return session
  }

  /** A jump host that no node is behind any more needs no connection. */
  function closeUnusedJumps(): void {
    if (jumps.size === 0) return
    const used = new Set<string>()
    for (const { via } of [...[...sessions.values()].map(({ target }) => target), ...scanning])
      for (let at = via; at; at = at.via) used.add(wayName(at))
    for (const [name, session] of [...jumps]) {
      if (used.has(name)) continue
      jumps.delete(name)
      retire(session).catch(() => undefined)
    }
  }

  async function jump(...[via, to, timeoutMs, signal]: Parameters<Jump>): Promise<Wire> {
    const name = wayName(via)
    const session =
      jumps.get(name) ?? open(jumps, name, via, { ...sessionOptions, maxTunnels: TUNNELS_PER_JUMP })
    const limits = { deadlineMs: timeoutMs, signal, fresh: timeoutMs > connectTimeoutMs }
    try {
      return await session.openJump(to, limits)
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code === 'cancelled') throw error
      if (error.params.node === to.node) throw error
      const params = { node: to.node, reason: 'jump-unreachable', jump: via.nodeId, last: reasonOf(error) }
      throw new OperatorError('node-unreachable', params, { cause: error })
    }
  }

  return {
    session: sessionOf,

    async scanHostKey(address, limits) {
      const node = `${address.host}:${address.port}`
      const call = startCall(node, limits, deadlines)
      const scan = address.via ? { via: address.via } : null
      if (scan) scanning.add(scan)
      const over = joined(call.signal, end.signal)
      try {
        const timeoutMs = sessionOptions.freshConnectTimeoutMs
        return await call.race(connector.scan(node, address, timeoutMs, over.signal))
      } catch (error) {
        if (end.signal.aborted) throw new OperatorError('cancelled', { node })
        throw error
      } finally {
        over.leave()
        call.end()
        if (scan) {
          scanning.delete(scan)
          closeUnusedJumps()
        }
      }
    },

    async login(target, limits) {
      const call = startCall(target.nodeId, limits, deadlines)
      const over = joined(call.signal, end.signal)
      try {
        const timeoutMs = sessionOptions.freshConnectTimeoutMs
        const connection = await call.race(connector.connect(target, timeoutMs, over.signal))
        await connection.close()
      } finally {
        over.leave()
        call.end()
      }
    },

    async forget(nodeId) {
      const session = sessions.get(nodeId)
      sessions.delete(nodeId)
      if (session !== undefined) await retire(session)
      closeUnusedJumps()
    },

    async close() {
      end.abort(new OperatorError('cancelled', { node: '*' }))
      const open = [...sessions.values(), ...jumps.values()]
      sessions.clear()
      jumps.clear()
      await Promise.all([...open.map(retire), ...closing])
    },
  }
}

/** Names a jump host by everything that makes it another one: login, keys, and the way to it. */
function wayName({ nodeId, host, port, user, hostKeys, via, key: own = null }: SshTarget): string {
  return JSON.stringify([
    nodeId,
    host,
    port,
    user,
    hostKeys.map(({ type, key }) => [type, key]),
    via ? wayName(via) : null,
    own,
  ])
}

function sameTarget(a: SshTarget, b: SshTarget): boolean {
  return wayName(a) === wayName(b)
}
