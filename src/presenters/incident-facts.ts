import { findRecord } from '../../registry/find-record.ts'
import type { Reason } from '../base/reading.ts'
import type { Digest, Incident } from '../incidents/incident.ts'
import { outranksLevels } from '../incidents/lifecycle.ts'
import { isActive } from '../incidents/placing.ts'
import { type Forecast, forecast } from '../monitor/forecast.ts'
import { rank } from '../monitor/signal.ts'
import { type Thresholds, thresholdsFor } from '../monitor/thresholds.ts'
import type { SessionFacts } from '../openclaw/snapshot.ts'
import type { Context } from '../operations/context.ts'

/** Who or what an incident is about, with the names that people know. */
export interface IncidentSubject {
  incident: Incident
  /** null when the incident is about the bot, or the node is no longer registered. */
  node: { id: string; name: string } | null
}

/** An incident with all that its card shows. */
export interface IncidentFacts extends IncidentSubject {
  forecast: Forecast | null
  /** Why a node is in its state, as it was last read. */
  reason: Reason | null
  /** Open incidents that this one explains. */
  absorbed: IncidentSubject[]
}

/** Many incidents in one message. */
export interface DigestFacts {
  id: string
  /** How many it lists, also those that are forgotten, and how many of them are open. */
  total: number
  open: number
  /** The worst of them. */
  shown: IncidentSubject[]
}

/** What "Why?" shows on top of the card. */
export interface WhyFacts extends IncidentFacts {
  /** The session as it was last read. */
  session: SessionFacts | null
  thresholds: Thresholds
}

type Known = Pick<Context, 'registry' | 'histories' | 'incidents' | 'snapshots' | 'clock'>

/** Names the subject of an incident. */
export function subjectOf(context: Pick<Context, 'registry'>, incident: Incident): IncidentSubject {
  const { nodeId } = incident.subject
  const found = findRecord(context.registry.list(), nodeId)
  return { incident, node: nodeId === null ? null : { id: nodeId, name: found?.name ?? nodeId } }
}

/** More lines than a digest has room for. */
const DIGEST_LINES = 30

/** Collects from memory what a digest shows. It may list thousands, so only the worst are looked at closely. */
export function digestFacts(
  context: Pick<Context, 'registry' | 'incidents'>,
  { id, forgotten }: Digest,
): DigestFacts {
  const members = context.incidents.membersOf(id)
  const byWeight = new Map<number, Incident[]>()
  for (const incident of members) {
    const weight = isActive(incident) ? rank(incident.level) : 0
    const alike = byWeight.get(weight)
    if (alike) alike.push(incident)
    else byWeight.set(weight, [incident])
  }
  const worst = [3, 2, 1, 0].flatMap((weight) => (byWeight.get(weight) ?? []).slice(0, DIGEST_LINES))
  return {
    id,
    total: members.length + forgotten,
    open: members.length - (byWeight.get(0)?.length ?? 0),
    shown: worst.slice(0, DIGEST_LINES).map((incident) => subjectOf(context, incident)),
  }
}

/** Collects from memory what the card of an incident shows. */
export function incidentFacts(context: Known, incident: Incident): IncidentFacts {
  const { nodeId, sessionKey } = incident.subject
  const history =
    nodeId !== null && sessionKey !== null ? context.histories.get(nodeId, sessionKey) : undefined
  return {
    ...subjectOf(context, incident),
    forecast:
      history && isActive(incident) && !isRefused(incident) ? forecast(history, context.clock.now()) : null,
    reason: isActive(incident) ? reasonOf(context, incident) : null,
    absorbed: context.incidents.explainedBy(incident).map((other) => subjectOf(context, other)),
  }
}

/** Where the next turn is refused already, nothing is ahead any more. */
function isRefused({ cause }: Incident): boolean {
  return outranksLevels(cause) || cause === 'context-full'
}

/** Why the node is in its state, or cannot be watched, as it was last read. */
function reasonOf({ snapshots }: Pick<Context, 'snapshots'>, { topic, subject }: Incident): Reason | null {
  const snapshot = subject.nodeId === null ? undefined : snapshots.get(subject.nodeId)
  if (snapshot === undefined) return null
  if (topic === 'availability') return snapshot.reason
  return topic === 'watch' && snapshot.sessions.freshness === 'unknown' ? snapshot.sessions.reason : null
}

/** Collects from memory what is behind an incident; nothing is asked of the node, which may be the one that is ill. */
export function whyFacts(context: Known & Pick<Context, 'rules'>, incident: Incident): WhyFacts {
  const { nodeId, agentId, sessionKey } = incident.subject
  const tags = findRecord(context.registry.list(), nodeId)?.tags ?? []
  const sessions = nodeId === null ? null : context.snapshots.get(nodeId)?.sessions.value
  return {
    ...incidentFacts(context, incident),
    session: sessions?.find(({ key }) => key === sessionKey) ?? null,
    thresholds: thresholdsFor(context.rules.value(), { nodeId: nodeId ?? '', tags, agentId }),
  }
}
