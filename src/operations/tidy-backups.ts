import type { Job } from '../monitor/schedule.ts'
import type { Context } from './context.ts'

const DAY = 24 * 3_600_000
const HOUR = 3_600_000

/**
 * Once a day, and once at the start of the program: reads what the folders of backups hold, which a person may have
 * changed by hand, and removes what broken-off runs left behind, also of a node that is never backed up again.
 */
export function tidyBackups({ backups, log }: Pick<Context, 'backups' | 'log'>): Job {
  return {
    name: 'tidy-backups',
    everyMs: DAY,
    timeLimitMs: HOUR,
    async run() {
      await backups.book.refresh()
      const bytes = await backups.sweep()
      if (bytes === null) log.info({}, 'leftovers of backups stay for now: a backup is being taken')
      else log.debug({ bytes }, 'leftovers of backups removed')
    },
  }
}
