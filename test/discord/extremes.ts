import type { NodeRecord } from '../../registry/schema.ts'
import { fresh, REASON_CODES, type Reading, stale, unknown } from '../../src/base/reading.ts'
import { type Anomaly, CONDITION_CODES } from '../../src/monitor/conditions.ts'
import type { NodeSnapshot, NodeState } from '../../src/openclaw/snapshot.ts'
import type { NodeList } from '../../src/operations/list-nodes.ts'
import type { NodeRow } from '../../src/operations/node-row.ts'
import { rowOf } from '../../src/operations/node-row.ts'
import type { NodeStatus } from '../../src/operations/node-status.ts'
import type { Outcome, Report } from '../../src/operations/operation.ts'
import { healthySnapshot, NO_BACKUP, sessionFacts } from '../support/snapshots.ts'

export const NOW = Date.parse('2026-11-22T12:00:30Z')
export const STATES: NodeState[] = ['serving', 'not-serving', 'service-down', 'unreachable', 'unknown']

/** Text that tries to be more than text. */
export const HOSTILE = [
  '@everyone @here <@123456789012345678> <@&123456789012345678> <#123456789012345678>',
  '**bold** __under__ ~~strike~~ ||spoiler|| `code` ```block``` # heading\n> quote\n- item\n1. one',
  '[click](https://evil.example) https://evil.example <https://evil.example> discord.gg/x </node retire:1>',
  '\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u202egnirts\u202c \u200bzero\u200d\ufeff \u0000\u0007',
  '<t:0:R> <:smile:123456789012345678> :smile: \\\\* {x} [y] |end|',
  '日本語の長い名前 🦞👨‍👩‍👧‍👦 中文 ﷽﷽ Z̸͔a̷l̶g̴o̵ \ud800 half',
].join('\n')

/** Long enough for any limit. */
export const HUGE = `${HOSTILE}${'漢字と絵文字🦞``` '.repeat(12_000)}`

/** A question that somebody with a long name asked, and the press that answered it. */
export const ASKED = {
  id: 'c'.repeat(36),
  requesterId: '123456789012345678',
  requesterName: HUGE,
  expiresAt: NOW,
}
export const PRESSED = { id: '123456789012345678', name: HUGE, at: NOW }

/** A run that ended, with its longest id. */
export function reportOf<T>(outcome: Outcome, data: T): Report<T> {
  return {
    operation: 'x',
    operationId: 'o'.repeat(36),
    outcome,
    data,
    startedAt: NOW,
    durationMs: 5,
  }
}

export function nodeRecord(changes: Partial<NodeRecord> = {}): NodeRecord {
  return {
    id: 'alpha',
    name: 'Alpha',
    host: '192.0.2.10',
    sshPort: 22,
    sshUser: 'oc',
    gatewayPort: 18_789,
    ocPath: null,
    unit: null,
    jump: null,
    tags: ['prod'],
    state: 'active',
    stateReason: null,
    maintenance: null,
    hostKeys: [],
    agents: [],
    createdAt: '2026-11-01T00:00:00.000Z',
    updatedAt: '2026-11-01T00:00:00.000Z',
    retiredAt: null,
    ...changes,
  }
}

/** The widest record that the schema lets in. */
export function widestRecord(index: number): NodeRecord {
  return nodeRecord({
    maintenance: {
      by: 'W'.repeat(128),
      since: '2026-11-01T00:00:00.000Z',
      until: '2026-11-02T00:00:00.000Z',
    },
    id: `n${index}-`.padEnd(63, 'x'),
    name: `${index}${HOSTILE}`.slice(0, 80),
    host: 'h'.repeat(253),
    sshUser: 'u'.repeat(32),
    tags: Array.from({ length: 32 }, (_, tag) => `tag_${index}_${tag}_`.padEnd(32, '_')),
    state: 'maintenance',
    stateReason: HOSTILE.slice(0, 300),
  })
}

const LEVELS = { context: 'critical', disk: 'warning' } as const

export function rowFor(index: number): NodeRow {
  const node = index % 2 ? widestRecord(index) : nodeRecord({ id: `node-${index}`, name: `Node ${index}` })
  const state = STATES[index % STATES.length] ?? 'unknown'
  const code = REASON_CODES[index % REASON_CODES.length] ?? 'not-reported'
  const reason = state === 'serving' ? null : { code, params: { ms: 5000, port: HUGE }, detail: HUGE }
  const freshness = index % 3 ? 'live' : 'cached'
  const row = rowOf(node, healthySnapshot({ nodeId: node.id, state, reason }), freshness, {
    judgement: null,
    incidents:
      index % 5 !== 4 ? [] : Array.from({ length: 3 }, () => ({ id: 'I-123456789', level: 'critical' })),
    backup: NO_BACKUP,
    pending: index % 7 === 0,
  })
  if (index % 5 === 3) return { ...row, anomalies: everyAnomaly(HUGE), levels: LEVELS }
  return index % 4 ? row : { ...row, version: { ...row.version, value: HUGE } as Reading<string> }
}

