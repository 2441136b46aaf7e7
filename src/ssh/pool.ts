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
  const connector = createConnector({
    identities: createIdentities(auth, clock),
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
  /** By the name of the jump host; one connection each, whoever is behind it. */
  const jumps = new Map<string, NodeSession>()
  const closing = new Set<Promise<void>>()
  const end = new AbortController()

  function retire(session: NodeSession): Promise<void> {
    const done = session.dispose()
    closing.add(done)
    return done.finally(() => closing.delete(done))
  }

  function sessionIn(
    known: Map<string, NodeSession>,
    target: SshTarget,
    settings: SessionOptions,
  ): NodeSession {
    const there = known.get(target.nodeId)
    if (there !== undefined && sameTarget(there.target, target)) return there
    if (there !== undefined) retire(there).catch(() => undefined)
    const session = new NodeSession(target, settings)
    if (end.signal.aborted) retire(session).catch(() => undefined)
    else known.set(target.nodeId, session)
    return session
  }

  async function jump(...[via, to, timeoutMs, signal]: Parameters<Jump>): Promise<Wire> {
    const session = sessionIn(jumps, via, { ...sessionOptions, maxTunnels: TUNNELS_PER_JUMP })
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
    session: (target) => sessionIn(sessions, target, sessionOptions),

    async scanHostKey(address, limits) {
      const node = `${address.host}:${address.port}`
      const call = startCall(node, limits, deadlines)
      try {
        const signal = AbortSignal.any([call.signal, end.signal])
        return await call.race(connector.scan(node, address, sessionOptions.freshConnectTimeoutMs, signal))
      } catch (error) {
        if (end.signal.aborted) throw new OperatorError('cancelled', { node })
        throw error
      } finally {
        call.end()
      }
    },

    async forget(nodeId) {
      const session = sessions.get(nodeId)
      sessions.delete(nodeId)
      if (session !== undefined) await retire(session)
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

function sameTarget(a: SshTarget, b: SshTarget): boolean {
  const sameWay =
    a.via && b.via ? sameTarget(a.via, b.via) && a.via.nodeId === b.via.nodeId : !a.via && !b.via
  return (
    sameWay &&
    a.host === b.host &&
    a.port === b.port &&
    a.user === b.user &&
    a.hostKeys.length === b.hostKeys.length &&
    a.hostKeys.every(({ type, key }, index) => {
      const other = b.hostKeys[index]
      return other !== undefined && other.type === type && other.key === key
    })
  )
}
