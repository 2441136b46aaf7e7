import type { z } from 'zod'
import { pinnedHostKeySchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { type Actor, mayUse } from './access.ts'
import type { Context } from './context.ts'

/** A host key that is to be approved. */
export const offeredKeySchema = pinnedHostKeySchema.omit({ approvedAt: true, approvedBy: true })
export type OfferedKey = z.infer<typeof offeredKeySchema>

/**
 * Refuses a host key that is pinned for other nodes which the actor is no admin of: by another name of its address
 * (`localhost`, a second DNS name) a machine would change hands.
 * @param own the id of the node that the key is approved for
 * @throws OperatorError host-key-taken
 */
export function refuseForeignKey(
  { registry }: Pick<Context, 'registry'>,
  actor: Actor,
  offered: OfferedKey,
  own: string,
): void {
  const foreign = registry
    .list()
    .some(
      (node) =>
        node.id !== own &&
        node.hostKeys.some(({ key }) => key === offered.key) &&
        !mayUse(actor, 'admin', node),
    )
  if (foreign) throw new OperatorError('host-key-taken', { fingerprint: offered.fingerprint })
}

/** The approved form of a key. */
export function approvedKey(offered: OfferedKey, actor: Actor, now: number) {
  return {
    ...offered,
    approvedAt: new Date(now).toISOString(),
    approvedBy: `${actor.face}:${actor.id}`.slice(0, 128),
  }
}
