import type { NodeRecord } from '../../registry/schema.ts'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { OperatorError } from '../../src/base/errors.ts'
import { redact } from '../../src/base/redact.ts'
import type { NodeLink } from '../../src/openclaw/ports.ts'
import type { NodeSnapshot } from '../../src/openclaw/snapshot.ts'
import type { AuditEntry } from '../../src/operations/audit.ts'
import type { Context } from '../../src/operations/context.ts'
import { healthySnapshot, NO_BACKUP } from '../support/snapshots.ts'

/** A context over nodes that live in memory: what the face needs to be exercised without SSH. */
export interface FakeContext {
  context: Context
  audit: AuditEntry[]
  nodes: NodeRecord[]
  /** What a node answers when it is read; healthy unless set. */
  answers: Map<string, (signal: AbortSignal | undefined) => Promise<NodeSnapshot>>
  restarts: string[]
}

export function createFakeContext(nodes: NodeRecord[], clock: Clock = systemClock): FakeContext {
  const audit: AuditEntry[] = []
  const note = async (entry: AuditEntry) => void audit.push({ ...entry })
  const restarts: string[] = []
  const answers: FakeContext['answers'] = new Map()
  const snapshots = new Map<string, NodeSnapshot>()
  let ids = 0
  const get = (id: string) => {
    const found = nodes.find((node) => node.id === id)
    if (!found) throw new OperatorError('unknown-node', { node: id })
    return found
  }
  const link = (node: NodeRecord) =>
    ({
      nodeId: node.id,
      async snapshot({ signal }: { signal?: AbortSignal }) {
        const answer = answers.get(node.id)
        if (answer) return answer(signal)
        const seen = healthySnapshot({ nodeId: node.id, observedAt: clock.now() })
        const pid = { ...seen.service.pid, value: 100 + restarts.length }
        const bootId = { ...seen.gateway.bootId, value: `boot-${restarts.length}` }
        return {
          ...seen,
          service: { ...seen.service, pid },
          gateway: { ...seen.gateway, bootId },
        } as NodeSnapshot
      },
      events: () => () => {},
      async hello() {
        throw new OperatorError('gateway-unreachable', { node: node.id })
      },
      async exec(command: { shellText: string }) {
        if (/ restart /.test(` ${command.shellText} `)) restarts.push(node.id)
        return { code: 0, signal: null, stdout: '', stderr: '', tookMs: 1 }
      },
    }) as unknown as NodeLink
  const context = {
    registry: {
      list: () => nodes,
      jumps: () => ({}),
      get,
      async update(id: string, change: (node: NodeRecord) => NodeRecord) {
        const next = change(get(id))
        nodes.splice(nodes.indexOf(get(id)), 1, next)
        return next
      },
      onChange: () => () => {},
    },
    nodes: { link, forget: async () => {} },
    snapshots: {
      get: (id: string) => snapshots.get(id),
      set: (snapshot: NodeSnapshot) => void snapshots.set(snapshot.nodeId, snapshot),
      delete: (id: string) => void snapshots.delete(id),
    },
    histories: { get: () => undefined, prepare: async () => {}, observe: () => {} },
    incidents: { state: () => ({ incidents: [], digests: [], mutes: [] }) },
    backups: {
      copies: { target: null },
      list: async () => [],
      known: () => [],
      book: {
        prepare: async () => {},
        standing: () => ({ proven: NO_BACKUP, drilled: null, attempts: null }),
      },
    },
    rules: { value: () => ({ version: 1, overrides: [] }) },
    clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    audit: { append: note, look: note },
    journal: { begin: async () => {}, end: async () => {}, unfinished: () => [], underWay: async () => [] },
    approvals: { rules: () => [], list: () => [], usedBy: () => undefined, onChange: () => () => {} },
    locks: { withNode: <T>(_id: string, _operation: string, work: () => Promise<T>) => work() },
    limits: {
      listDeadlineMs: 2000,
      statusDeadlineMs: 2000,
      restartDeadlineMs: 5000,
      drainDeadlineMs: 2000,
      confirmationMs: 60_000,
      parallelNodes: 8,
      refreshIntervalMs: 30_000,
      backup: { floorBytes: 0, rateBytes: null, silenceMs: 5_000, keep: null, recipients: [] },
    },
    redact,
    newId() {
      ids += 1
      return `id-${ids}`
    },
  }
  return { context: context as unknown as Context, audit, nodes, answers, restarts }
}
