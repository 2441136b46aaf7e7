import { backupBot } from '../../operations/backup-bot.ts'
import { restoreBot } from '../../operations/restore-bot.ts'
import { botBackupResult } from '../../presenters/backup-bot.ts'
import { restoreBotPlan, restoreBotResult, restoreBotStep } from '../../presenters/restore-bot.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { begun } from '../step-begun.ts'
import { questionText, resultText } from '../views/told.ts'
import { runBackup } from './node-backup.ts'

/** `ocm bot backup`. */
export async function botBackup(call: Call): Promise<Answer> {
  const { args, out } = call
  const input = { node: args.required('node'), id: args.required('id') }
  const report = await runBackup(call, backupBot, input)
  return answerOf(report, resultText(botBackupResult(report, out), report, out))
}

/** `ocm bot restore`: after showing what comes, what goes and what is interrupted. */
export async function botRestore(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const input = { node: args.required('node'), id: args.required('id'), backup: args.text('backup') }
  const context = await call.open('required')
  const report = await confirmAndRun(call, context, restoreBot, input, {
    plan: (plan) => questionText(restoreBotPlan(plan, err), err),
    step: (step) => restoreBotStep(begun(step), err),
  })
  return answerOf(report, resultText(restoreBotResult(report, out), report, out))
}
