import { backupBot } from '../../operations/backup-bot.ts'
import { restoreBot } from '../../operations/restore-bot.ts'
import { runOperation } from '../../operations/run-operation.ts'
import type { BackupStep } from '../../operations/take-backup.ts'
import { botBackupResult } from '../../presenters/backup-bot.ts'
import { restoreBotPlan, restoreBotResult, restoreBotStep } from '../../presenters/restore-bot.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun, stepPrinter } from '../confirm.ts'
import { createLiveText } from '../live.ts'
import { begun } from '../step-begun.ts'
import { questionText, resultText } from '../views/told.ts'
import { barText } from './node-backup.ts'

/** `ocm bot backup`: with a bar on a terminal, a line for each kind of step elsewhere. */
export async function botBackup(call: Call): Promise<Answer> {
  const { args, terminal, json, out, err } = call
  const context = await call.open('required')
  const live = createLiveText(terminal)
  const reason = args.text('reason')
  const print = stepPrinter<BackupStep>(call, (step) => err.t(`backup.begins.${step.step}`))
  const input = { node: args.required('node'), id: args.required('id') }
  try {
    const report = await runOperation(context, call.actor, backupBot, input, {
      signal: call.signal,
      ...(reason === undefined ? {} : { reason }),
      onProgress: (step) => {
        if (json) return
        if (terminal.screen() === null) print(step)
        else live.draw(`${barText(step, out)}\n`)
      },
    })
    live.clear()
    return answerOf(report, resultText(botBackupResult(report, out), report, out))
  } finally {
    live.clear()
  }
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
