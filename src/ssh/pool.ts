import { OperatorError } from '../base/errors.ts'
import { startCall } from './call.ts'
import { createConnector } from './connector.ts'
import { createDeadlines } from './deadlines.ts'
import { createIdentities } from './identities.ts'
import { NodeSession, type SessionOptions } from './session.ts'
import type { SshPool, SshPoolOptions, SshTarget } from './ssh.ts'

const DEFAULTS = {
  parallelConnects: 8,
  keepaliveIntervalMs: 10_000,
  keepaliveCountMax: 2,
  maxChannels: 8,
  shellNapMs: 60_000,
} as const satisfies Partial<SshPoolOptions>

/** A person waits for one node longer than for a fleet, but must hear of it within the 10 s of a status. */
const FRESH_CONNECT_MS = 8_000

/** Opens the pool; see {@link SshPool}. Nothing is connected until a session is used. */
export function createSshPool(options: SshPoolOptions): SshPool {
  const { auth, clock, log, connectTimeoutMs } = options
  const deadlines = createDeadlines(clock)
  const connector = createConnector({
    identities: createIdentities(auth, clock),
    deadlines,
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
    shellNapMs: options.shellNapMs ?? DEFAULTS.shellNapMs,
  }
  const sessions = new Map<string, NodeSession>()
  const closing = new Set<Promise<void>>()
  const end = new AbortController()

  function retire(session: NodeSession): Promise<void> {
    const done = session.dispose()
    closing.add(done)
    return done.finally(() => closing.delete(done))
  }

  return {
    session(target) {
      const known = sessions.get(target.nodeId)
      if (known !== undefined && sameTarget(known.target, target)) return known
      if (known !== undefined) retire(known).catch(() => undefined)
      const session = new NodeSession(target, sessionOptions)
      if (end.signal.aborted) retire(session).catch(() => undefined)
      else sessions.set(target.nodeId, session)
      return session
    },

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
      const open = [...sessions.values()]
      sessions.clear()
      await Promise.all([...open.map(retire), ...closing])
    },
  }
}

function sameTarget(a: SshTarget, b: SshTarget): boolean {
  return (
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
