import type { AddBotPlan, AddBotResult, AddBotStep } from '../../operations/add-bot.ts'
import type { Report } from '../../operations/operation.ts'
import { addBotPlan, addBotResult, addBotStep } from '../../presenters/add-bot.ts'
import { buttonRow, type Card } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { progressCard, questionCard, resultCard } from './told.ts'

const SYMBOL = '🤖'

/** The question before an agent is made. */
export function addBotPlanView(plan: AddBotPlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  return questionCard(addBotPlan(plan, reader.ink, why), asked, reader, {
    symbol: SYMBOL,
    button: 'button.confirm-add-bot',
  })
}

/** The question in one line. */
export function addBotQuestion(plan: AddBotPlan, { ink }: Reader): string {
  return ink.t('add-bot.ask', { bot: plan.botId, node: plan.nodeName })
}

/** The steps so far; the last one is still going on. */
export function addBotProgressView(
  plan: AddBotPlan,
  steps: readonly AddBotStep[],
  pressed: PressedBy,
  reader: Reader,
): Card {
  const { ink } = reader
  const title = `${SYMBOL} ${ink.t('add-bot.progress', {}, { bot: ink.code(plan.botId) })}`
  return progressCard(
    title,
    steps.map((step) => addBotStep(step, ink)),
    pressed,
    reader,
  )
}

/** How it ended, with a way to the bots of the node. */
export function addBotResultView(report: Report<AddBotResult>, pressed: PressedBy, reader: Reader): Card {
  const { ink } = reader
  const id = encodeCustomId('bot-list', 'open', 1, `n:${report.data.nodeId}`, 0)
  return resultCard(addBotResult(report, ink), report, reader, {
    pressed,
    controls: [buttonRow([{ id, label: ink.t('bots.title'), emoji: SYMBOL }])],
  })
}
