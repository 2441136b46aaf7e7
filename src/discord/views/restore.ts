import type { Report } from '../../operations/operation.ts'
import type { RestoreResult, RestoreStep } from '../../operations/restore-node.ts'
import type { RestorePlan } from '../../operations/restore-plan.ts'
import { restorePlan, restoreResult, restoreStep } from '../../presenters/restore-node.ts'
import { buttonRow, type Card } from '../card.ts'
import type { Reader } from '../reader.ts'
import { logsButton, statusButton } from './buttons.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { latestSteps, progressCard, questionCard, resultCard } from './told.ts'

/** The question before a restore. */
export function restorePlanView(plan: RestorePlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  return questionCard(restorePlan(plan, reader.ink, why), asked, reader, {
    symbol: '⏪',
    button: 'button.confirm-restore',
  })
}

/** The steps so far, each as it was last told; the last one is still going on. */
export function restoreProgressView(
  plan: RestorePlan,
  steps: readonly RestoreStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const latest = latestSteps(steps)
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  return progressCard(
    `⏪ ${ink.t('restore.progress', {}, { node })}`,
    latest.map((step) => restoreStep(step, ink)),
    pressed,
    reader,
    latest.at(-1)?.step === 'verified',
  )
}

/** How a restore ended. */
export function restoreResultView(
  plan: RestorePlan,
  report: Report<RestoreResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  return resultCard(restoreResult(report, ink, plan.nodeName), report, reader, {
    pressed,
    controls: [buttonRow([statusButton(plan.nodeId, ink), logsButton(plan.nodeId, ink)])],
  })
}
