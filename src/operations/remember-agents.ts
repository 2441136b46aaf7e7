import type { NodeRecord } from '../../registry/schema.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'

/**
 * Keeps the agents that were seen in the registry, so that autocomplete and a retirement know them while the node is
 * away. Writes only when the set changed; a registry that cannot be written now does not spoil a read.
 */
export async function rememberAgents(
  context: Context,
  node: NodeRecord,
  snapshot: NodeSnapshot,
): Promise<NodeRecord> {
  if (snapshot.agents.freshness !== 'fresh') return node
  const seen = snapshot.agents.value
  const same =
    seen.length === node.agents.length &&
    seen.every((agent) => node.agents.some((known) => known.id === agent.id && known.model === agent.model))
  if (same) return node
  const seenAt = new Date(snapshot.observedAt).toISOString()
  try {
    return await context.registry.update(node.id, (record) => ({
      ...record,
      agents: seen.slice(0, 512).map(({ id, model }) => ({ id, model, seenAt })),
    }))
  } catch (error) {
    context.log.warn({ err: error, node: node.id }, 'agents could not be remembered')
    return node
  }
}
