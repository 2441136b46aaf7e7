import type { Reason } from '../../base/reading.ts'
import type { Incident } from '../../incidents/incident.ts'
import { outranksLevels } from '../../incidents/lifecycle.ts'
import { isActive } from '../../incidents/placing.ts'
import { type Forecast, forecast } from '../../monitor/forecast.ts'
import { type Thresholds, thresholdsFor } from '../../monitor/thresholds.ts'
import type { SessionFacts } from '../../openclaw/snapshot.ts'
import type { Context } from '../../operations/context.ts'

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
  const found = context.registry.list().find(({ id }) => id === nodeId)
  return { incident, node: nodeId === null ? null : { id: nodeId, name: found?.name ?? nodeId } }
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
  const tags = context.registry.list().find(({ id }) => id === nodeId)?.tags ?? []
  const sessions = nodeId === null ? null : context.snapshots.get(nodeId)?.sessions.value
  return {
    ...incidentFacts(context, incident),
    session: sessions?.find(({ key }) => key === sessionKey) ?? null,
    thresholds: thresholdsFor(context.rules.value(), { nodeId: nodeId ?? '', tags, agentId }),
  }
}
