import type { Report } from '../../operations/operation.ts'
import type { RemoveBotPlan, RemoveBotResult, RemoveBotStep } from '../../operations/remove-bot.ts'
import { removeBotPlan, removeBotResult, removeBotStep } from '../../presenters/remove-bot.ts'
import { buttonRow, type Card } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { latestSteps, progressCard, questionCard, resultCard } from './told.ts'

const SYMBOL = '🗑️'

/** The question before an agent is deleted. */
export function removeBotPlanView(
  plan: RemoveBotPlan,
  asked: AskedBy,
  reader: Reader,
  why: string | null,
): Card {
  return questionCard(removeBotPlan(plan, reader.ink, why), asked, reader, {
    symbol: SYMBOL,
    button: 'button.confirm-remove-bot',
  })
}

/** The question in one line. */
export function removeBotQuestion(plan: RemoveBotPlan, { ink }: Reader): string {
  return ink.t('remove-bot.ask', { bot: plan.botId, node: plan.nodeName })
}

/** The steps so far, each as it was last told; the last one is still going on. */
export function removeBotProgressView(
  plan: RemoveBotPlan,
  steps: readonly RemoveBotStep[],
  pressed: PressedBy,
  reader: Reader,
): Card {
  const { ink } = reader
  const latest = latestSteps(steps)
  return progressCard(
    `${SYMBOL} ${ink.t('remove-bot.progress', {}, { bot: ink.code(plan.botId) })}`,
    latest.map((step) => removeBotStep(step, ink)),
    pressed,
    reader,
  )
}

/** How it ended, with ways to the backups and the bots of the node. */
export function removeBotResultView(
  report: Report<RemoveBotResult>,
  pressed: PressedBy,
  reader: Reader,
): Card {
  const { ink } = reader
  const { nodeId } = report.data
  return resultCard(removeBotResult(report, ink), report, reader, {
    pressed,
    controls: [
      buttonRow([
        { id: encodeCustomId('node-backups', 'open', nodeId), label: ink.t('button.backups'), emoji: '🗃️' },
        {
          id: encodeCustomId('bot-list', 'open', 1, `n:${nodeId}`, 0),
          label: ink.t('bots.title'),
          emoji: '🤖',
        },
      ]),
    ],
  })
}
