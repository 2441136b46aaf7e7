import type { BotBackupResult } from '../../operations/backup-bot.ts'
import type { Report } from '../../operations/operation.ts'
import type { RestoreBotResult, RestoreBotStep } from '../../operations/restore-bot.ts'
import type { RestoreBotPlan } from '../../operations/restore-bot-plan.ts'
import type { BackupStep } from '../../operations/take-backup.ts'
import { botBackupResult } from '../../presenters/backup-bot.ts'
import { restoreBotPlan, restoreBotResult, restoreBotStep } from '../../presenters/restore-bot.ts'
import { buttonRow, type Card } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { backupStepsCard } from './backup.ts'
import { logsButton, statusButton } from './buttons.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { latestSteps, progressCard, questionCard, resultCard } from './told.ts'

/** The steps of a bot's backup so far, and a button to stop. */
export function botBackupProgressView(
  bot: string,
  steps: readonly BackupStep[],
  runId: string,
  reader: Reader,
): Card {
  const { ink } = reader
  const title = ink.t('backup-bot.progress', {}, { bot: ink.code(bot) })
  return backupStepsCard(title, steps, encodeCustomId('bot-backup', 'stop', runId), reader)
}

/** How a bot's backup ended. */
export function botBackupResultView(report: Report<BotBackupResult>, reader: Reader): Card {
  const { ink } = reader
  const { nodeId } = report.data
  return resultCard(botBackupResult(report, ink), report, reader, {
    controls: [
      buttonRow([
        { id: encodeCustomId('node-backups', 'open', nodeId), label: ink.t('button.backups'), emoji: '🗃️' },
        statusButton(nodeId, ink),
      ]),
    ],
  })
}

/** The question before a bot is restored. */
export function restoreBotPlanView(
  plan: RestoreBotPlan,
  asked: AskedBy,
  reader: Reader,
  why: string | null,
): Card {
  return questionCard(restoreBotPlan(plan, reader.ink, why), asked, reader, {
    symbol: '⏪',
    button: 'button.confirm-restore-bot',
  })
}

/** The question in one line. */
export function restoreBotQuestion(plan: RestoreBotPlan, { ink }: Reader): string {
  return ink.t('restore-bot.ask', { bot: plan.botId, node: plan.nodeName })
}

/** The steps so far, each as it was last told; the last one is still going on. */
export function restoreBotProgressView(
  plan: RestoreBotPlan,
  steps: readonly RestoreBotStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const latest = latestSteps(steps)
  return progressCard(
    `⏪ ${ink.t('restore-bot.progress', {}, { bot: ink.code(plan.botId) })}`,
    latest.map((step) => restoreBotStep(step, ink)),
    pressed,
    reader,
    latest.at(-1)?.step === 'verified',
  )
}

/** How it ended, with ways to the bots and the logs of the node. */
export function restoreBotResultView(
  report: Report<RestoreBotResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const { nodeId } = report.data
  return resultCard(restoreBotResult(report, ink), report, reader, {
    pressed,
    controls: [
      buttonRow([
        {
          id: encodeCustomId('bot-list', 'open', 1, `n:${nodeId}`, 0),
          label: ink.t('bots.title'),
          emoji: '🤖',
        },
        logsButton(nodeId, ink),
      ]),
    ],
  })
}
