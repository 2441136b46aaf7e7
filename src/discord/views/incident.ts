import type { APIComponentInContainer } from 'discord.js'
import type { Incident } from '../../incidents/incident.ts'
import { outranksLevels } from '../../incidents/lifecycle.ts'
import type { Severity } from '../../monitor/conditions.ts'
import { causeWords, incidentState, whoText } from '../../presenters/incident.ts'
import type { IncidentFacts } from '../../presenters/incident-facts.ts'
import { dotted, reasonText } from '../../presenters/readings.ts'
import { forecastText } from '../../presenters/session-figures.ts'
import { type ButtonLook, buttonRow, type Card, type Colour, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { DiscordInk } from '../ink.ts'
import type { Reader } from '../reader.ts'
import { entryText, incidentLine, incidentSymbol } from './incident-lines.ts'

const ABSORBED_SHOWN = 8

export const LEVEL_COLOURS: Record<Severity, Colour> = {
  critical: 'bad',
  warning: 'warning',
  notice: 'neutral',
}

/** The one message of an incident, edited through its life. `roleId`: who is called when it is critical. */
export function incidentView(facts: IncidentFacts, reader: Reader, roleId: string | null): Card {
  const { ink } = reader
  const { incident } = facts
  const active = incident.state !== 'resolved'
  return makeCard({
    colour: active ? LEVEL_COLOURS[incident.level] : 'unknown',
    texts: [
      headText(facts, ink),
      [causeText(facts, ink), figuresText(incident, ink), forecastLine(facts, ink)]
        .filter(Boolean)
        .join('\n'),
      absorbedText(facts, ink),
      [
        ink.small(dotted([incidentState(incident, ink), ink.code(incident.id)])),
        ...doubtLines(incident, ink),
        lastActText(incident, ink),
        active && incident.peak === 'critical' && roleId !== null
          ? ink.t('incident.calls', {}, { who: roleMention(roleId) })
          : '',
      ]
        .filter(Boolean)
        .join('\n'),
    ],
    controls: active
      ? [...actionRow(incident, ink), handleRow(incident, ink)]
      : [buttonRow([whyButton(incident, ink)])],
  })
}

/** Calls everybody with a role, where the message allows it. */
export function roleMention(roleId: string): string {
  return `<@&${roleId}>`
}

function headText(facts: IncidentFacts, ink: DiscordInk): string {
  const { incident, node } = facts
  const { sessionKey } = incident.subject
  const model = incident.params.model
  return [
    ink.title(`${incidentSymbol(incident)} ${whoText(facts, ink)}`),
    dotted([
      incident.state === 'resolved'
        ? ink.t('incident.was', { level: incident.peak })
        : ink.strong(ink.t(`level.${incident.level}`)),
      ink.t(`topic.${incident.topic}`),
      node && ink.code(node.id),
    ]),
    sessionKey === null
      ? ''
      : ink.small(dotted([ink.code(sessionKey, 120), typeof model === 'string' && ink.remote(model, 60)])),
  ]
    .filter(Boolean)
    .join('\n')
}

/** What is wrong in words and what to do next; what was wrong, when it is over. */
export function causeText({ incident, reason }: IncidentFacts, ink: DiscordInk): string {
  const { text, next } = causeWords(incident, ink)
  if (next === null) return ink.strong(text)
  const why =
    reason === null
      ? ''
      : `
${ink.small(reasonText(ink, reason))}`
  return `${ink.strong(text)}${why}
${ink.small(`→ ${next}`)}`
}

/** The bar and the sums behind it, for what is measured in tokens. */
export function figuresText({ params, state, cause }: Incident, ink: DiscordInk): string {
  const { used, window, reserve, headroom, percent } = params
  if (typeof used !== 'number' || typeof window !== 'number' || typeof reserve !== 'number') return ''
  if (state === 'resolved') return ink.small(ink.t('incident.was-used', { used, usable: window - reserve }))
  // The provider counts differently: what the counter says is left is not there.
  const refused = outranksLevels(cause)
  const left = typeof headroom === 'number' ? headroom : window - reserve - used
  return [
    dotted([
      typeof percent === 'number' && ink.meter(percent, null),
      ink.t('value.context', { used, usable: window - reserve }),
      !refused &&
        (left < 0 ? ink.t('value.over', { over: -left }) : ink.t('value.headroom', { headroom: left })),
    ]),
    ink.small(ink.t('incident.figures', { window, reserve })),
  ].join('\n')
}

function forecastLine({ forecast }: IncidentFacts, ink: DiscordInk): string {
  return forecast ? `⏱️ ${forecastText(forecast, ink)}` : ''
}

function absorbedText({ absorbed }: IncidentFacts, ink: DiscordInk): string {
  if (absorbed.length === 0) return ''
  const more = absorbed.length - ABSORBED_SHOWN
  return [
    ink.t('incident.absorbed', { count: absorbed.length }),
    ...absorbed.slice(0, ABSORBED_SHOWN).map((subject) => `- ${incidentLine(subject, ink)}`),
    more > 0 ? ink.t('word.more', { count: more }) : '',
  ]
    .filter(Boolean)
    .join('\n')
}

function doubtLines(incident: Incident, ink: DiscordInk): string[] {
  if (incident.state === 'resolved') return []
  return [
    incident.unseenSince === null
      ? ''
      : ink.small(`🌫️ ${ink.t('incident.unseen', {}, { when: ink.time(incident.unseenSince) })}`),
    incident.flapping ? ink.small(`🔁 ${ink.t('incident.flapping')}`) : '',
  ].filter(Boolean)
}

/** What was last done about it, and by whom. */
function lastActText(incident: Incident, ink: DiscordInk): string {
  const act = incident.timeline.findLast(({ kind }) => kind === 'acted')
  return act ? ink.small(dotted([entryText(act, ink), ink.time(act.at)])) : ''
}

function actionRow(incident: Incident, ink: DiscordInk): APIComponentInContainer[] {
  if (incident.subject.sessionKey === null || incident.subject.nodeId === null) return []
  return [
    buttonRow([
      control(incident, 'compact', { label: ink.t('button.compact'), emoji: '🗜️', style: 'primary' }),
      control(incident, 'reset', { label: ink.t('button.new-session'), emoji: '🆕' }),
      control(incident, 'prevent', { label: ink.t('button.prevent'), emoji: '🛡️' }),
    ]),
  ]
}

function handleRow(incident: Incident, ink: DiscordInk): APIComponentInContainer {
  const taken = incident.acknowledged !== null
  return buttonRow([
    control(incident, 'ack', {
      label: ink.t('button.ack'),
      emoji: '🙋',
      style: taken ? 'secondary' : 'success',
      disabled: taken,
    }),
    control(incident, 'snooze-hour', { label: ink.t('button.snooze-hour'), emoji: '😴' }),
    control(incident, 'snooze-long', { label: ink.t('button.snooze-long') }),
    ...(incident.subject.nodeId === null
      ? []
      : [control(incident, 'status', { label: ink.t('button.status'), emoji: '🩺' })]),
    whyButton(incident, ink),
  ])
}

function whyButton(incident: Incident, ink: DiscordInk): ButtonLook {
  return control(incident, 'why', { label: ink.t('button.why'), emoji: '❓' })
}

function control(incident: Incident, action: string, look: Omit<ButtonLook, 'id'>): ButtonLook {
  return { id: encodeCustomId('alert-list', action, incident.id), ...look }
}

/** By this id of a control, the message of an incident is found again. */
export function incidentMarker(incidentId: string): string {
  return encodeCustomId('alert-list', 'why', incidentId)
}
