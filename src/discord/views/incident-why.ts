import { incidentState, whoText } from '../../presenters/incident.ts'
import type { WhyFacts } from '../../presenters/incident-facts.ts'
import { dotted } from '../../presenters/readings.ts'
import { forecastText } from '../../presenters/session-figures.ts'
import { type Card, type CardImage, makeCard } from '../card.ts'
import type { DiscordInk } from '../ink.ts'
import type { Reader } from '../reader.ts'
import { causeText, figuresText, LEVEL_COLOURS } from './incident.ts'
import { entryText, incidentSymbol } from './incident-lines.ts'
import { sessionFigures } from './session-figures.ts'

const ENTRIES_SHOWN = 10

/** What is behind an incident: the values, the rule, the curve, what happened, and what to do. */
export function incidentWhyView(facts: WhyFacts, image: CardImage | undefined, reader: Reader): Card {
  const { ink } = reader
  const { incident, session } = facts
  const active = incident.state !== 'resolved'
  const values = session ? sessionFigures(session, ink) : figuresText(incident, ink)
  const part = (label: string, text: string) => (text === '' ? '' : `${ink.strong(label)}\n${text}`)
  const pace = facts.forecast ? `⏱️ ${forecastText(facts.forecast, ink)}` : ''
  return makeCard({
    colour: active ? LEVEL_COLOURS[incident.level] : 'unknown',
    texts: [
      [
        ink.title(`${incidentSymbol(incident)} ${ink.t('why.title', {}, { id: incident.id })}`),
        dotted([whoText(facts, ink), ink.t(`topic.${incident.topic}`)]),
        ink.small(incidentState(incident, ink)),
      ].join('\n'),
      causeText(facts, ink),
      part(ink.t('why.values'), [values, pace].filter(Boolean).join('\n')),
      part(ink.t('why.rule'), ruleText(facts, ink)),
      part(ink.t('why.timeline'), timelineText(facts, ink)),
    ],
    image,
  })
}

function ruleText({ incident, thresholds: at }: WhyFacts, ink: DiscordInk): string {
  const { window, reserve } = incident.params
  switch (incident.topic) {
    case 'context':
      return [
        ink.t('why.rule-context', {
          notice: at.contextNotice,
          warning: at.contextWarning,
          critical: at.contextCritical,
        }),
        typeof window === 'number' && typeof reserve === 'number'
          ? ink.t('why.rule-refuses', { limit: window - reserve, window, reserve })
          : '',
      ]
        .filter(Boolean)
        .map((line) => `- ${line}`)
        .join('\n')
    case 'disk':
      return ink.t('why.rule-share', { warning: at.diskWarning, critical: at.diskCritical })
    case 'memory':
      return ink.t('why.rule-share', { warning: at.memoryWarning, critical: at.memoryCritical })
    default:
      return ink.t('why.rule-none')
  }
}

function timelineText({ incident }: WhyFacts, ink: DiscordInk): string {
  const shown = incident.timeline.slice(-ENTRIES_SHOWN)
  const earlier = incident.timelineStart + incident.timeline.length - shown.length
  return [
    ...(earlier > 0 ? [ink.small(ink.t('why.earlier', { count: earlier }))] : []),
    ...shown.map((entry) => `${ink.time(entry.at, 't')} ${entryText(entry, ink)}`),
  ].join('\n')
}
