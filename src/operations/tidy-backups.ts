import type { Job } from '../monitor/schedule.ts'
import type { Context } from './context.ts'

const DAY = 24 * 3_600_000
const HOUR = 3_600_000

/**
 * Once a day, and once at the start of the program: reads what the folders of backups hold, which a person may have
 * changed by hand, and removes what broken-off runs left behind, also of a node that is never backed up again. At the
 * off-site target it removes what no copy needs.
 */
export function tidyBackups({ backups, log }: Pick<Context, 'backups' | 'log'>): Job {
  return {
    name: 'tidy-backups',
    everyMs: DAY,
    timeLimitMs: HOUR,
    async run(signal) {
      await backups.book.refresh()
      const bytes = await backups.sweep()
      if (bytes === null) log.info({}, 'leftovers of backups stay for now: a backup is being taken')
      else log.debug({ bytes }, 'leftovers of backups removed')
      if (backups.copies.target === null) return
      try {
        const freed = await backups.copies.tidy(signal)
        log.debug({ bytes: freed }, 'what no copy needs was removed from the off-site target')
      } catch (error) {
        log.warn({ err: error }, 'the off-site target could not be tidied')
      }
    },
  }
}
