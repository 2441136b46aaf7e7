import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'

/** What a person may do; each level includes the ones before it. */
export const ACCESS_LEVELS = ['viewer', 'operator', 'admin'] as const
export type AccessLevel = (typeof ACCESS_LEVELS)[number]

/** A permission: a level, on every node or only on nodes that carry one of the tags. */
export interface Grant {
  level: AccessLevel
  /** null means every node. */
  tags: readonly string[] | null
}

/** The ways in which an operation can be asked for. */
export const FACES = ['discord', 'cli', 'http', 'web', 'monitor'] as const

/** Who asks. A face builds it anew for every call from the roles that hold at that moment. */
export interface Actor {
  face: (typeof FACES)[number]
  id: string
  name: string
  /** In a browser: where the person comes from; their id is one of there. */
  via?: 'discord' | 'cli'
  grants: readonly Grant[]
  /** The only operations that it may run, where its rights are limited to some. */
  operations?: readonly string[]
  /** Where it asked from, where the face knows: an IP address. */
  address?: string
}

/** In whose name the bot does what is scheduled. */
export const SCHEDULER: Actor = {
  face: 'monitor',
  id: 'schedule',
  name: 'schedule',
  grants: [{ level: 'operator', tags: null }],
}

/** The strongest level that the grants give on a node (or anywhere, without one); null when there is none. */
export function accessLevel(
  grants: readonly Grant[],
  node: Pick<NodeRecord, 'tags'> | null,
): AccessLevel | null {
  let best = -1
  for (const grant of grants) {
    const covers = grant.tags === null || node === null || grant.tags.some((tag) => node.tags.includes(tag))
    if (covers) best = Math.max(best, ACCESS_LEVELS.indexOf(grant.level))
  }
  return ACCESS_LEVELS[best] ?? null
}

/** Whether the actor has at least `level` on the node; without a node, on any. */
export function mayUse(actor: Actor, level: AccessLevel, node: Pick<NodeRecord, 'tags'> | null): boolean {
  const has = accessLevel(actor.grants, node)
  return has !== null && ACCESS_LEVELS.indexOf(has) >= ACCESS_LEVELS.indexOf(level)
}

/** Whether the actor has at least `level` on the nodes of every one of the tags; without a tag, on every node. */
export function mayUseEvery(actor: Actor, level: AccessLevel, tags: readonly string[]): boolean {
  if (tags.length === 0) return mayUseFleet(actor, level)
  return tags.every((tag) => mayUse(actor, level, { tags: [tag] }))
}

/** Whether the actor has `level` on every node: what touching the fleet as a whole asks for. */
export function mayUseFleet(actor: Actor, level: AccessLevel): boolean {
  return actor.grants.some(
    (grant) => grant.tags === null && ACCESS_LEVELS.indexOf(grant.level) >= ACCESS_LEVELS.indexOf(level),
  )
}

/** What refuses somebody. Who has the level, but not here, or not for this, is told so: to ask for it again is no help. */
export function notAllowed(actor: Actor, operation: string, level: AccessLevel): OperatorError {
  const foreign = actor.operations !== undefined && !actor.operations.includes(operation)
  const why = foreign ? 'operations' : mayUse(actor, level, null) ? 'elsewhere' : null
  return new OperatorError('not-allowed', { operation, level, ...(why === null ? {} : { why }) })
}
