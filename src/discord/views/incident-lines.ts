import type { Incident, TimelineEntry, TimelineKind } from '../../incidents/incident.ts'
import { CONDITION_CODES, type Severity } from '../../monitor/conditions.ts'
import { dotted } from '../../presenters/readings.ts'
import type { IncidentSubject } from '../alerts/incident-facts.ts'
import type { DiscordInk } from '../ink.ts'
import { SEVERITY_SYMBOLS } from './symbols.ts'

const KIND_SYMBOLS: Record<TimelineKind, string | null> = {
  opened: null,
  worse: null,
  better: null,
  cause: '🔎',
  reopened: null,
  flapping: '🔁',
  unseen: '🌫️',
  'seen-again': '👀',
  acknowledged: '🙋',
  snoozed: '😴',
  unsnoozed: '⏰',
  woken: '⏰',
  escalated: '📣',
  acted: '🛠️',
  released: '📌',
  reposted: '♻️',
  resolved: '✅',
  paused: '⏸️',
  resumed: '▶️',
}

/** The sign of an incident: its level while it lasts. */
export function incidentSymbol(incident: Incident): string {
  return incident.state === 'resolved' ? '✅' : SEVERITY_SYMBOLS[incident.level]
}

/** Agent and node, the node alone, or ocm. */
export function whoText({ incident, node }: IncidentSubject, ink: DiscordInk, max = 80): string {
  if (!node) return ink.t('incident.ocm')
  const name = ink.remote(node.name, max)
  const { agentId } = incident.subject
  return agentId === null
    ? name
    : ink.t('incident.agent', {}, { agent: ink.remote(agentId, max), node: name })
}

/** What one incident is, in a line. */
export function incidentLine(subject: IncidentSubject, ink: DiscordInk): string {
  const { incident } = subject
  return dotted([
    `${incidentSymbol(incident)} ${ink.strong(whoText(subject, ink, 40))}`,
    ink.t(`topic.${incident.topic}`),
    incident.id,
  ])
}

/** How an incident stands: since when, who has it, how long it took. */
export function stateText(incident: Incident, ink: DiscordInk): string {
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
export function entryText(entry: TimelineEntry, ink: DiscordInk): string {
  const symbol = KIND_SYMBOLS[entry.kind] ?? SEVERITY_SYMBOLS[entry.level ?? 'notice']
  if (entry.kind === 'resolved' && entry.params.minutes === 0)
    return `${symbol} ${ink.t('incident.resolved-soon')}`
  if (entry.kind === 'cause') return `${symbol} ${ink.t('timeline.cause', {}, { what: causeOf(entry, ink) })}`
  const params = {
    ...entry.params,
    ...(entry.level === null ? {} : { level: entry.level }),
    ...(entry.by === null ? {} : { by: entry.by }),
  }
  return `${symbol} ${ink.coded(`timeline.${entry.kind}`, params)}`
}

function causeOf({ params }: TimelineEntry, ink: DiscordInk): string {
  const code = CONDITION_CODES.find((known) => known === params.cause)
  return code === undefined ? ink.remote(String(params.cause), 60) : ink.coded(`condition.${code}`, params)
}

/** The worst level among incidents that last; null when none does. */
export function worstLevel(incidents: readonly Incident[]): Severity | null {
  const levels = incidents.filter(({ state }) => state !== 'resolved').map(({ level }) => level)
  return (['critical', 'warning', 'notice'] as const).find((level) => levels.includes(level)) ?? null
}
