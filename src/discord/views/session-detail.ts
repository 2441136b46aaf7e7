import type { SessionDetail } from '../../operations/list-sessions.ts'
import { incidentState } from '../../presenters/incident.ts'
import { dotted } from '../../presenters/readings.ts'
import { forecastText, historyText, spendText } from '../../presenters/session-figures.ts'
import { type ButtonLook, buttonRow, type Card, type CardImage, type Colour, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { DiscordInk } from '../ink.ts'
import type { Reader } from '../reader.ts'
import { sessionTag } from '../session-tag.ts'
import { LEVEL_COLOURS } from './incident.ts'
import { incidentSymbol } from './incident-lines.ts'
import { sessionFigures } from './session-figures.ts'

/** One session: how full, how fast, since when, and what it has cost. */
export function sessionDetailView(
  detail: SessionDetail,
  node: { id: string; name: string },
  image: CardImage | undefined,
  reader: Reader,
): Card {
  const { ink } = reader
  const { session, forecast, incident } = detail
  const spend = spendText(session, ink)
  const part = (label: string, text: string) => (text === '' ? '' : `${ink.strong(label)}\n${text}`)
  return makeCard({
    colour: colourOf(detail),
    texts: [
      headText(detail, node, ink),
      sessionFigures(session, ink, detail.level),
      [
        part(
          ink.t('session.forecast'),
          forecast ? `⏱️ ${forecastText(forecast, ink)}` : ink.t('session.no-forecast'),
        ),
        part(ink.t('session.history'), historyText(detail, ink)),
        incident === null
          ? ''
          : part(
              ink.t('session.incident'),
              dotted([`${incidentSymbol(incident)} ${incident.id}`, incidentState(incident, ink)]),
            ),
        spend === null ? '' : ink.small(spend),
      ]
        .filter(Boolean)
        .join('\n'),
    ],
    image,
    controls: [buttonRow(buttons(node.id, session.key, ink))],
  })
}

function colourOf({ session, incident }: SessionDetail): Colour {
  if (incident !== null) return LEVEL_COLOURS[incident.level]
  return session.context.used.freshness === 'fresh' ? 'good' : 'unknown'
}

function headText(
  { session, observedAt }: SessionDetail,
  node: { id: string; name: string },
  ink: DiscordInk,
): string {
  const who = ink.t(
    'session.title',
    {},
    { agent: ink.strong(ink.remote(session.agentId, 80)), node: ink.named(node) },
  )
  return [
    ink.title(`💬 ${who}`),
    dotted([ink.code(session.key, 200), session.running === true && `⏳ ${ink.t('value.running')}`]),
    ink.small(
      dotted([
        session.model !== null && ink.remote(session.model, 80),
        ink.t('word.observed', {}, { when: ink.time(observedAt) }),
      ]),
    ),
    session.lastRunError === null ? '' : `⚠️ ${ink.code(session.lastRunError, 200)}`,
  ]
    .filter(Boolean)
    .join('\n')
}

function buttons(nodeId: string, sessionKey: string, ink: DiscordInk): ButtonLook[] {
  const id = (command: string, action: string) =>
    encodeCustomId(command, action, nodeId, sessionTag(sessionKey))
  return [
    { id: id('session-show', 'refresh'), label: ink.t('button.refresh'), emoji: '🔄' },
    { id: id('session-compact', 'ask'), label: ink.t('button.compact'), emoji: '🗜️', style: 'primary' },
    { id: id('session-reset', 'ask'), label: ink.t('button.new-session'), emoji: '🆕' },
    { id: id('session-prevent', 'ask'), label: ink.t('button.prevent'), emoji: '🛡️' },
  ]
}
