import { type Actor, mayUse, mayUseFleet } from './access.ts'
import type { Context } from './context.ts'

/** A part of the fleet for which something is set: everything, a tag, or a node. */
export interface Scope {
  nodeId: string | null
  tag: string | null
}

/**
 * Whether the actor may know that something is set for this part of the fleet. What holds for everything holds for their
 * nodes too; a node that is no longer registered has no tags, so only people with the whole fleet see what is left of it.
 */
export function maySeeScope(
  { registry }: Pick<Context, 'registry'>,
  actor: Actor,
  { nodeId, tag }: Scope,
): boolean {
  if (nodeId !== null) {
    const node = registry.list().find(({ id }) => id === nodeId)
    return node ? mayUse(actor, 'viewer', node) : mayUseFleet(actor, 'viewer')
  }
  return tag === null || mayUse(actor, 'viewer', { tags: [tag] })
}
