import type { APIComponentInContainer } from 'discord.js'
import type { Mute } from '../../incidents/incident.ts'
import { incidentState, muteScope as scopeOf, whoText, worstLevel } from '../../presenters/incident.ts'
import type { IncidentSubject } from '../../presenters/incident-facts.ts'
import { dotted } from '../../presenters/readings.ts'
import { buttonRow, type Card, makeCard, selectRow } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { DiscordInk } from '../ink.ts'
import { clampPage, MOST_PAGES, paginate, textBudget } from '../paging.ts'
import type { Reader } from '../reader.ts'
import { causeText, LEVEL_COLOURS } from './incident.ts'
import { incidentLine, incidentSymbol } from './incident-lines.ts'

const LINES_PER_PAGE = 10
const MUTES_SHOWN = 5

/** What `/alert list` shows. */
export interface IncidentListing {
  /** Worst first. */
  incidents: readonly IncidentSubject[]
  mutes: readonly Mute[]
  all: boolean
}

/** The open incidents, worst first, with a menu to look behind each. */
export function incidentListView(list: IncidentListing, reader: Reader, wanted = 1): Card {
  const { ink } = reader
  const mutes = mutesText(list.mutes, ink)
  const items = list.incidents.map((subject) => itemText(subject, ink))
  const budget = textBudget(headText(list, ink, MOST_PAGES, MOST_PAGES), mutes)
  const pages = paginate([{ heading: null, items }], budget, LINES_PER_PAGE)
  const page = clampPage(wanted, pages.length)
  const before = pages.slice(0, page - 1).reduce((sum, { items: count }) => sum + count, 0)
  const current = pages[page - 1]
  const worst = worstLevel(list.incidents.map(({ incident }) => incident))
  return makeCard({
    colour: worst === null ? 'good' : LEVEL_COLOURS[worst],
    texts: [
      headText(list, ink, page, pages.length),
      current?.texts.join('\n') ?? `✅ ${ink.t('alerts.none')}`,
      mutes,
    ],
    controls: controls(list, reader, page, pages.length, before, current?.items ?? 0),
  })
}

function headText(list: IncidentListing, ink: DiscordInk, page: number, pages: number): string {
  const count = ink.t('alerts.count', { count: list.incidents.length })
  const title = ink.title(`🔔 ${ink.t('alerts.title')} · ${count}`)
  return pages > 1 ? `${title}\n${ink.small(ink.t('word.page', { page, pages }))}` : title
}

function itemText(subject: IncidentSubject, ink: DiscordInk): string {
  const { incident } = subject
  const cause =
    causeText({ ...subject, forecast: null, reason: null, absorbed: [] }, ink).split('\n')[0] ?? ''
  const held = incident.place === 'held' && incident.state !== 'resolved' && ink.t('incident.held')
  return [incidentLine(subject, ink), ink.small(dotted([incidentState(incident, ink), held])), cause].join(
    '\n',
  )
}

function mutesText(mutes: readonly Mute[], ink: DiscordInk): string {
  if (mutes.length === 0) return ''
  const more = mutes.length - MUTES_SHOWN
  return [
    ink.strong(`🔕 ${ink.t('alerts.mutes')}`),
    ...mutes
      .slice(0, MUTES_SHOWN)
      .map((mute) =>
        ink.t(
          'alerts.mute',
          {},
          { scope: muteScope(mute, ink), when: ink.time(mute.until, 'f'), who: ink.remote(mute.by, 60) },
        ),
      ),
    more > 0 ? ink.t('word.more', { count: more }) : '',
  ]
    .filter(Boolean)
    .join('\n')
}

/** What a mute covers, in words. */
export function muteScope(scope: Pick<Mute, 'nodeId' | 'agentId' | 'tag'>, ink: DiscordInk): string {
  return scopeOf(scope, ink) ?? ink.t('alerts.mute-all')
}

function controls(
  list: IncidentListing,
  reader: Reader,
  page: number,
  pages: number,
  from: number,
  count: number,
): APIComponentInContainer[] {
  const { ink } = reader
  // Labels of a menu are shown literally.
  const { plain } = reader
  const shown = list.incidents.slice(from, from + count)
  const id = (action: string, to: number) => encodeCustomId('alert-list', action, to, Number(list.all))
  const refresh = { id: id('refresh', page), label: ink.t('button.refresh'), emoji: '🔄' }
  const turn = [
    { id: id('page', page - 1), label: ink.t('button.previous'), emoji: '◀️', disabled: page <= 1 },
    { id: id('page', page + 1), label: ink.t('button.next'), emoji: '▶️', disabled: page >= pages },
  ]
  return [
    ...(shown.length === 0
      ? []
      : [
          selectRow(
            encodeCustomId('alert-list', 'pick'),
            ink.t('alerts.pick'),
            shown.map((subject) => ({
              value: subject.incident.id,
              label: `${subject.incident.id} · ${whoText(subject, plain)}`,
              description: ink.t(`topic.${subject.incident.topic}`),
              emoji: incidentSymbol(subject.incident),
            })),
          ),
        ]),
    buttonRow(pages > 1 ? [...turn, refresh] : [refresh]),
  ]
}
