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
