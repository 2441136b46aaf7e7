import type { Report } from '../../operations/operation.ts'
import type { BackupResult, BackupStep } from '../../operations/take-backup.ts'
import { backupResult, backupShare, backupStepText, type NodeName } from '../../presenters/backups.ts'
import { buttonRow, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { statusButton } from './buttons.ts'
import { latestSteps, resultCard } from './told.ts'

/** The steps so far, the one that goes on with a bar, and a button to stop. */
export function backupProgressView(
  node: NodeName,
  steps: readonly BackupStep[],
  runId: string,
  reader: Reader,
): Card {
  const { ink } = reader
  const title = ink.t('backup.progress', {}, { node: ink.named(node) })
  return backupStepsCard(title, steps, encodeCustomId('node-backup', 'stop', runId), reader)
}

/** The steps of a backup under a title, with a button that stops it. */
export function backupStepsCard(
  title: string,
  steps: readonly BackupStep[],
  stopId: string,
  reader: Reader,
): Card {
  const { ink } = reader
  const latest = latestSteps(steps)
  const lines = latest.map((step, index) => {
    const over = index < latest.length - 1 || step.step === 'verified'
    const share = over ? null : backupShare(step)
    const bar = share === null ? '' : `\n${ink.bar(share)} ${ink.percent(Math.floor(share))}`
    return `${over ? '✅' : '⏳'} ${backupStepText(step, ink)}${bar}`
  })
  return makeCard({
    colour: 'neutral',
    texts: [[ink.title(`💾 ${title}`), ...lines].join('\n')],
    controls: [buttonRow([{ id: stopId, label: ink.t('button.stop'), emoji: '⏹️' }])],
  })
}

/** How a backup ended, with what it holds and what it does not. */
export function backupResultView(node: NodeName, report: Report<BackupResult>, reader: Reader): Card {
  const { ink } = reader
  return resultCard(backupResult(report, node, ink), report, reader, {
    controls: [
      buttonRow([
        { id: encodeCustomId('node-backups', 'open', node.id), label: ink.t('button.backups'), emoji: '🗃️' },
        statusButton(node.id, ink),
      ]),
    ],
  })
}
