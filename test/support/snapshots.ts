import { fresh, type Reading, unknown } from '../../src/base/reading.ts'
import type { ContextFacts, NodeSnapshot, SessionFacts } from '../../src/openclaw/snapshot.ts'
import type { Proven } from '../../src/operations/backup-book.ts'

const AT = Date.parse('2026-11-22T12:00:00Z')

/** A healthy node's snapshot; `changes` replaces whole parts. */
export function healthySnapshot(changes: Partial<NodeSnapshot> = {}): NodeSnapshot {
  const probe = <T>(value: T): Reading<T> => fresh(value, 'probe', AT)
  const rpc = <T>(value: T): Reading<T> => fresh(value, 'rpc', AT)
  return {
    nodeId: 'alpha',
    observedAt: AT,
    tookMs: 40,
    state: 'serving',
    reason: null,
    host: {
      hostname: probe('alpha'),
      uptimeSeconds: probe(86_400),
      load: probe({ one: 0.4, five: 0.3, fifteen: 0.2 }),
      cpuCount: probe(4),
      memory: probe({ totalBytes: 8e9, availableBytes: 4e9, usedPercent: 50 }),
      disk: probe({ path: '/home', totalBytes: 1e11, availableBytes: 6e10, usedPercent: 40 }),
      clockSkewMs: probe(12),
    },
    service: {
      kind: probe('systemd-user' as const),
      unit: probe('openclaw-gateway.service'),
      activeState: probe('active'),
      subState: probe('running'),
      result: probe('success'),
      exitStatus: probe(0),
      pid: probe(4242),
      restarts: probe(0),
      startedAt: probe(AT - 3_600_000),
      enabled: probe(true),
      linger: probe(true),
    },
    install: {
      version: probe('2026.9.6'),
      binary: probe('/usr/lib/node_modules/openclaw/openclaw.mjs'),
      nodeBinary: probe('/usr/bin/node'),
      nodeVersion: probe('24.21.0'),
      configPath: probe('/home/oc/.openclaw/openclaw.json'),
      configValid: probe(true),
      gatewayPort: probe(18_789),
    },
    gateway: {
      protocol: rpc(4),
      ready: rpc(true),
      uptimeMs: rpc(3_600_000),
      bootId: rpc('boot-1'),
      health: rpc({ ok: true, issues: [] }),
      channels: rpc([]),
    },
    agents: rpc([{ id: 'main', name: null, model: 'fake/big', isDefault: true, workspace: null }]),
    bindings: rpc([]),
    sessions: rpc([sessionFacts(30_000)]),
    ...changes,
  }
}

/** A session of a 200,000 window with `used` tokens, fresh unless a reading is given. */
export function sessionFacts(
  used: number | Reading<number>,
  changes: Partial<SessionFacts> = {},
): SessionFacts {
  const reading = typeof used === 'number' ? fresh(used, 'rpc', AT) : used
  return {
    key: 'agent:main:main',
    agentId: 'main',
    sessionId: 's-1',
    kind: 'direct',
    model: 'big',
    modelProvider: 'fake',
    lastInteractionAt: AT - 60_000,
    startedAt: null,
    status: 'done',
    running: false,
    lastRunError: null,
    compactionCount: 0,
    archived: false,
    context: contextFacts(reading),
    usage: { inputTokens: 10, outputTokens: 5, estimatedCostUsd: null },
    ...changes,
  }
}

function contextFacts(used: Reading<number>): ContextFacts {
  const window = 200_000
  const reserve = 34_048
  const from = <T>(make: (value: number) => T): Reading<T> =>
    used.freshness === 'unknown'
      ? unknown<T>(used.reason, used.observedAt)
      : { ...used, value: make(used.value) }
  return {
    used,
    window: fresh(window, 'rpc', AT),
    windowFrom: 'session',
    reserve,
    reserveFrom: 'default',
    cap: null,
    headroom: from((value) => window - reserve - value),
    usablePercent: from((value) => Math.round((value / (window - reserve)) * 100)),
  }
}

/** A node of which all backups were looked for, and none was found. */
export const NO_BACKUP: Proven = fresh(null, 'store-file', 0)
