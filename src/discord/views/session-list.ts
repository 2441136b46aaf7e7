import type { APIComponentInContainer } from 'discord.js'
import type { SessionList, SessionView } from '../../operations/list-sessions.ts'
import { worstLevel } from '../../presenters/incident.ts'
import { dotted, limitText, reasonText } from '../../presenters/readings.ts'
import { forecastText, leftText } from '../../presenters/session-figures.ts'
import { buttonRow, type Card, type Colour, makeCard, selectRow } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { DiscordInk } from '../ink.ts'
import { clampPage, MOST_PAGES, paginate, textBudget } from '../paging.ts'
import type { Reader } from '../reader.ts'
import { sessionTag } from '../session-tag.ts'
import { LEVEL_COLOURS } from './incident.ts'
import { incidentSymbol } from './incident-lines.ts'
import { fillText } from './session-figures.ts'

const ROWS_PER_PAGE = 10

/** The sessions of a node, fullest first. `filter` is the tag of the one agent that is shown, '' for all. */
export function sessionListView(
  list: SessionList,
  node: { id: string; name: string },
  filter: string,
  reader: Reader,
  wanted = 1,
): Card {
  const { ink } = reader
  const items = list.sessions.map((view) => rowText(view, ink))
  const head = (page: number, pages: number) => headText(list, node, ink, page, pages)
  const pages = paginate([{ heading: null, items }], textBudget(head(MOST_PAGES, MOST_PAGES)), ROWS_PER_PAGE)
  const page = clampPage(wanted, pages.length)
  const before = pages.slice(0, page - 1).reduce((sum, { items: count }) => sum + count, 0)
  const current = pages[page - 1]
  const shown = list.sessions.slice(before, before + (current?.items ?? 0))
  const empty =
    list.reason === null
      ? ink.t('sessions.none')
      : `⚠️ ${ink.t('sessions.unreadable', {}, { reason: reasonText(ink, list.reason) })}`
  return makeCard({
    colour: colourOf(list),
    texts: [head(page, pages.length), current?.texts.join('\n') ?? empty],
    controls: controls(node.id, filter, shown, ink, page, pages.length),
  })
}

function colourOf(list: SessionList): Colour {
  if (list.reason !== null) return 'unknown'
  const worst = worstLevel(list.sessions.flatMap(({ incident }) => incident ?? []))
  return worst === null ? 'good' : LEVEL_COLOURS[worst]
}

function headText(
  list: SessionList,
  node: { id: string; name: string },
  ink: DiscordInk,
  page: number,
  pages: number,
): string {
  return [
    ink.title(`💬 ${ink.t('sessions.title', {}, { node: ink.named(node) })}`),
    ink.small(
      dotted([
        list.reason === null
          ? ink.t('word.sessions', { count: list.sessions.length })
          : ink.t('word.sessions-unknown'),
        limitText(ink, list, list.sessions.length),
        ink.t('word.observed', {}, { when: ink.time(list.observedAt) }),
        pages > 1 && ink.t('word.page', { page, pages }),
      ]),
    ),
  ].join('\n')
}

function rowText({ session, level, forecast, incident }: SessionView, ink: DiscordInk): string {
  return [
    dotted([
      `${incident ? `${incidentSymbol(incident)} ` : ''}${ink.strong(ink.remote(session.agentId, 60))}`,
      ink.code(session.key, 100),
      session.running === true && ink.t('value.running'),
    ]),
    dotted([fillText(session.context, ink, level), leftText(session.context, ink)]),
    forecast ? ink.small(`⏱️ ${forecastText(forecast, ink)}`) : '',
  ]
    .filter(Boolean)
    .join('\n')
}

function controls(
  nodeId: string,
  filter: string,
  shown: readonly SessionView[],
  ink: DiscordInk,
  page: number,
  pages: number,
): APIComponentInContainer[] {
  const id = (action: string, to: number) => encodeCustomId('session-list', action, nodeId, to, filter)
  const options = new Map(
    shown.map(({ session, incident }) => [
      sessionTag(session.key),
      {
        value: sessionTag(session.key),
        label: session.key,
        description: dotted([
          session.agentId,
          session.context.usablePercent.value === null
            ? ink.t('word.unknown')
            : ink.percent(session.context.usablePercent.value),
        ]),
        emoji: incident ? incidentSymbol(incident) : '💬',
      },
    ]),
  )
  const refresh = { id: id('refresh', page), label: ink.t('button.refresh'), emoji: '🔄' }
  const turn = [
    { id: id('page', page - 1), label: ink.t('button.previous'), emoji: '◀️', disabled: page <= 1 },
    { id: id('page', page + 1), label: ink.t('button.next'), emoji: '▶️', disabled: page >= pages },
  ]
  return [
    ...(options.size === 0
      ? []
      : [
          selectRow(encodeCustomId('session-show', 'pick', nodeId), ink.t('sessions.pick'), [
            ...options.values(),
          ]),
        ]),
    buttonRow(pages > 1 ? [...turn, refresh] : [refresh]),
  ]
}
