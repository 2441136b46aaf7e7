import type { Incident, TimelineEntry, TimelineKind } from '../../incidents/incident.ts'
import { entryWords, whoText } from '../../presenters/incident.ts'
import type { IncidentSubject } from '../../presenters/incident-facts.ts'
import { dotted } from '../../presenters/readings.ts'
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

/** What one incident is, in a line. */
export function incidentLine(subject: IncidentSubject, ink: DiscordInk): string {
  const { incident } = subject
  return dotted([
    `${incidentSymbol(incident)} ${ink.strong(whoText(subject, ink, 40))}`,
    ink.t(`topic.${incident.topic}`),
    incident.id,
  ])
}

/** One thing that happened, with its sign and without its time. */
export function entryText(entry: TimelineEntry, ink: DiscordInk): string {
  const symbol = KIND_SYMBOLS[entry.kind] ?? SEVERITY_SYMBOLS[entry.level ?? 'notice']
  return `${symbol} ${entryWords(entry, ink)}`
}
