import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { type Actor, mayUse, mayUseEvery, notAllowed } from './access.ts'
import type { Context } from './context.ts'
import type { Operation } from './operation.ts'

/**
 * Whether the actor may do this, as the registry and the roles are now. Returns the record of the operation's node.
 * @throws OperatorError unknown-node, not-allowed, node-retired
 */
export function authorise<Input, Result, Step, Plan>(
  { registry }: Pick<Context, 'registry'>,
  actor: Actor,
  operation: Operation<Input, Result, Step, Plan>,
  input: Input,
): NodeRecord | null {
  const id = operation.nodeOf(input)
  const node = id === null ? null : visibleNode(registry, actor, id)
  const tags = operation.tagsOf?.(input, node) ?? null
  const level = operation.access
  // Without a node and without tags it takes the level anywhere: such operations show each person their own part.
  const overNode = (node === null && tags !== null) || mayUse(actor, level, node)
  const overTags = tags === null || mayUseEvery(actor, level, tags)
  const within = actor.operations?.includes(operation.name) ?? true
  if (!overNode || !overTags || !within) throw notAllowed(actor, operation.name, level)
  if (node?.state === 'retired' && !operation.allowRetired)
    throw new OperatorError('node-retired', { node: node.id })
  return node
}

/** A node that the actor may not even look at does not exist for them. */
function visibleNode(registry: Context['registry'], actor: Actor, id: string): NodeRecord {
  const node = registry.get(id)
  if (!mayUse(actor, 'viewer', node)) throw new OperatorError('unknown-node', { node: id })
  return node
}
