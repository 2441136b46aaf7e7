import { recordAt } from '../../registry/record-at.ts'
import type { NodeRecord } from '../../registry/schema.ts'
import type { Incident, Mute } from '../incidents/incident.ts'
import { isActive } from '../incidents/placing.ts'
import { rank } from '../monitor/signal.ts'
import type { NodeState } from '../openclaw/snapshot.ts'
import { type Actor, mayUse } from './access.ts'
import type { Context, OperationLimits } from './context.ts'
import type { Job } from './journal.ts'
import { maySeeScope } from './visible-scope.ts'

const MISSED_PASSES = 2

/** What was seen longer ago, in milliseconds, says nothing of now: since then passes were missed, or took all their time. */
export function staleAfterMs({
  refreshIntervalMs,
  listDeadlineMs,
}: Pick<OperationLimits, 'refreshIntervalMs' | 'listDeadlineMs'>): number {
  return MISSED_PASSES * (refreshIntervalMs + 2 * listDeadlineMs)
}

/** A node by its names. */
export interface Named {
  id: string
  name: string
}

/** An open incident and its node; null where it is about ocm itself or a node that is gone. */
export interface OpenOne {
  incident: Incident
  node: Named | null
}

/** How the fleet stands at one moment, from memory. Times are epoch milliseconds. */
export interface Overview {
  at: number
  /** Without the retired ones. */
  registered: number
  watched: number
  /** Watched nodes by what was seen of them lately. */
  states: Record<NodeState, number>
  /** Since when every watched node has been looked at; null when one never was, or there is none. */
  seenSince: number | null
  /** Worst first; the snoozed ones are apart. */
  open: OpenOne[]
  snoozed: OpenOne[]
  mutes: Mute[]
  jobs: Job[]
  maintenance: (Named & { until: number | null })[]
  backups: {
    /** The node whose newest proven backup is the oldest. */
    oldest: (Named & { takenAt: number }) | null
    /** Nodes without a proven backup, and those of which that is not known. */
    without: number
    unread: number
  }
}

type Known = Pick<
  Context,
  'registry' | 'snapshots' | 'incidents' | 'journal' | 'backups' | 'clock' | 'limits'
>

/**
 * Collects how the fleet stands, as far as the actor may see it. Asks no node.
 * @throws what the store throws
 */
export async function overviewOf(context: Known, actor: Actor): Promise<Overview> {
  const { registry, clock, journal, backups } = context
  await backups.book.prepare()
  const now = clock.now()
  const nodes = registry
    .list()
    .filter((node) => mayUse(actor, 'viewer', node))
    .map((node) => recordAt(node, now))
    .filter(({ state }) => state !== 'retired')
  const watched = nodes.filter(({ state }) => state === 'active')
  const { incidents, mutes } = context.incidents.state()
  const sees = (nodeId: string | null) => maySeeScope(context, actor, { nodeId, tag: null })
  const active = incidents
    .filter((one) => isActive(one) && one.paused === null && sees(one.subject.nodeId))
    .sort((a, b) => rank(b.level) - rank(a.level) || a.openedAt - b.openedAt)
    .map((incident): OpenOne => ({ incident, node: namedNode(nodes, incident.subject.nodeId) }))
  const isAsleep = ({ incident }: OpenOne) => incident.state === 'snoozed'
  return {
    at: now,
    registered: nodes.length,
    watched: watched.length,
    ...seenOf(context, watched, now),
    open: active.filter((one) => !isAsleep(one)),
    snoozed: active.filter(isAsleep),
    mutes: mutes.filter((mute) => mute.until > now && maySeeScope(context, actor, mute)),
    jobs: (await journal.underWay()).filter(({ nodeId }) => sees(nodeId)),
    maintenance: nodes
      .filter(({ state }) => state === 'maintenance')
      .map(({ id, name, maintenance }) => ({
        id,
        name,
        until: maintenance?.until ? Date.parse(maintenance.until) : null,
      })),
    backups: backupsOf(context, nodes),
  }
}

function namedNode(nodes: readonly NodeRecord[], nodeId: string | null): Named | null {
  if (nodeId === null) return null
  const found = nodes.find(({ id }) => id === nodeId)
  return { id: nodeId, name: found?.name ?? nodeId }
}

function seenOf(
  { snapshots, limits }: Known,
  watched: readonly NodeRecord[],
  now: number,
): Pick<Overview, 'states' | 'seenSince'> {
  const states = { serving: 0, 'not-serving': 0, 'service-down': 0, unreachable: 0, unknown: 0 }
  let seenSince: number | null = null
  let missing = watched.length === 0
  for (const { id } of watched) {
    const snapshot = snapshots.get(id)
    const isFresh = snapshot !== undefined && now - snapshot.observedAt <= staleAfterMs(limits)
    states[isFresh ? snapshot.state : 'unknown'] += 1
    if (snapshot === undefined) missing = true
    else seenSince = Math.min(seenSince ?? snapshot.observedAt, snapshot.observedAt)
  }
  return { states, seenSince: missing ? null : seenSince }
}

function backupsOf({ backups }: Known, nodes: readonly NodeRecord[]): Overview['backups'] {
  let oldest: Overview['backups']['oldest'] = null
  let without = 0
  let unread = 0
  for (const { id, name } of nodes) {
    const { proven } = backups.book.standing(id)
    if (proven.freshness === 'unknown') unread += 1
    else if (proven.value === null) without += 1
    else if (oldest === null || proven.value.takenAt < oldest.takenAt)
      oldest = { id, name, takenAt: proven.value.takenAt }
  }
  return { oldest, without, unread }
}
