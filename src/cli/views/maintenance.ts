import type { NodeRecord } from '../../../registry/schema.ts'
import { dotted } from '../../presenters/readings.ts'
import type { TerminalInk } from '../ink.ts'

const LONGEST_REASON = 160

/** Why a node is out of service, since when, by whom, and for how long; empty for an active node. */
export function maintenanceText(
  { stateReason, maintenance }: Pick<NodeRecord, 'stateReason' | 'maintenance'>,
  ink: TerminalInk,
): string {
  const left = maintenance?.until ? { left: Math.max(0, Date.parse(maintenance.until) - ink.now()) } : {}
  return dotted([
    stateReason && ink.remote(stateReason, LONGEST_REASON),
    maintenance &&
      ink.t('cli.maintenance', {
        ms: Math.max(0, ink.now() - Date.parse(maintenance.since)),
        by: ink.remote(maintenance.by, 60),
        ...left,
      }),
  ])
}
