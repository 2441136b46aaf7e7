import type { BackupRow } from '../../operations/backups.ts'
import { drillBackup } from '../../operations/drill-backup.ts'
import {
  type BackupList,
  compareBackups,
  deleteBackup,
  listBackups,
  verifyBackup,
} from '../../operations/manage-backups.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { backupDigestText } from '../../presenters/backup-digest.ts'
import {
  backupStepText,
  comparison,
  deletePlan,
  deleteResult,
  restorableCell,
  verifiedCell,
  verifyResult,
} from '../../presenters/backups.ts'
import { drillResult, drillStepText } from '../../presenters/drill-backup.ts'
import type { Ink } from '../../presenters/ink.ts'
import { offSiteCell } from '../../presenters/off-site.ts'
import { firstOf } from '../../presenters/readings.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { createLiveText } from '../live.ts'
import { renderTable } from '../table.ts'
import { questionText, resultText } from '../views/told.ts'

const PATHS_SHOWN = 50
const NODES_SHOWN = 20

/** `ocm node backups`: those of one node, or the newest of each. */
export async function nodeBackups(call: Call): Promise<Answer> {
  const context = await call.open('none')
  const input = { node: call.args.text('node') ?? null }
  const report = await runOperation(context, call.actor, listBackups, input, { signal: call.signal })
  const width = call.terminal.screen()?.columns ?? null
  return answerOf(report, listText(report.data, call.out, width))
}

/** `ocm node backup-verify`. */
export async function nodeBackupVerify(call: Call): Promise<Answer> {
  const { args, out, json, terminal } = call
  const context = await call.open('none')
  const live = createLiveText(terminal)
  const backup = args.text('backup')
  const input = { node: args.required('node'), ...(backup === undefined ? {} : { backup }) }
  try {
    const report = await runOperation(context, call.actor, verifyBackup, input, {
      signal: call.signal,
      onProgress: (step) => {
        if (!json) live.draw(`${backupStepText(step, out)}\n`)
      },
    })
    live.clear()
    return answerOf(report, resultText(verifyResult(report, out), report, out))
  } finally {
    live.clear()
  }
}

/** `ocm node backup-drill`. */
export async function nodeBackupDrill(call: Call): Promise<Answer> {
  const { args, out, json, terminal } = call
  const context = await call.open('none')
  const live = createLiveText(terminal)
  const [backup, on] = [args.text('backup') ?? null, args.text('on') ?? null]
  const input = { node: args.required('node'), backup, on }
  try {
    const report = await runOperation(context, call.actor, drillBackup, input, {
      signal: call.signal,
      onProgress: (step) => {
        if (!json) live.draw(`${drillStepText(step, out)}\n`)
      },
    })
    live.clear()
    return answerOf(report, resultText(drillResult(report, out), report, out))
  } finally {
    live.clear()
  }
}

/** `ocm node backup-compare`. */
export async function nodeBackupCompare(call: Call): Promise<Answer> {
  const { args, out } = call
  const context = await call.open('none')
  const to = args.text('to')
  const input = {
    node: args.required('node'),
    from: args.required('from'),
    ...(to === undefined ? {} : { to }),
  }
  const report = await runOperation(context, call.actor, compareBackups, input, { signal: call.signal })
  return answerOf(report, resultText(comparison(report.data, out, PATHS_SHOWN), report, out))
}

/** `ocm node backup-delete`: after a confirmation. */
export async function nodeBackupDelete(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('none')
  const input = { node: args.required('node'), backup: args.required('backup') }
  const report = await confirmAndRun(call, context, deleteBackup, input, {
    plan: (plan) => questionText(deletePlan(plan, err), err),
  })
  return answerOf(report, resultText(deleteResult(report, out), report, out))
}

function listText(list: BackupList, ink: Ink, width: number | null): string {
  const all = list.nodeId === null
  const lines = list.backups.length === 0 ? noneLines(list, ink) : tableOf(list.backups, all, ink, width)
  const names = firstOf(
    ink,
    list.without.map((id) => ink.code(id)),
    NODES_SHOWN,
  )
  const without =
    list.without.length === 0
      ? []
      : [ink.paint('warning', ink.t('backups.without', { count: list.without.length }, { names }))]
  const digest = list.digest === null ? [] : [backupDigestText(list.digest, ink).text, '']
  return [...digest, ...lines, ...without, ''].join('\n')
}

function noneLines({ nodeId }: BackupList, ink: Ink): string[] {
  const none = nodeId === null ? ink.t('backups.none-all') : ink.t('backups.none', { node: nodeId })
  return [none, ink.t('cli.next', { next: ink.t('backups.none.next') })]
}

function tableOf(rows: readonly BackupRow[], all: boolean, ink: Ink, width: number | null): string[] {
  // Where no copies are made there is nothing to tell.
  const copied = rows.some(({ offSite }) => offSite !== null)
  const columns = [
    ...(all ? [{ title: ink.t('backups.column.node') }] : []),
    { title: ink.t('backups.column.id') },
    { title: ink.t('backups.column.age') },
    { title: ink.t('backups.column.size'), align: 'right' as const },
    { title: ink.t('backups.column.new'), align: 'right' as const, spare: 2 },
    { title: ink.t('backups.column.files'), align: 'right' as const, spare: 3 },
    { title: ink.t('backups.column.version'), spare: 1 },
    { title: ink.t('backups.column.verified') },
    { title: ink.t('backups.column.restorable'), spare: 4 },
    ...(copied ? [{ title: ink.t('backups.column.off-site'), spare: 5 }] : []),
  ]
  return renderTable(
    columns,
    rows.map((row) => [
      ...(all ? [ink.remote(row.nodeId)] : []),
      row.agent === null
        ? row.id
        : `${row.id} (${ink.t('backups.of-bot', {}, { bot: ink.code(row.agent, 64) })})`,
      ink.time(row.takenAt),
      ink.t('backups.size', { bytes: row.bytes }),
      ink.t('backups.size', { bytes: row.newBytes }),
      ink.number(row.files),
      row.openclawVersion === null ? '?' : ink.remote(row.openclawVersion, 30),
      verifiedCell(row, ink),
      restorableCell(row.restorable, ink) ?? '',
      ...(copied ? [offSiteCell(row, ink) ?? ''] : []),
    ]),
    { width, paint: ink.paint },
  )
}
