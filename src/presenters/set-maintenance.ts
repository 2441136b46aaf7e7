import type { Report } from '../operations/operation.ts'
import type { MaintenanceResult } from '../operations/set-maintenance.ts'
import type { Ink } from './ink.ts'
import { type Line, lines, type Told, text } from './told.ts'

/**
 * A node that is no longer watched, or watched again.
 * @param ongoing why it was put aside, by whom, since when and until when, as the face tells times
 * @param sweepSeconds how soon the next look comes
 */
export function maintenanceResult(
  { data }: Report<MaintenanceResult>,
  ink: Ink,
  { ongoing, sweepSeconds }: { ongoing: readonly Line[]; sweepSeconds: number },
): Told {
  const { node, openIncidents } = data
  const name = { node: ink.named(node) }
  const count = { count: openIncidents }
  return node.state === 'maintenance'
    ? {
        mood: 'neutral',
        title: ink.t('maintenance.on', {}, name),
        lead: lines(
          ...ongoing,
          text(ink.t('maintenance.effect')),
          openIncidents > 0 && text(ink.t('maintenance.put-aside', count), 'put-aside'),
        ),
        parts: [],
      }
    : {
        mood: 'good',
        title: ink.t('maintenance.off', {}, name),
        lead: lines(
          text(ink.t('maintenance.next-look', { seconds: sweepSeconds })),
          openIncidents > 0 && text(ink.t('maintenance.taken-up', count)),
        ),
        parts: [],
      }
}
