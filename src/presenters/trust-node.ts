import type { Report } from '../operations/operation.ts'
import type { TrustPlan, TrustResult, TrustStep } from '../operations/trust-node.ts'
import { compareLines, hostKeyLines, jumpLines, knownLines } from './host-key.ts'
import type { Ink } from './ink.ts'
import { fact, lines, OUTCOME_MOODS, STATE_MOODS, stateLine, type Told, text } from './told.ts'

/**
 * The host key that a registered node offers now, beside those that were approved before.
 * @param why the reason that the person gave; untrusted
 */
export function trustPlan(plan: TrustPlan, ink: Ink, why: string | null = null): Told {
  const { fingerprint } = plan.offered
  const replaced = plan.pinned.filter((pinned) => pinned !== fingerprint)
  const changed = plan.known !== 'same' && replaced.length > 0
  const old = replaced.map((pinned) => ink.code(pinned)).join(', ')
  return {
    mood: changed ? 'bad' : plan.known === 'new' || plan.jump?.known === 'new' ? 'warning' : 'neutral',
    title: ink.t('register.ask', {}, { node: ink.named({ id: plan.nodeId, name: plan.nodeName }) }),
    lead: [],
    parts: [
      lines(
        changed && text(ink.t('trust.ask.changed'), 'alarm'),
        replaced.length > 0 && text(`${old} → ${ink.paint('strong', ink.code(fingerprint))}`),
      ),
      lines(
        fact(ink.t('label.address'), ink.code(`${plan.host}:${plan.sshPort}`)),
        ...hostKeyLines(plan.offered, ink),
        why && fact(ink.t('label.reason'), ink.remote(why)),
      ),
      [...knownLines(plan.known, ink), ...compareLines(ink, plan.known, plan.jump?.known)],
      jumpLines(plan.jump, ink),
    ],
  }
}

/** One step in words. */
export function trustStep({ step }: TrustStep, ink: Ink): string {
  return ink.t(`step.${step}`)
}

/** An approved key, with how the node stands now that it is used. */
export function trustResult({ data, outcome }: Report<TrustResult>, ink: Ink): Told {
  const done = outcome === 'done'
  return {
    mood: done ? STATE_MOODS[data.state] : OUTCOME_MOODS[outcome],
    title: ink.t(done ? 'trust.done' : 'trust.partial', {}, { node: ink.named(data.node) }),
    lead: [stateLine(data, ink)],
    parts: [],
  }
}
