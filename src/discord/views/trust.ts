import type { Report } from '../../operations/operation.ts'
import type { TrustPlan, TrustResult, TrustStep } from '../../operations/trust-node.ts'
import { trustPlan, trustResult, trustStep } from '../../presenters/trust-node.ts'
import { buttonRow, type Card } from '../card.ts'
import type { Reader } from '../reader.ts'
import { statusButton } from './buttons.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { progressCard, questionCard, resultCard } from './told.ts'

/** The host key that a registered node offers now, beside those that were approved before. */
export function trustPlanView(plan: TrustPlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  return questionCard(trustPlan(plan, reader.ink, why), asked, reader, {
    symbol: '🔑',
    button: 'button.confirm-trust',
  })
}

/** The steps so far; the last one is still going on. */
export function trustProgressView(
  plan: TrustPlan,
  steps: readonly TrustStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  return progressCard(
    `🔑 ${ink.t('trust.progress', {}, { node })}`,
    steps.map((step) => trustStep(step, ink)),
    pressed,
    reader,
  )
}

/** An approved key, with how the node stands now that it is used. */
export function trustResultView(
  report: Report<TrustResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  return resultCard(trustResult(report, ink), report, reader, {
    pressed,
    controls: [buttonRow([statusButton(report.data.node.id, ink)])],
  })
}
