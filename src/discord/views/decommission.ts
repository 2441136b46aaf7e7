import type { DecommissionResult, DecommissionStep } from '../../operations/decommission-node.ts'
import type { DecommissionPlan } from '../../operations/decommission-plan.ts'
import type { Report } from '../../operations/operation.ts'
import { decommissionPlan, decommissionResult, decommissionStep } from '../../presenters/decommission-node.ts'
import { buttonRow, type Card } from '../card.ts'
import type { Reader } from '../reader.ts'
import { statusButton } from './buttons.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { latestSteps, progressCard, questionCard, resultCard } from './told.ts'

const SYMBOL = '🪦'

/** The question before a node is decommissioned. */
export function decommissionPlanView(
  plan: DecommissionPlan,
  asked: AskedBy,
  reader: Reader,
  why: string | null,
): Card {
  return questionCard(decommissionPlan(plan, reader.ink, why), asked, reader, {
    symbol: SYMBOL,
    button: 'button.confirm-decommission',
  })
}

/** The steps so far, each with how long it took; the last one is still going on. */
export function decommissionProgressView(
  plan: DecommissionPlan,
  steps: readonly DecommissionStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const latest = latestSteps(steps)
  return progressCard(
    `${SYMBOL} ${ink.t('decommission.progress', {}, { node: ink.named({ id: plan.nodeId, name: plan.nodeName }) })}`,
    latest.map((step) => decommissionStep(step, ink)),
    pressed,
    reader,
    latest.at(-1)?.durationMs !== null && latest.at(-1)?.step === 'retire',
  )
}

/** How a decommission ended. */
export function decommissionResultView(
  plan: DecommissionPlan,
  report: Report<DecommissionResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const done = report.data.state === 'gone'
  return resultCard(decommissionResult(report, ink, plan.nodeName), report, reader, {
    pressed,
    controls: done ? [] : [buttonRow([statusButton(plan.nodeId, ink)])],
  })
}
