import { jumpOf } from '../../registry/jumps.ts'
import { addressOf } from '../../registry/parse.ts'
import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { type Actor, mayUse } from './access.ts'
import type { Context } from './context.ts'

/**
 * Refuses an address that another node has. A node that the actor may not see stays unnamed.
 * @param own the id of the node that is to get it, where it has one already
 * @throws OperatorError address-exists
 */
export function refuseTakenAddress(
  { registry }: Pick<Context, 'registry'>,
  actor: Actor,
  wanted: Pick<NodeRecord, 'host' | 'sshPort' | 'sshUser' | 'ocPath' | 'jump' | 'tags'>,
  own: string | null = null,
): void {
  const addressIn = (node: typeof wanted) => addressOf(node, jumpOf(node, registry.jumps()))
  const there = registry
    .list()
    .find((node) => node.id !== own && node.state !== 'retired' && addressIn(node) === addressIn(wanted))
  if (!there) return
  const named = mayUse(actor, 'viewer', there) ? { node: there.id } : {}
  throw new OperatorError('address-exists', { ...named, host: wanted.host })
}

/** The entry with this id, in whichever case it is written. */
export function entryNamed({ registry }: Pick<Context, 'registry'>, name: string): NodeRecord | undefined {
  return registry.list().find(({ id }) => id.toLowerCase() === name.toLowerCase())
}

/**
 * Refuses an id that another node has. Of a node that they may not see, people learn no more than what they typed.
 * @throws OperatorError node-exists
 */
export function refuseTakenId(context: Pick<Context, 'registry'>, actor: Actor, id: string): void {
  const taken = entryNamed(context, id)
  if (taken) throw new OperatorError('node-exists', { node: mayUse(actor, 'viewer', taken) ? taken.id : id })
}

/**
 * Another node that people would take for this one, because it is shown under the same name; null where there is none that the
 * actor may see. It is no error: commands take the id.
 */
export function namesakeOf(
  { registry }: Pick<Context, 'registry'>,
  actor: Actor,
  { id, name }: Pick<NodeRecord, 'id' | 'name'>,
): string | null {
  const shown = name.toLowerCase()
  const other = registry
    .list()
    .find(
      (node) =>
        node.id !== id &&
        node.state !== 'retired' &&
        node.name.toLowerCase() === shown &&
        mayUse(actor, 'viewer', node),
    )
  return other?.id ?? null
}