export function nodeList(rows: NodeRow[], changes: Partial<NodeList> = {}): NodeList {
  const counts = Object.fromEntries(STATES.map((state) => [state, 0])) as Record<NodeState, number>
  for (const row of rows) counts[row.state] += 1
  return {
    rows,
    hidden: 0,
    counts,
    retired: 2,
    maintenance: 1,
    pending: rows.filter((row) => row.pending).length,
    filter: { tags: [], state: null },
    total: rows.length,
    ...changes,
  }
}

/** Every reading of a snapshot unknown for the same reason. */
export function blindSnapshot(): NodeSnapshot {
  const seen = healthySnapshot({
    state: 'unreachable',
    reason: { code: 'connect-timeout', params: { ms: 5000 } },
  })
  const nothing = unknown<never>({ code: 'connect-timeout', params: { ms: 5000 } }, NOW)
  const blind = (facts: object) => Object.fromEntries(Object.keys(facts).map((key) => [key, nothing]))
  return {
    ...seen,
    host: blind(seen.host) as unknown as NodeSnapshot['host'],
    service: blind(seen.service) as unknown as NodeSnapshot['service'],
    install: blind(seen.install) as unknown as NodeSnapshot['install'],
    gateway: blind(seen.gateway) as unknown as NodeSnapshot['gateway'],
    agents: nothing,
    bindings: nothing,
    sessions: nothing,
  }
}

/** A node with `count` agents, as many sessions, and remote text that is hostile and huge everywhere. */
export function crowdedSnapshot(count: number): NodeSnapshot {
  const seen = healthySnapshot()
  const hostile = <T>(value: T): Reading<T> =>
    stale(value, 'cli', NOW - 1000, { code: 'from-cache', detail: HUGE })
  return {
    ...seen,
    host: {
      ...seen.host,
      hostname: hostile(HUGE),
      disk: hostile({ path: HUGE, totalBytes: 1e15, availableBytes: 0, usedPercent: 100 }),
    },
    service: { ...seen.service, unit: hostile(HUGE), activeState: hostile(HUGE), subState: hostile(HUGE) },
    install: {
      ...seen.install,
      version: hostile(HUGE),
      configPath: hostile(HUGE),
      configValid: hostile(false),
    },
    gateway: {
      ...seen.gateway,
      health: hostile({ ok: false, issues: [HUGE, HUGE] }),
      channels: hostile(
        Array.from({ length: 40 }, () => ({
          id: HUGE,
          account: HUGE,
          running: true,
          connected: false,
          error: HUGE,
        })),
      ),
    },
    agents: hostile(
      Array.from({ length: count }, (_, index) => ({
        id: `${HUGE}${index}`,
        name: HUGE,
        model: HUGE,
        isDefault: index === 0,
        workspace: null,
      })),
    ),
    sessions: hostile(
      Array.from({ length: count }, (_, index) =>
        sessionFacts(index % 5 ? index * 1000 : unknown({ code: 'counter-missing' }, NOW), {
          key: `${HUGE}${index}`,
          agentId: HUGE,
          model: HUGE,
          running: index % 2 === 0,
          lastRunError: HUGE,
          compactionCount: index,
          usage: { inputTokens: 1e9, outputTokens: 1e9, estimatedCostUsd: 12.345 },
        }),
      ),
    ),
  }
}

export function everyAnomaly(text: string): Anomaly[] {
  return CONDITION_CODES.map((code, index) => ({
    code,
    severity: index < 8 ? ('critical' as const) : index < 16 ? ('warning' as const) : ('notice' as const),
    params: {
      agent: text,
      session: text,
      channel: text,
      account: text,
      path: text,
      version: text,
      newest: text,
      percent: 97.3,
      used: 171_498,
      window: 200_000,
      reserve: 34_048,
      headroom: -5_546,
      freeBytes: 12e9,
      load: 12.5,
      cpus: 4,
      before: 1,
      now: 3,
      seconds: -75,
      count: 2,
      port: 18_789,
    },
    reason: { code: 'deadline', detail: text },
  }))
}

export function nodeStatusOf(snapshot: NodeSnapshot, changes: Partial<NodeStatus> = {}): NodeStatus {
  const levels = { disk: null, memory: null, contexts: {} }
  const backup = fresh(null, 'store-file', NOW)
  return { node: nodeRecord(), snapshot, anomalies: [], levels, backup, drilled: null, ...changes }
}
