import type { Maintenance } from '../../../registry/schema.ts'
import type { Report } from '../../operations/operation.ts'
import type { MaintenanceResult } from '../../operations/set-maintenance.ts'
import { dotted } from '../../presenters/readings.ts'
import { maintenanceResult } from '../../presenters/set-maintenance.ts'
import { fact, lines, text } from '../../presenters/told.ts'
import { buttonRow, type Card } from '../card.ts'
import type { DiscordInk } from '../ink.ts'
import type { Reader } from '../reader.ts'
import { statusButton } from './buttons.ts'
import { resultCard } from './told.ts'

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
  const { node } = report.data
  const ongoing = lines(
    node.stateReason && fact(ink.t('label.reason'), ink.remote(node.stateReason)),
    node.maintenance && text(maintenanceText(node.maintenance, ink)),
  )
  return resultCard(maintenanceResult(report, ink, { ongoing, sweepSeconds }), report, reader, {
    symbol: node.state === 'maintenance' ? '🔧' : '▶️',
    controls: [buttonRow([statusButton(node.id, ink)])],
  })
}
