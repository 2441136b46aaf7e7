import type { Report } from '../../operations/operation.ts'
import type { RestartPlan, RestartResult, RestartStep } from '../../operations/restart-node.ts'
import { restartPlan, restartResult, restartStep } from '../../presenters/restart-node.ts'
import { buttonRow, type Card } from '../card.ts'
import type { Reader } from '../reader.ts'
import { logsButton, statusButton } from './buttons.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { latestSteps, progressCard, questionCard, resultCard } from './told.ts'

/** The question before a restart. */
export function restartPlanView(plan: RestartPlan, asked: AskedBy, reader: Reader): Card {
  return questionCard(restartPlan(plan, reader.ink), asked, reader, {
    symbol: '🔁',
    button: 'button.confirm-restart',
  })
}

/** The steps so far, each as it was last told; the last one is still going on. */
export function restartProgressView(
  plan: RestartPlan,
  steps: readonly RestartStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const latest = latestSteps(steps)
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  return progressCard(
    `🔁 ${ink.t('restart.progress', {}, { node })}`,
    latest.map((step) => restartStep(step, ink)),
    pressed,
    reader,
    latest.at(-1)?.step === 'verified',
  )
}

/** How the restart ended. */
export function restartResultView(
  plan: RestartPlan,
  report: Report<RestartResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  return resultCard(restartResult(report, ink, plan.nodeName), report, reader, {
    pressed,
    controls: [buttonRow([statusButton(plan.nodeId, ink), logsButton(plan.nodeId, ink)])],
  })
}
