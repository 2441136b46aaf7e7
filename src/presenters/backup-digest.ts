import { type BackupDigest, isAllWell } from '../operations/backup-digest.ts'
import type { Named } from '../operations/overview.ts'
import type { Ink } from './ink.ts'
import { dotted, firstOf } from './readings.ts'
import type { Mood } from './told.ts'

const NAMES_SHOWN = 5
const NAME = 40

/** How the backups stand, in one line, and how that should strike the eye. */
export function backupDigestText(digest: BackupDigest, ink: Ink): { mood: Mood; text: string } {
  const { scheduled, fresh, late, unread, oldest, failing, taken, drills, offSite } = digest
  const { passed, failed } = drills
  const text = dotted([
    ink.paint('strong', ink.t('digest-of-backups.title')),
    ink.t('digest-of-backups.fresh', { fresh, scheduled }),
    late.length > 0 && warning('digest-of-backups.late', late, ink),
    unread > 0 && ink.paint('warning', ink.t('digest-of-backups.unread', { count: unread })),
    failing.length > 0 && warning('digest-of-backups.failing', failing, ink),
    taken !== null && takenText(taken, ink),
    oldest !== null &&
      ink.t(
        'digest-of-backups.oldest',
        {},
        // The message stays: what is said of it must not move.
        { node: ink.remote(oldest.name, NAME), when: ink.time(oldest.takenAt, 'f') },
      ),
    passed > 0 && ink.t('digest-of-backups.drills', { count: passed }),
    failed.length > 0 && warning('digest-of-backups.drills-failed', failed, ink),
    offSite !== null && ink.t('digest-of-backups.off-site', { count: offSite.copied }),
    offSite !== null &&
      offSite.late.length > 0 &&
      warning('digest-of-backups.off-site-late', offSite.late, ink),
  ])
  return { mood: isAllWell(digest) ? 'good' : 'warning', text }
}

function takenText({ count, newBytes }: NonNullable<BackupDigest['taken']>, ink: Ink): string {
  return count === 0
    ? ink.t('digest-of-backups.none-taken')
    : ink.t('digest-of-backups.taken', { taken: count, bytes: newBytes })
}

function warning(
  key:
    | 'digest-of-backups.late'
    | 'digest-of-backups.failing'
    | 'digest-of-backups.drills-failed'
    | 'digest-of-backups.off-site-late',
  nodes: readonly Named[],
  ink: Ink,
): string {
  const shown = nodes.map(({ name }) => ink.remote(name, NAME))
  return ink.paint('warning', ink.t(key, {}, { names: firstOf(ink, shown, NAMES_SHOWN) }))
}
