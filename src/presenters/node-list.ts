import type { Severity } from '../monitor/conditions.ts'
import type { NodeState } from '../openclaw/snapshot.ts'
import type { NodeList } from '../operations/list-nodes.ts'
import { isUnseenInFigures, type NodeRow } from '../operations/node-row.ts'
import type { Ink } from './ink.ts'
import { dotted, reasonText } from './readings.ts'
import { STATE_MOODS } from './told.ts'

/** The states in the order in which they are counted. */
export const STATES = Object.keys(STATE_MOODS) as NodeState[]

/** How many nodes are in each state that any is in. One that was never read is called so, as in its row. */
export function stateCounts({ counts, rows }: NodeList, ink: Ink): { state: NodeState; text: string }[] {
  const never = rows.filter(isNeverRead).length
  const known = { ...counts, unknown: Math.max(0, counts.unknown - never) }
  const counted = STATES.filter((state) => known[state] > 0).map((state) => ({
    state,
    text: `${ink.number(known[state])} ${ink.t(`state.${state}`)}`,
  }))
  const unread = { state: 'unknown', text: `${ink.number(never)} ${ink.t('list.never')}` } as const
  return never === 0 ? counted : [...counted, unread]
}

/** Whether nothing was ever read of a node: more is not to be said of its state. */
export function isNeverRead({ state, observedAt, pending }: NodeRow): boolean {
  return observedAt === null && !pending && state === 'unknown'
}

/** What a list leaves out or has not read yet; null where there is nothing of the kind. */
export function listNotes(
  { pending, maintenance, retired, hidden }: NodeList,
  ink: Ink,
): Record<'pending' | 'maintenance' | 'retired' | 'hidden', string | null> {
  return {
    pending: pending > 0 ? ink.t('list.pending', { count: pending }) : null,
    maintenance: maintenance > 0 ? ink.t('list.maintenance', { count: maintenance }) : null,
    retired: retired > 0 ? ink.t('list.retired', { count: retired }) : null,
    hidden: hidden > 0 ? ink.t('list.hidden', { count: hidden }) : null,
  }
}

/** What is wrong with a node where no figure of its row shows it. */
export function unseenWords({ anomalies }: NodeRow, ink: Ink): { severity: Severity; text: string } | null {
  const anomaly = anomalies.find(isUnseenInFigures)
  if (anomaly === undefined) return null
  const reason = anomaly.reason && reasonText(ink, anomaly.reason)
  return {
    severity: anomaly.severity,
    text: dotted([ink.coded(`condition.${anomaly.code}`, anomaly.params), reason]),
  }
}

/** The worst of what is open on a node, and how much more there is. */
export function incidentWords(
  { incidents: [worst, ...more] }: Pick<NodeRow, 'incidents'>,
  ink: Ink,
): { level: Severity; text: string } | null {
  if (worst === undefined) return null
  const count = more.length === 0 ? '' : ` +${ink.number(more.length)}`
  return { level: worst.level, text: `${worst.id}${count}` }
}
