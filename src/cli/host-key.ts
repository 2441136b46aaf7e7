import { jumpName } from '../../registry/jumps.ts'
import { OperatorError } from '../base/errors.ts'
import type { OfferedKey } from '../operations/host-key.ts'
import type { OfferedJump } from '../operations/jump-host.ts'
import type { TrustPlan } from '../operations/trust-node.ts'
import type { Arguments } from './arguments.ts'
import { ACCEPT_HOST_KEY, ACCEPT_JUMP_KEY } from './command.ts'

/**
 * Whether the options confirm a host key. One that nobody has vouched for is trusted only by its name: `--yes` alone
 * would trust whatever is there.
 * @throws OperatorError host-key-differs when another key was named
 */
export function acceptsHostKey(
  args: Arguments,
  { node, offered, vouched }: { node: string; offered: string; vouched: boolean },
): boolean {
  const expected = args.text(ACCEPT_HOST_KEY.name)
  if (expected === undefined) return args.flag('yes') && vouched
  if (expected === offered) return true
  throw new OperatorError('host-key-differs', { node, expected, offered })
}

/**
 * Whether the options confirm the key of a jump host, named on its own: it is another machine.
 * @throws OperatorError host-key-differs when another key was named
 */
export function acceptsJumpKey(args: Arguments, jump: OfferedJump | null): boolean {
  if (!jump?.offered) return true
  const expected = args.text(ACCEPT_JUMP_KEY.name)
  const { fingerprint } = jump.offered
  if (expected === undefined) return jump.known !== 'new'
  if (expected === fingerprint) return true
  throw new OperatorError('host-key-differs', { node: jumpName(jump), expected, offered: fingerprint })
}

/** The error for a key that nobody has vouched for, that of the jump host first: it is met first. */
export function unvouchedKey(
  key: { node: string; offered: OfferedKey | null; known: TrustPlan['known'] | null } | null,
  jump: OfferedJump | null,
): { code: 'host-key-unknown'; params: { node: string; fingerprint: string } } | null {
  const unknown = [
    ...(jump ? [{ node: jumpName(jump), offered: jump.offered, known: jump.known }] : []),
    ...(key ? [key] : []),
  ]
  const first = unknown.find(({ offered, known }) => offered && known === 'new')
  if (!first?.offered) return null
  return { code: 'host-key-unknown', params: { node: first.node, fingerprint: first.offered.fingerprint } }
}
