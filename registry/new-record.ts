import type { NodeRecord, SeedNode } from './schema.ts'

/** A whole new record; an imported one brings its own state. */
export function newRecord(node: SeedNode, now: string): NodeRecord {
  const state = node.state ?? 'active'
  return {
    id: node.id,
    name: node.name,
    host: node.host,
    sshPort: node.sshPort,
    sshUser: node.sshUser,
    gatewayPort: node.gatewayPort,
    ocPath: node.ocPath,
    unit: node.unit ?? null,
    jump: node.jump ?? null,
    tags: [...node.tags],
    state,
    stateReason: node.stateReason ?? null,
    maintenance: null,
    hostKeys: [...node.hostKeys],
    agents: [...(node.agents ?? [])],
    createdAt: now,
    updatedAt: now,
    retiredAt: state === 'retired' ? (node.retiredAt ?? now) : null,
  }
}

/** Keeps what cannot change, and what belongs to one state in step with the state. */
export function changedRecord(before: NodeRecord, after: NodeRecord, now: string): NodeRecord {
  const retiredAt = after.state === 'retired' ? (after.retiredAt ?? now) : null
  const maintenance = after.state === 'maintenance' ? after.maintenance : null
  return { ...after, id: before.id, createdAt: before.createdAt, updatedAt: now, retiredAt, maintenance }
}
