import { boundHeap } from '../../base/heap-growth.ts'
import { backupNode } from '../../operations/backup-node.ts'
import type { Operation, Report } from '../../operations/operation.ts'
import { runOperation } from '../../operations/run-operation.ts'
import type { BackupStep } from '../../operations/take-backup.ts'
import { backupResult, backupShare, backupStepText } from '../../presenters/backups.ts'
import type { Ink } from '../../presenters/ink.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { stepPrinter } from '../confirm.ts'
import { createLiveText } from '../live.ts'
import { resultText } from '../views/told.ts'

const BAR_CELLS = 30

/** `ocm node backup`. */
export async function nodeBackup(call: Call): Promise<Answer> {
  const { args, out } = call
  const report = await runBackup(call, backupNode, {
    node: args.required('node'),
    method: args.text('method'),
  })
  const node = { id: report.data.nodeId, name: report.data.nodeId }
  return answerOf(report, resultText(backupResult(report, node, out), report, out))
}

/** Runs a backup with a bar on a terminal, a line for each kind of step elsewhere. @throws what runOperation throws */
export async function runBackup<Input, Result>(
  call: Call,
  operation: Operation<Input, Result, BackupStep, unknown>,
  input: unknown,
): Promise<Report<Result>> {
  boundHeap()
  const { args, terminal, json, out, err } = call
  const context = await call.open('required')
  const live = createLiveText(terminal)
  const reason = args.text('reason')
  const print = stepPrinter<BackupStep>(call, (step) => err.t(`backup.begins.${step.step}`))
  try {
    return await runOperation(context, call.actor, operation, input, {
      signal: call.signal,
      ...(reason === undefined ? {} : { reason }),
      onProgress: (step) => {
        if (json) return
        if (terminal.screen() === null) print(step)
        else live.draw(`${barText(step, out)}\n`)
      },
    })
  } finally {
    live.clear()
  }
}

/** A step of a backup with a bar, where it is known how far it is. */
function barText(step: BackupStep, ink: Ink): string {
  const share = backupShare(step)
  const text = backupStepText(step, ink)
  if (share === null) return text
  const full = Math.round((share / 100) * BAR_CELLS)
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${ink.percent(Math.floor(share))}  ${text}`
}
