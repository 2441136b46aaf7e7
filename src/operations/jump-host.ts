import { z } from 'zod'
import { parseAddress } from '../../registry/address-text.ts'
import { DEFAULT_SSH_PORT, type JumpHost, jumpHostSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { InputForm } from '../base/input-problem.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { Actor } from './access.ts'
import type { Context } from './context.ts'
import { approvedKey, offeredKeySchema } from './host-key.ts'

/** A jump host as people write it: `user@host:port`, of which user and port may be left out. */
export const jumpTextSchema = z
  .string()
  .max(320)
  .refine((text) => parseAddress(text) !== null, 'ssh-address' satisfies InputForm)

/** A jump host that is to be used, with the key that it offers. */
export const offeredJumpSchema = z.strictObject({
  ...jumpHostSchema.omit({ hostKeys: true }).shape,
  /** Null where it did not answer. */
  offered: offeredKeySchema.nullable(),
  /** `same` when the key is approved for it already; null without a key. */
  known: z.enum(['known-hosts', 'new', 'same']).nullable(),
})
export type OfferedJump = z.infer<typeof offeredJumpSchema>

/**
 * Reads what was given for a jump host.
 * @param user the login where none is named
 * @throws OperatorError invalid-input
 */
export function wantedJump(text: string, user: string | null): Omit<JumpHost, 'hostKeys'> {
  const address = parseAddress(text)
  const login = address?.user ?? user
  if (address === null || login === null)
    throw new OperatorError('invalid-input', { field: 'jump', problem: 'ssh-address' })
  return { host: address.host, port: address.port ?? DEFAULT_SSH_PORT, user: login }
}

/**
 * Asks a jump host for its key. Nobody is logged in.
 * @param before the jump host so far: its approved keys count where the address is still the same
 * @throws OperatorError node-unreachable in the name of the jump host, unless forced; kex-unsupported, cancelled
 */
export async function offerJump(
  { nodes }: Pick<Context, 'nodes'>,
  { host, port, user }: Omit<JumpHost, 'hostKeys'>,
  before: JumpHost | null,
  { force = false, ...limits }: CallLimits & { force?: boolean },
): Promise<OfferedJump> {
  const address = { host, sshPort: port }
  const offered = await nodes.scanHostKey(address, limits).catch((error: unknown) => {
    if (force && error instanceof OperatorError && error.code !== 'cancelled') return null
    throw error
  })
  if (offered === null) return { host, port, user, offered, known: null }
  const among = (keys: readonly { key: string }[]) => keys.some(({ key }) => key === offered.key)
  const stays = before?.host === host && before.port === port
  const elsewhere = among(nodes.knownHostKeys(address)) ? 'known-hosts' : 'new'
  return { host, port, user, offered, known: stays && among(before.hostKeys) ? 'same' : elsewhere }
}

/** The jump host as it is to be saved, its key approved by the actor. */
export function approvedJump(
  { host, port, user, offered, known }: OfferedJump,
  before: JumpHost | null,
  actor: Actor,
  now: number,
): JumpHost {
  // One that is silent just now is still the one whose keys were approved.
  const stays = before?.host === host && before.port === port
  if (stays && (known === 'same' || offered === null)) return { host, port, user, hostKeys: before.hostKeys }
  return { host, port, user, hostKeys: offered ? [approvedKey(offered, actor, now)] : [] }
}
