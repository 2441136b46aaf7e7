import type { Report } from '../../operations/operation.ts'
import type { PreventPlan, PreventResult } from '../../operations/prevent-overflow.ts'
import type { SessionStep } from '../../operations/session-plan.ts'
import { preventPlan, preventResult, preventStep } from '../../presenters/prevent-overflow.ts'
import type { Card } from '../card.ts'
import type { Reader } from '../reader.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { progressCard, questionCard, resultCard } from './told.ts'

/** The question before a node's configuration is changed. */
export function preventPlanView(plan: PreventPlan, asked: AskedBy, reader: Reader): Card {
  return questionCard(preventPlan(plan, reader.ink), asked, reader, {
    symbol: '🛡️',
    button: 'button.confirm-prevent',
  })
}

/** The question in one line. */
export function preventQuestion(plan: PreventPlan, { ink }: Reader): string {
  return ink.t('prevent.ask', { node: plan.nodeId })
}

/** The steps so far; the last one is still going on. */
export function preventProgressView(
  plan: PreventPlan,
  steps: readonly SessionStep[],
  pressed: PressedBy,
  reader: Reader,
): Card {
  const { ink } = reader
  const title = `🛡️ ${ink.t('prevent.progress', {}, { node: ink.code(plan.nodeId) })}`
  return progressCard(
    title,
    steps.map((step) => preventStep(step, ink)),
    pressed,
    reader,
  )
}

/** How it ended, with the value that the node has now. */
export function preventResultView(report: Report<PreventResult>, pressed: PressedBy, reader: Reader): Card {
  return resultCard(preventResult(report, reader.ink), report, reader, { pressed })
}
