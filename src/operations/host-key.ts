import type { z } from 'zod'
import { type JumpHost, pinnedHostKeySchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { CallLimits } from '../ssh/call.ts'
import { type Actor, mayUse } from './access.ts'
import type { Context } from './context.ts'

/** A host key that is to be approved. */
export const offeredKeySchema = pinnedHostKeySchema.omit({ approvedAt: true, approvedBy: true })
export type OfferedKey = z.infer<typeof offeredKeySchema>

/** Where a host key was offered. */
export interface OfferedAt {
  host: string
  sshPort: number
  jump: JumpHost | null
}

/**
 * Refuses a machine that is that of other nodes which the actor is no admin of: by another name of its address
 * (`localhost`, a second DNS name) it would change hands. A machine has a key of each type: where another node is pinned
 * with one of another type than the offered one, it is asked for that as well. What it does not show tells nothing.
 * @param own the id of the node that the key is approved for
 * @throws OperatorError host-key-taken, cancelled
 */
export async function refuseForeignKey(
  { registry, nodes }: Pick<Context, 'registry' | 'nodes'>,
  actor: Actor,
  offered: OfferedKey,
  own: string,
  at: OfferedAt,
  limits: CallLimits,
): Promise<void> {
  const foreign = registry.list().filter((node) => node.id !== own && !mayUse(actor, 'admin', node))
  const pinned = new Set(foreign.flatMap(({ hostKeys }) => hostKeys.map(({ key }) => key)))
  const refuseTaken = ({ key, fingerprint }: Pick<OfferedKey, 'key' | 'fingerprint'>) => {
    if (pinned.has(key)) throw new OperatorError('host-key-taken', { fingerprint })
  }
  refuseTaken(offered)
  const unseen = foreign.filter(({ hostKeys }) => !hostKeys.some(({ type }) => type === offered.type))
  const types = new Set(unseen.flatMap(({ hostKeys }) => hostKeys.map(({ type }) => type)))
  for (const type of types) {
    const other = await nodes.scanHostKey({ ...at, type }, limits).catch((error: unknown) => {
      if (error instanceof OperatorError && error.code !== 'cancelled') return null
      throw error
    })
    if (other) refuseTaken(other)
  }
}

/** The approved form of a key. */
export function approvedKey(offered: OfferedKey, actor: Actor, now: number) {
  return {
    ...offered,
    approvedAt: new Date(now).toISOString(),
    approvedBy: `${actor.face}:${actor.id}`.slice(0, 128),
  }
}
