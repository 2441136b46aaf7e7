import { z } from 'zod'
import { type NodeRecord, nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { mapReading, type Reason, stale } from '../base/reading.ts'
import { readingSchema, reasonSchema } from '../base/reading-schema.ts'
import { observeNode } from '../monitor/observe.ts'
import { isUnread } from '../openclaw/node-state.ts'
import type { NodeSnapshot, NodeState } from '../openclaw/snapshot.ts'
import { nodeStateSchema } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import { defineOperation, definePlanned } from './operation.ts'

const planSchema = z.strictObject({
  nodeId: z.string(),
  nodeName: z.string(),
  reachable: z.boolean(),
  state: nodeStateSchema,
  reason: reasonSchema.nullable(),
  agents: readingSchema(z.array(z.string())),
})
/** What retire-node is about to take out of service. */
export type RetirePlan = z.infer<typeof planSchema>

export interface RetireResult {
  node: NodeRecord
  /** True when the node could not be asked: its agents may still be running. */
  mayStillRun: boolean
  state: NodeState
  reason: Reason | null
}

export interface UnretireResult {
  node: NodeRecord
  state: NodeState
  reason: Reason | null
}

const retireSchema = z.strictObject({
  node: nodeIdSchema,
  reason: z.string().trim().max(300).nullable().default(null),
})

/**
 * Marks a node retired: it is no longer monitored or listed. The node itself is not touched, so this also works for
 * one that cannot be reached; the result then says that its agents may still be running.
 */
export const retireNode = definePlanned<z.infer<typeof retireSchema>, RetireResult, never, RetirePlan>({
  name: 'retire-node',
  access: 'admin',
  effect: 'change',
  input: retireSchema,
  nodeOf: (input) => input.node,
  planSchema,
  async prepare(context, _input, call) {
    const node = call.node()
    const snapshot = await look(context, node, call.signal)
    const known = node.agents.map((agent) => agent.id)
    const seenAt = Date.parse(node.agents[0]?.seenAt ?? node.createdAt)
    const plan: RetirePlan = {
      nodeId: node.id,
      nodeName: node.name,
      reachable: !isUnread(snapshot),
      state: snapshot.state,
      reason: snapshot.reason,
      agents:
        snapshot.agents.freshness === 'unknown' && known.length > 0
          ? stale(known, 'registry', seenAt, snapshot.agents.reason)
          : mapReading(snapshot.agents, (agents) => agents.map((agent) => agent.id)),
    }
    return { plan, seen: null }
  },
  // Retiring changes nothing on the node: what was confirmed is the node, not what it is doing.
  holds: (confirmed, now) => confirmed.nodeId === now.nodeId,
  async run(context, input, call, { plan }) {
    const stamp = new Date(context.clock.now()).toISOString()
    const node = await context.registry.update(call.node().id, (record) => ({
      ...record,
      state: 'retired',
      stateReason: input.reason,
      retiredAt: stamp,
    }))
    if (node.state !== 'retired') throw new OperatorError('registry-write-failed', { problem: 'not-kept' })
    context.snapshots.delete(node.id)
    await context.nodes.forget(node.id)
    const { state, reason } = plan
    return { outcome: 'done', data: { node, mayStillRun: state !== 'service-down', state, reason } }
  },
})

const unretireSchema = z.strictObject({ node: nodeIdSchema })

/** Takes a retired node back: monitored and listed again. Says at once how it stands. */
export const unretireNode = defineOperation<z.infer<typeof unretireSchema>, UnretireResult>({
  name: 'unretire-node',
  access: 'admin',
  effect: 'change',
  input: unretireSchema,
  nodeOf: (input) => input.node,
  allowRetired: true,
  requires(_context, { node: id }, node) {
    if (node?.state !== 'retired') throw new OperatorError('node-not-retired', { node: id })
  },
  async run(context, { node: id }, call) {
    const node = await context.registry.update(id, (record) => ({
      ...record,
      state: 'active',
      stateReason: null,
      retiredAt: null,
    }))
    const snapshot = await look(context, node, call.signal)
    return { outcome: 'done', data: { node, state: snapshot.state, reason: snapshot.reason } }
  },
})

function look(context: Context, node: NodeRecord, signal: AbortSignal): Promise<NodeSnapshot> {
  const { listDeadlineMs: deadlineMs } = context.limits
  return observeNode(context, node, { kind: 'asked', deadlineMs, signal })
}
