import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { type AccessLevel, type Actor, mayUse } from './access.ts'
import type { Context } from './context.ts'

/**
 * The nodes in service that carry all of the tags and that somebody has `level` on, by id. Without a tag there may be
 * none; a tag that nobody carries was typed wrong, and to tell of no nodes that nothing was found would be no answer.
 * @throws OperatorError no-nodes
 */
export function taggedNodes(
  { registry }: Context,
  actor: Actor,
  level: AccessLevel,
  tags: readonly string[],
): NodeRecord[] {
  const nodes = registry
    .list()
    .filter((node) => node.state !== 'retired' && tags.every((tag) => node.tags.includes(tag)))
    .filter((node) => mayUse(actor, level, node))
    .toSorted((a, b) => a.id.localeCompare(b.id))
  if (nodes.length === 0 && tags.length > 0) throw new OperatorError('no-nodes', { tag: tags.join(', ') })
  return nodes
}
