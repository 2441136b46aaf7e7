import { jumpName } from '../../registry/jumps.ts'
import type { OfferedKey } from '../operations/host-key.ts'
import type { OfferedJump } from '../operations/jump-host.ts'
import type { TrustPlan } from '../operations/trust-node.ts'
import type { TextKey } from '../text/params.ts'
import type { Ink } from './ink.ts'
import { aside, fact, type Line, lines, text } from './told.ts'

/** How far a host key is known; null without a key. */
type Known = TrustPlan['known'] | null

/** What names a host key. */
export function hostKeyLines({ type, fingerprint }: OfferedKey, ink: Ink): Line[] {
  return [
    fact(ink.t('label.key-type'), ink.code(type, 64)),
    fact(ink.t('label.fingerprint'), ink.paint('strong', ink.code(fingerprint))),
  ]
}

const KNOWN_TEXTS = {
  same: 'trust.ask.same',
  'known-hosts': 'register.ask.known',
  new: 'register.ask.new',
} as const satisfies Record<TrustPlan['known'], TextKey>

/** How far an offered host key is known. */
export function knownLines(known: Known, ink: Ink): Line[] {
  return lines(known !== null && text(ink.t(KNOWN_TEXTS[known]), known === 'new' ? 'warning' : 'well'))
}

/** A jump host that is about to be used, with its key. */
export function jumpLines(jump: OfferedJump | null, ink: Ink): Line[] {
  if (!jump) return []
  const name = { jump: ink.code(jumpName(jump)) }
  if (!jump.offered || !jump.known) return [text(ink.t('jump.ask.no-key', {}, name), 'warning')]
  return [
    text(ink.t('jump.ask.key', {}, name)),
    ...hostKeyLines(jump.offered, ink),
    ...knownLines(jump.known, ink),
  ]
}

/** How to check a key that nobody has vouched for, where one of them is. */
export function compareLines(ink: Ink, ...known: readonly (Known | undefined)[]): Line[] {
  return lines(known.includes('new') && aside(ink.t('register.ask.compare')))
}
