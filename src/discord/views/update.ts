import type { Report } from '../../operations/operation.ts'
import type { UpdateResult, UpdateStep } from '../../operations/update-node.ts'
import type { UpdatePlan } from '../../operations/update-plan.ts'
import { updatePlan, updateResult, updateStep } from '../../presenters/update-node.ts'
import { buttonRow, type Card } from '../card.ts'
import type { Reader } from '../reader.ts'
import { logsButton, statusButton } from './buttons.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { latestSteps, progressCard, questionCard, resultCard } from './told.ts'

/** The question before an update. */
export function updatePlanView(plan: UpdatePlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  return questionCard(updatePlan(plan, reader.ink, why), asked, reader, {
    symbol: '⏫',
    button: 'button.confirm-update',
  })
}

/** The steps so far, each as it was last told; the last one is still going on. */
export function updateProgressView(
  plan: UpdatePlan,
  steps: readonly UpdateStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const latest = latestSteps(steps)
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  return progressCard(
    `⏫ ${ink.t('update.progress', {}, { node })}`,
    latest.map((step) => updateStep(step, ink)),
    pressed,
    reader,
    latest.at(-1)?.step === 'verified',
  )
}

/** How an update ended. */
export function updateResultView(
  plan: UpdatePlan,
  report: Report<UpdateResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  return resultCard(updateResult(report, ink, plan.nodeName), report, reader, {
    pressed,
    controls: [buttonRow([statusButton(plan.nodeId, ink), logsButton(plan.nodeId, ink)])],
  })
}
