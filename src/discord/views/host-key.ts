import { jumpName } from '../../../registry/jumps.ts'
import type { OfferedKey } from '../../operations/host-key.ts'
import type { OfferedJump } from '../../operations/jump-host.ts'
import type { TrustPlan } from '../../operations/trust-node.ts'
import type { TextKey } from '../../text/params.ts'
import type { DiscordInk } from '../ink.ts'

/** How far a host key is known. */
export const KNOWN_TEXTS = {
  same: 'trust.ask.same',
  'known-hosts': 'register.ask.known',
  new: 'register.ask.new',
} as const satisfies Record<TrustPlan['known'], TextKey>

/** What names a host key, a fact per line. */
export function hostKeyFacts({ type, fingerprint }: OfferedKey, ink: DiscordInk): string[] {
  return [
    `${ink.strong(ink.t('label.key-type'))} ${ink.code(type)}`,
    `${ink.strong(ink.t('label.fingerprint'))} ${ink.code(fingerprint)}`,
  ]
}

/** A jump host that is about to be used, with its key; empty without one. */
export function jumpFacts(jump: OfferedJump | null, ink: DiscordInk): string {
  if (!jump) return ''
  const name = { jump: ink.code(jumpName(jump)) }
  if (!jump.offered || !jump.known) return `⚠️ ${ink.t('jump.ask.no-key', {}, name)}`
  return [
    ink.t('jump.ask.key', {}, name),
    ...hostKeyFacts(jump.offered, ink),
    `${jump.known === 'new' ? '⚠️' : '✅'} ${ink.t(KNOWN_TEXTS[jump.known])}`,
  ].join('\n')
}
