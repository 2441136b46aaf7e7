import type { DownloadResult } from '../operations/download-backup.ts'
import type { Report } from '../operations/operation.ts'
import { backupLine } from './backups.ts'
import type { Ink } from './ink.ts'
import { aside, fact, lines, OUTCOME_MOODS, type Told, text } from './told.ts'

/** A backup as one file. `place` is where the person finds it; null where it comes with the answer. */
export function downloadResult(
  { data, outcome }: Report<DownloadResult>,
  place: string | null,
  ink: Ink,
): Told {
  const { recipients, name, bytes, sha256 } = data
  const opened =
    recipients === 0
      ? text(ink.t('download.plain'), 'warning')
      : text(ink.t('download.encrypted', { count: recipients }))
  const how = recipients === 0 ? `tar -xzpf ${name} -C ‹…›` : `age -d -i ‹…› ${name} | tar -xzpf - -C ‹…›`
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t('download.done', { backup: data.backup.id, node: data.nodeId }),
    lead: lines(
      text(backupLine(data.backup, ink)),
      place !== null && fact(ink.t('download.file'), ink.remote(place)),
      fact(ink.t('download.size'), ink.t('backups.size', { bytes })),
      fact('SHA-256', ink.code(sha256, 64)),
    ),
    parts: [lines(opened, aside(ink.t('download.open', {}, { command: ink.code(how, 200) })))],
  }
}
