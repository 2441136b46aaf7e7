import { backupNode } from '../../operations/backup-node.ts'
import { runOperation } from '../../operations/run-operation.ts'
import type { BackupStep } from '../../operations/take-backup.ts'
import { backupResult, backupShare, backupStepText } from '../../presenters/backups.ts'
import type { Ink } from '../../presenters/ink.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { stepPrinter } from '../confirm.ts'
import { createLiveText } from '../live.ts'
import { resultText } from '../views/told.ts'

const BAR_CELLS = 30

/** `ocm node backup`: with a bar on a terminal, a line for each kind of step elsewhere. */
export async function nodeBackup(call: Call): Promise<Answer> {
  const { args, terminal, json, out, err } = call
  const context = await call.open('required')
  const live = createLiveText(terminal)
  const reason = args.text('reason')
  const print = stepPrinter<BackupStep>(call, (step) => err.t(`backup.begins.${step.step}`))
  try {
    const report = await runOperation(
      context,
      call.actor,
      backupNode,
      { node: args.required('node') },
      {
        signal: call.signal,
        ...(reason === undefined ? {} : { reason }),
        onProgress: (step) => {
          if (json) return
          if (terminal.screen() === null) print(step)
          else live.draw(`${barText(step, out)}\n`)
        },
      },
    )
    live.clear()
    const node = { id: report.data.nodeId, name: report.data.nodeId }
    return answerOf(report, resultText(backupResult(report, node, out), report, out))
  } finally {
    live.clear()
  }
}

/** A step of a backup with a bar, where it is known how far it is. */
export function barText(step: BackupStep, ink: Ink): string {
  const share = backupShare(step)
  const text = backupStepText(step, ink)
  if (share === null) return text
  const full = Math.round((share / 100) * BAR_CELLS)
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${ink.percent(Math.floor(share))}  ${text}`
}
