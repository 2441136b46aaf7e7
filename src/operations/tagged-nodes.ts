import type { NodeRecord } from '../../registry/schema.ts'
import { type AccessLevel, type Actor, mayUse } from './access.ts'
import type { Context } from './context.ts'
import { noNodes } from './known-tags.ts'

/**
 * The nodes in service that carry all of the tags and that somebody has `level` on, by id. Without a tag there may be
 * none; a tag that nobody carries was typed wrong, and to tell of no nodes that nothing was found would be no answer.
 * @throws OperatorError no-nodes
 */
export function taggedNodes(
  context: Context,
  actor: Actor,
  level: AccessLevel,
  tags: readonly string[],
): NodeRecord[] {
  const nodes = context.registry
    .list()
    .filter((node) => node.state !== 'retired' && tags.every((tag) => node.tags.includes(tag)))
    .filter((node) => mayUse(actor, level, node))
    .toSorted((a, b) => a.id.localeCompare(b.id))
  if (nodes.length === 0 && tags.length > 0) throw noNodes(context, actor, tags)
  return nodes
}
