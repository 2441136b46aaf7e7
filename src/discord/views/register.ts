import type { Report } from '../../operations/operation.ts'
import type { RegisterPlan, RegisterResult, RegisterStep } from '../../operations/register-node.ts'
import { registerPlan, registerResult, registerStep } from '../../presenters/register-node.ts'
import { buttonRow, type Card } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { statusButton } from './buttons.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { progressCard, questionCard, resultCard } from './told.ts'

/** The host key that an admin approves before ocm logs in. */
export function registerPlanView(plan: RegisterPlan, asked: AskedBy, reader: Reader): Card {
  return questionCard(registerPlan(plan, reader.ink), asked, reader, {
    symbol: '🔑',
    button: 'button.confirm-register',
  })
}

/** The steps so far of taking in a node. */
export function registerProgressView(
  plan: RegisterPlan,
  steps: readonly RegisterStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  return progressCard(
    `🔑 ${ink.t('register.progress', {}, { node: ink.named(plan.node) })}`,
    steps.map((step) => registerStep(step, ink)),
    pressed,
    reader,
  )
}

/** A node that was taken in, with how it stands. */
export function registerResultView(
  report: Report<RegisterResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const list = { id: encodeCustomId('node-list', 'open-all'), label: ink.t('button.list'), emoji: '📋' }
  return resultCard(registerResult(report, ink), report, reader, {
    pressed,
    controls: [buttonRow([statusButton(report.data.node.id, ink), list])],
  })
}
