import type { NodeRecord } from './schema.ts'

/**
 * A record as it stands at `now` (epoch ms): a maintenance whose time is up is over, whether or not that has been
 * written into the file yet. The same object when nothing has ended.
 */
export function recordAt(node: NodeRecord, now: number): NodeRecord {
  if (node.state !== 'maintenance' || !node.maintenance?.until) return node
  if (Date.parse(node.maintenance.until) > now) return node
  return { ...node, state: 'active', stateReason: null, maintenance: null }
}
