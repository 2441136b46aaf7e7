import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { observeNode } from '../monitor/observe.ts'
import { isUnread } from '../openclaw/node-state.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'

/** How a node is now, within the deadline of a status. @throws OperatorError node-unreachable {node, reason} */
export async function lookReached(
  context: Context,
  node: NodeRecord,
  signal?: AbortSignal,
): Promise<NodeSnapshot> {
  const { statusDeadlineMs: deadlineMs } = context.limits
  const asked = { kind: 'asked', deadlineMs, ...(signal ? { signal } : {}) } as const
  const snapshot = await observeNode(context, node, asked)
  if (isUnread(snapshot))
    throw new OperatorError('node-unreachable', {
      node: node.id,
      reason: snapshot.reason?.code ?? 'not-reported',
    })
  return snapshot
}
