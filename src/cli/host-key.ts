import { OperatorError } from '../base/errors.ts'
import type { TrustPlan } from '../operations/trust-node.ts'
import type { Ink } from '../presenters/ink.ts'
import type { Arguments } from './arguments.ts'
import { ACCEPT_HOST_KEY } from './command.ts'

/**
 * Whether the options confirm a host key. One that nobody has vouched for is trusted only by its name: `--yes` alone
 * would trust whatever is there.
 * @throws OperatorError host-key-changed when another key was named
 */
export function acceptsHostKey(
  args: Arguments,
  { node, offered, vouched }: { node: string; offered: string; vouched: boolean },
): boolean {
  const expected = args.text(ACCEPT_HOST_KEY.name)
  if (expected === undefined) return args.flag('yes') && vouched
  if (expected === offered) return true
  throw new OperatorError('host-key-changed', { node, expected, offered })
}

/** What is known about an offered host key, and how to check one that is new. */
export function knownLines(known: TrustPlan['known'], ink: Ink): string[] {
  if (known === 'known-hosts') return [`  ${ink.t('register.ask.known')}`]
  if (known === 'same') return [`  ${ink.t('trust.ask.same')}`]
  return [`  ${ink.paint('warning', ink.t('register.ask.new'))}`, `  ${ink.t('register.ask.compare')}`]
}
