import { z } from 'zod'
import { jumpOf } from '../../registry/jumps.ts'
import { hostSchema, type NodeRecord, nodeIdSchema, nodeRecordSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import { observeNode } from '../monitor/observe.ts'
import { isUnread } from '../openclaw/node-state.ts'
import type { NodeState } from '../openclaw/snapshot.ts'
import { approvedKey, offeredKeySchema, refuseForeignKey } from './host-key.ts'
import { approvedJump, offeredJumpSchema, offerJump } from './jump-host.ts'
import { definePlanned } from './operation.ts'
import { rememberAgents } from './remember-agents.ts'

const planSchema = z.strictObject({
  nodeId: z.string(),
  nodeName: z.string(),
  host: hostSchema,
  sshPort: nodeRecordSchema.shape.sshPort,
  offered: offeredKeySchema,
  /** Fingerprints that are approved now; the offered key takes the place of all of them. */
  pinned: z.array(z.string()),
  /** `same` when the offered key is approved already; `known-hosts` when the configured known_hosts has it. */
  known: z.enum(['known-hosts', 'new', 'same']),
  /** The node's own jump host where it offers another key than the approved one; null otherwise. */
  jump: offeredJumpSchema.nullable(),
})
/** What trust-node is about to approve. */
export type TrustPlan = z.infer<typeof planSchema>

export type TrustStep = { step: 'saving' } | { step: 'probing' }

export interface TrustResult {
  node: NodeRecord
  state: NodeState
  reason: Reason | null
}

const inputSchema = z.strictObject({ node: nodeIdSchema })

/**
 * Approves the host key that a registered node offers now: for one that was imported without a key, or that was
 * reinstalled. The approved key takes the place of every key that was pinned before. The same for its own jump host; that
 * of a tag is approved where it is set. `partial` when the key is saved
 * but the node cannot be reached with it.
 */
export const trustNode = definePlanned<z.infer<typeof inputSchema>, TrustResult, TrustStep, TrustPlan>({
  name: 'trust-node',
  access: 'admin',
  effect: 'change',
  input: inputSchema,
  nodeOf: (input) => input.node,
  acts: { sessionOf: () => null },
  planSchema,
  async prepare(context, _input, call) {
    const node = call.node()
    const { id, name, host, sshPort, hostKeys } = node
    const limits = { deadlineMs: context.limits.listDeadlineMs, signal: call.signal, fresh: true }
    const jump = node.jump && (await offerJump(context, node.jump, node.jump, limits))
    const other = jump?.known === 'same' ? null : jump
    const way = other ? approvedJump(other, node.jump, call.actor, context.clock.now()) : node.jump
    const address = { host, sshPort, jump: jumpOf({ ...node, jump: way }, context.registry.jumps()) }
    const offered = await context.nodes.scanHostKey(address, limits)
    await refuseForeignKey(context, call.actor, offered, id, address, limits)
    const among = (keys: readonly { key: string }[]) => keys.some(({ key }) => key === offered.key)
    const elsewhere = among(context.nodes.knownHostKeys(address)) ? 'known-hosts' : 'new'
    const plan: TrustPlan = {
      nodeId: id,
      nodeName: name,
      host,
      sshPort,
      offered,
      pinned: hostKeys.map(({ fingerprint }) => fingerprint),
      known: among(hostKeys) ? 'same' : elsewhere,
      jump: other,
    }
    return { plan, seen: null }
  },
  async run(context, _input, call, { plan }) {
    call.progress({ step: 'saving' })
    const now = context.clock.now()
    const approved = approvedKey(plan.offered, call.actor, now)
    const saved = await context.registry.update(call.node().id, (record) => {
      // The key was shown for this address; another one may have been written into the file meanwhile.
      if (record.host !== plan.host || record.sshPort !== plan.sshPort)
        throw new OperatorError('plan-changed', { operation: 'trust-node' })
      const jump = plan.jump ? approvedJump(plan.jump, record.jump, call.actor, now) : record.jump
      return { ...record, hostKeys: [approved], jump }
    })
    await context.nodes.forget(saved.id)
    call.progress({ step: 'probing' })
    const { statusDeadlineMs: deadlineMs } = context.limits
    const snapshot = await observeNode(context, saved, { kind: 'asked', deadlineMs, signal: call.signal })
    const node = await rememberAgents(context, saved, snapshot)
    const { state, reason } = snapshot
    return { outcome: isUnread(snapshot) ? 'partial' : 'done', data: { node, state, reason } }
  },
})
