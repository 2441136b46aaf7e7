import type { Incident, Mute, TimelineEntry } from '../incidents/incident.ts'
import { CONDITION_CODES, type Severity } from '../monitor/conditions.ts'
import type { IncidentSubject } from './incident-facts.ts'
import type { Ink } from './ink.ts'
import { dotted } from './readings.ts'

/** Agent and node, the node alone, or ocm. */
export function whoText({ incident, node }: IncidentSubject, ink: Ink, max = 80): string {
  if (!node) return ink.t('incident.ocm')
  const name = ink.remote(node.name, max)
  const { agentId } = incident.subject
  return agentId === null
    ? name
    : ink.t('incident.agent', {}, { agent: ink.remote(agentId, max), node: name })
}

/** What is wrong and what to do about it; what was wrong, and nothing to do, when it is over. */
export function causeWords(
  { cause, params, state }: Pick<Incident, 'cause' | 'params' | 'state'>,
  ink: Ink,
): { text: string; next: string | null } {
  if (state === 'resolved') return { text: ink.coded(`past.${cause}`, params), next: null }
  return { text: ink.coded(`condition.${cause}`, params), next: ink.coded(`condition.${cause}.next`, params) }
}

/** How an incident stands: since when, who has it, how long it took. */
export function incidentState(incident: Incident, ink: Ink): string {
  const person = (name: string) => ink.remote(name, 60)
  if (incident.resolvedAt !== null && incident.state === 'resolved')
    return ink.t(
      'incident.resolved',
      { ms: incident.resolvedAt - incident.openedAt },
      { when: ink.time(incident.resolvedAt) },
    )
  const { acknowledged, snoozed, paused } = incident
  return dotted([
    ink.t('incident.open', {}, { when: ink.time(incident.openedAt) }),
    acknowledged &&
      ink.t('incident.acknowledged', {}, { who: person(acknowledged.by), when: ink.time(acknowledged.at) }),
    snoozed && ink.t('incident.snoozed', {}, { who: person(snoozed.by), when: ink.time(snoozed.until, 'f') }),
    paused && ink.t('incident.paused', { why: paused.why }, { when: ink.time(paused.since) }),
  ])
}

/** One thing that happened, without its time. */
export function entryWords(entry: TimelineEntry, ink: Ink): string {
  if (entry.kind === 'resolved' && entry.params.minutes === 0) return ink.t('incident.resolved-soon')
  if (entry.kind === 'cause') return ink.t('timeline.cause', {}, { what: causeOf(entry, ink) })
  return ink.coded(`timeline.${entry.kind}`, {
    ...entry.params,
    ...(entry.level === null ? {} : { level: entry.level }),
    ...(entry.by === null ? {} : { by: entry.by }),
  })
}

function causeOf({ params }: TimelineEntry, ink: Ink): string {
  const code = CONDITION_CODES.find((known) => known === params.cause)
  return code === undefined ? ink.remote(String(params.cause), 60) : ink.coded(`condition.${code}`, params)
}

/** The worst level among incidents that last; null when none does. */
export function worstLevel(incidents: readonly Incident[]): Severity | null {
  const levels = incidents.filter(({ state }) => state !== 'resolved').map(({ level }) => level)
  return (['critical', 'warning', 'notice'] as const).find((level) => levels.includes(level)) ?? null
}

/** What a mute covers; null for the whole fleet. */
export function muteScope(
  { nodeId, agentId, tag }: Pick<Mute, 'nodeId' | 'agentId' | 'tag'>,
  ink: Ink,
): string | null {
  const parts = [nodeId, agentId].filter((part) => part !== null).map((part) => ink.code(part, 64))
  return dotted([...parts, tag !== null && `#${ink.remote(tag, 32)}`]) || null
}
