import type { BackupDigest } from '../../operations/backup-digest.ts'
import type { BackupRow } from '../../operations/backups.ts'
import type { DrillResult, DrillStep } from '../../operations/drill-backup.ts'
import type {
  BackupList,
  CompareResult,
  DeletePlan,
  DeleteResult,
  VerifyResult,
} from '../../operations/manage-backups.ts'
import type { Report } from '../../operations/operation.ts'
import { backupDigestText } from '../../presenters/backup-digest.ts'
import {
  backupLine,
  backupShare,
  backupStepText,
  comparison,
  deletePlan,
  deleteResult,
  verifyResult,
} from '../../presenters/backups.ts'
import { drillResult, drillStepText } from '../../presenters/drill-backup.ts'
import { firstOf } from '../../presenters/readings.ts'
import { buttonRow, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { DiscordInk } from '../ink.ts'
import type { Reader } from '../reader.ts'
import { type AskedBy, type PressedBy, pressedLine } from './confirm.ts'
import { questionCard, resultCard } from './told.ts'

const ROWS_SHOWN = 7
const NODES_SHOWN = 15
const PATHS_SHOWN = 6

/** The backups of a node, newest first, or the newest of each node. */
export function backupsView(list: BackupList, name: string | null, reader: Reader): Card {
  const { ink } = reader
  const { nodeId } = list
  const title =
    nodeId === null
      ? ink.t('backups.title-all')
      : ink.t('backups.title', {}, { node: ink.named({ id: nodeId, name: name ?? nodeId }) })
  const rows = list.backups.slice(0, ROWS_SHOWN).map((row) => rowText(row, nodeId === null, ink))
  const more = list.backups.length - rows.length
  return makeCard({
    colour: 'neutral',
    texts: [
      [ink.title(`🗃️ ${title}`), list.digest && backupDigestText(list.digest, ink).text]
        .filter(Boolean)
        .join('\n'),
      [...(rows.length > 0 ? rows : noneLines(nodeId, ink))].join('\n'),
      [
        more > 0 ? ink.t('word.more', { count: more }) : '',
        list.without.length > 0 ? `⚠️ ${withoutLine(list.without, ink)}` : '',
      ]
        .filter(Boolean)
        .join('\n'),
    ],
    controls:
      nodeId === null
        ? []
        : [
            buttonRow([
              {
                id: encodeCustomId('node-backups', 'refresh', nodeId),
                label: ink.t('button.refresh'),
                emoji: '🔄',
              },
            ]),
          ],
  })
}

/**
 * How the backups stand, in one line; the message of a day, never edited.
 * @param day by it and a control the message is found again
 */
export function backupDigestView(digest: BackupDigest, day: string, reader: Reader): Card {
  const { ink } = reader
  const { mood, text } = backupDigestText(digest, ink)
  return makeCard({
    colour: mood,
    texts: [`${mood === 'good' ? '🗃️' : '⚠️'} ${text}`],
    controls: [buttonRow([{ id: backupDigestMarker(day), label: ink.t('button.backups'), emoji: '🗃️' }])],
  })
}

/** The control that the message of a day carries. */
export function backupDigestMarker(day: string): string {
  return encodeCustomId('node-backups', 'open-all', day)
}

function rowText(row: BackupRow, withNode: boolean, ink: DiscordInk): string {
  const head = withNode ? `${ink.strong(ink.remote(row.nodeId, 63))} ${ink.code(row.id)}` : ink.code(row.id)
  return `- ${head}\n  ${backupLine(row, ink)}`
}

function noneLines(nodeId: string | null, ink: DiscordInk): string[] {
  const none = nodeId === null ? ink.t('backups.none-all') : ink.t('backups.none', { node: nodeId })
  return [none, ink.small(`→ ${ink.t('backups.none.next')}`)]
}

function withoutLine(without: readonly string[], ink: DiscordInk): string {
  const ids = without.map((id) => ink.code(id))
  return ink.t('backups.without', { count: without.length }, { names: firstOf(ink, ids, NODES_SHOWN) })
}

/** A verification that goes on. */
export function verifyProgressView(
  nodeName: string,
  step: { step: 'verifying'; bytes: number; total: number },
  reader: Reader,
): Card {
  const { ink } = reader
  const share = backupShare(step) ?? 0
  const title = ink.t('backup.title', { node: nodeName })
  return makeCard({
    colour: 'neutral',
    texts: [`${ink.title(`🔎 ${title}`)}\n⏳ ${backupStepText(step, ink)}\n${ink.bar(share)}`],
  })
}

/** Whether a backup is sound. */
export function verifyResultView(report: Report<VerifyResult>, reader: Reader): Card {
  return resultCard(verifyResult(report, reader.ink), report, reader)
}

/** A backup that is being unpacked. */
export function drillProgressView(nodeName: string, step: DrillStep, reader: Reader): Card {
  const { ink } = reader
  const title = ink.t('backup.title', { node: nodeName })
  const isUnpacking = step.step === 'unpacking' && step.total > 0
  const share = isUnpacking ? Math.min(100, (step.bytes / step.total) * 100) : 100
  return makeCard({
    colour: 'neutral',
    texts: [`${ink.title(`🧪 ${title}`)}\n⏳ ${drillStepText(step, ink)}\n${ink.bar(share)}`],
  })
}

/** Whether a backup could be restored, as far as this machine can tell. */
export function drillResultView(report: Report<DrillResult>, reader: Reader): Card {
  return resultCard(drillResult(report, reader.ink), report, reader)
}

/** What differs between two backups. */
export function compareView(report: Report<CompareResult>, reader: Reader): Card {
  return resultCard(comparison(report.data, reader.ink, PATHS_SHOWN), report, reader, { symbol: '↔️' })
}

/** The question before a backup is deleted. */
export function deletePlanView(plan: DeletePlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  return questionCard(deletePlan(plan, reader.ink, why), asked, reader, {
    symbol: '🗑️',
    button: 'button.confirm-delete-backup',
  })
}

/** A backup that is being deleted; there are no steps to show. */
export function deleteProgressView(plan: DeletePlan, pressed: PressedBy | null, reader: Reader): Card {
  const { ink } = reader
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  return makeCard({
    colour: 'neutral',
    texts: [`⏳ ${ink.t('delete-backup.progress', {}, { node })}`, pressedLine(pressed, reader)],
  })
}

/** A deleted backup, with the room that it left. */
export function deleteResultView(
  report: Report<DeleteResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  return resultCard(deleteResult(report, reader.ink), report, reader, { pressed })
}
