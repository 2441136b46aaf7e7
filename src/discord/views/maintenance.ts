import type { Maintenance } from '../../../registry/schema.ts'
import type { Report } from '../../operations/operation.ts'
import type { MaintenanceResult } from '../../operations/set-maintenance.ts'
import { dotted } from '../../presenters/readings.ts'
import { buttonRow, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { DiscordInk } from '../ink.ts'
import type { Reader } from '../reader.ts'

/** Who put a node into maintenance, since when and until when, in a line. */
export function maintenanceText({ by, since, until }: Maintenance, ink: DiscordInk): string {
  return dotted([
    ink.t('maintenance.since', { by: by.slice(0, 60) }, { when: ink.time(Date.parse(since)) }),
    until === null
      ? ink.t('maintenance.no-end')
      : ink.t('maintenance.until', {}, { when: ink.time(Date.parse(until), 'f') }),
  ])
}

/** A node that is no longer watched, or watched again. `sweepSeconds`: how soon the next look comes. */
export function maintenanceResultView(
  report: Report<MaintenanceResult>,
  reader: Reader,
  sweepSeconds: number,
): Card {
  const { ink } = reader
  const { node, openIncidents } = report.data
  const on = node.state === 'maintenance'
  const name = { node: ink.named(node) }
  const count = { count: openIncidents }
  const lines = on
    ? [
        ink.title(`🔧 ${ink.t('maintenance.on', {}, name)}`),
        node.stateReason && `${ink.strong(ink.t('label.reason'))} ${ink.remote(node.stateReason)}`,
        node.maintenance && maintenanceText(node.maintenance, ink),
        ink.t('maintenance.effect'),
        openIncidents > 0 && `⏸️ ${ink.t('maintenance.put-aside', count)}`,
      ]
    : [
        ink.title(`▶️ ${ink.t('maintenance.off', {}, name)}`),
        ink.t('maintenance.next-look', { seconds: sweepSeconds }),
        openIncidents > 0 && ink.t('maintenance.taken-up', count),
      ]
  return makeCard({
    colour: on ? 'neutral' : 'good',
    texts: [lines.filter(Boolean).join('\n'), ink.small(ink.t('word.run', { id: report.operationId }))],
    controls: [
      buttonRow([
        { id: encodeCustomId('node-status', 'open', node.id), label: ink.t('button.status'), emoji: '🩺' },
      ]),
    ],
  })
}
