import { z } from 'zod'
import { type NodeRecord, nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import type { NodeState } from '../openclaw/snapshot.ts'
import { defineOperation } from './operation.ts'
import type { RegisterPlan } from './register-node.ts'
import { rememberAgents } from './remember-agents.ts'

/** What trust-node is about to approve. */
export interface TrustPlan {
  nodeId: string
  nodeName: string
  host: string
  sshPort: number
  offered: RegisterPlan['hostKey']
  /** Fingerprints that are approved now; the offered key takes the place of all of them. */
  pinned: string[]
  /** `same` when the offered key is approved already; `known-hosts` when the configured known_hosts has it. */
  known: 'known-hosts' | 'new' | 'same'
}

export type TrustStep = { step: 'saving' } | { step: 'probing' }

export interface TrustResult {
  node: NodeRecord
  state: NodeState
  reason: Reason | null
}

const inputSchema = z.strictObject({ node: nodeIdSchema })

/**
 * Approves the host key that a registered node offers now: for one that was imported without a key, or that was
 * reinstalled. The approved key takes the place of every key that was pinned before. `partial` when the key is saved
 * but the node cannot be reached with it.
 */
export const trustNode = defineOperation<z.infer<typeof inputSchema>, TrustResult, TrustStep, TrustPlan>({
  name: 'trust-node',
  access: 'admin',
  effect: 'change',
  input: inputSchema,
  nodeOf: (input) => input.node,
  async plan(context, input, call) {
    const { id, name, host, sshPort, hostKeys } = context.registry.get(input.node)
    const address = { host, sshPort }
    const offered = await context.nodes.scanHostKey(address, {
      deadlineMs: context.limits.listDeadlineMs,
      signal: call.signal,
      fresh: true,
    })
    const among = (keys: readonly { key: string }[]) => keys.some(({ key }) => key === offered.key)
    const elsewhere = among(context.nodes.knownHostKeys(address)) ? 'known-hosts' : 'new'
    return {
      nodeId: id,
      nodeName: name,
      host,
      sshPort,
      offered,
      pinned: hostKeys.map(({ fingerprint }) => fingerprint),
      known: among(hostKeys) ? 'same' : elsewhere,
    }
  },
  async run(context, input, call, plan) {
    if (!plan) throw new OperatorError('confirmation-needed', { operation: 'trust-node' })
    call.progress({ step: 'saving' })
    const approvedAt = new Date(context.clock.now()).toISOString()
    const approvedBy = `${call.actor.face}:${call.actor.id}`.slice(0, 128)
    const saved = await context.registry.update(input.node, (record) => {
      // The key was shown for this address; another one may have been written into the file meanwhile.
      if (record.host !== plan.host || record.sshPort !== plan.sshPort)
        throw new OperatorError('plan-changed', { operation: 'trust-node' })
      return { ...record, hostKeys: [{ ...plan.offered, approvedAt, approvedBy }] }
    })
    await context.nodes.forget(saved.id)
    call.progress({ step: 'probing' })
    const snapshot = await context.nodes.link(saved).snapshot({
      fresh: true,
      deadlineMs: context.limits.statusDeadlineMs,
      signal: call.signal,
    })
    context.snapshots.set(snapshot)
    const node = await rememberAgents(context, saved, snapshot)
    const { state, reason } = snapshot
    return { outcome: state === 'unreachable' ? 'partial' : 'done', data: { node, state, reason } }
  },
})
