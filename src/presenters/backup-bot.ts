import type { BotBackupResult } from '../operations/backup-bot.ts'
import type { Report } from '../operations/operation.ts'
import { backupResult } from './backups.ts'
import type { Ink } from './ink.ts'
import { reasonText } from './readings.ts'
import { aside, lines, type Told, text } from './told.ts'

/** How the backup of one agent ended: as that of a node, with what its gateway told besides the files. */
export function botBackupResult(report: Report<BotBackupResult>, ink: Ink): Told {
  const { nodeId, botId, told, problem } = report.data
  const { outcome } = report
  const { lead, parts, mood } = backupResult(report, { id: nodeId, name: nodeId }, ink)
  const reason = problem && reasonText(ink, problem)
  return {
    mood,
    title: ink.t(`backup-bot.${outcome}`, {}, { bot: ink.code(botId), node: ink.code(nodeId) }),
    lead: [
      ...lead,
      ...lines(
        told && aside(ink.t('backup-bot.told', { bindings: told.bindings, ...countsOf(told) })),
        reason && text(ink.t('backup-bot.problem', {}, { reason }), 'warning'),
      ),
    ],
    parts,
  }
}

/** What was not read is left out of the words: it is not none. */
function countsOf({ jobs, sessions }: NonNullable<BotBackupResult['told']>): Record<string, number> {
  return { ...(jobs === null ? {} : { jobs }), ...(sessions === null ? {} : { sessions }) }
}
