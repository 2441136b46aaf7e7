import type { EditPlan, EditResult, EditStep } from '../../operations/edit-node.ts'
import type { Report } from '../../operations/operation.ts'
import { editPlan, editResult, editStep } from '../../presenters/edit-node.ts'
import { buttonRow, type Card } from '../card.ts'
import type { Reader } from '../reader.ts'
import { statusButton } from './buttons.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { progressCard, questionCard, resultCard } from './told.ts'

/** What will be another about a node, and the host key of its new address. */
export function editPlanView(plan: EditPlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  return questionCard(editPlan(plan, reader.ink, why), asked, reader, {
    symbol: '✏️',
    button:
      plan.known === 'new' || plan.jump?.known === 'new' ? 'button.confirm-edit-key' : 'button.confirm-edit',
  })
}

/** The steps so far; the last one is still going on. */
export function editProgressView(
  plan: EditPlan,
  steps: readonly EditStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  return progressCard(
    `✏️ ${ink.t('edit.progress', {}, { node })}`,
    steps.map((step) => editStep(step, ink)),
    pressed,
    reader,
  )
}

/** A node that was changed, with how it stands now where that was looked at. */
export function editResultView(report: Report<EditResult>, pressed: PressedBy | null, reader: Reader): Card {
  const { ink } = reader
  return resultCard(editResult(report, ink), report, reader, {
    pressed,
    controls: [buttonRow([statusButton(report.data.node.id, ink)])],
  })
}
