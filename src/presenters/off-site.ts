import type { BackupRow } from '../operations/backups.ts'
import type { Ink, Tone } from './ink.ts'

/** Whether a copy of a backup lies elsewhere, with its tone; null where nobody tried to make one. */
export function offSiteCell({ offSite }: BackupRow, ink: Ink): { text: string; tone: Tone } | null {
  if (offSite === null) return null
  const { at, problem } = offSite
  if (problem === null)
    return at === null ? null : { text: ink.t('backups.off-site', {}, { when: ink.time(at) }), tone: 'good' }
  const { why } = problem
  return at === null
    ? { text: ink.t('backups.off-site.failed', { why }), tone: 'warning' }
    : { text: ink.t('backups.off-site.stale', { why }, { when: ink.time(at) }), tone: 'warning' }
}
