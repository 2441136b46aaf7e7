import type { BotList, BotRow, NodeBots } from '../../operations/list-bots.ts'
import { botCounts, channelsText } from '../../presenters/bots.ts'
import { dotted, reasonText } from '../../presenters/readings.ts'
import { STATE_MOODS } from '../../presenters/told.ts'
import { buttonRow, type Card, type Colour, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { DiscordInk } from '../ink.ts'
import { clampPage, MOST_PAGES, paginate, type Section, textBudget } from '../paging.ts'
import type { Reader } from '../reader.ts'
import { fillText } from './session-figures.ts'
import { STATE_SYMBOLS, worstColour } from './symbols.ts'

const ROWS_PER_PAGE = 12
const REMOTE_MAX = 80

/** The bots of a node or of many, under the names of their nodes. */
export function botListView(list: BotList, reader: Reader, wanted = 1): Card {
  const { ink } = reader
  const alone = list.filter.node === null ? null : (list.nodes[0] ?? null)
  const sections = list.nodes.map((node) => nodeSection(node, alone !== null, ink))
  const head = (page: number, pages: number) => headText(list, alone, ink, page, pages)
  const pages = paginate(sections, textBudget(head(MOST_PAGES, MOST_PAGES)), ROWS_PER_PAGE)
  const page = clampPage(wanted, pages.length)
  return makeCard({
    colour: worstColour(list.nodes.map(colourOf)),
    texts: [head(page, pages.length), ...(pages[page - 1]?.texts ?? [ink.t('list.no-match')])],
    controls: [controls(list, ink, page, pages.length)],
  })
}

function colourOf({ state, pending, bots }: NodeBots): Colour {
  if (pending) return 'neutral'
  return bots.freshness === 'unknown' ? worstColour(['unknown', STATE_MOODS[state]]) : STATE_MOODS[state]
}

function headText(
  list: BotList,
  alone: NodeBots | null,
  ink: DiscordInk,
  page: number,
  pages: number,
): string {
  const { unread, pending, ...counts } = botCounts(list)
  const title = alone === null ? ink.t('bots.title') : ink.t('bots.of', {}, { node: ink.named(alone) })
  return [
    ink.title(`🤖 ${title}`),
    ink.small(
      dotted([
        ink.t('bots.counts', counts),
        unread > 0 && `⚠️ ${ink.t('bots.unread-nodes', { count: unread })}`,
        pending > 0 && `⏳ ${ink.t('list.pending', { count: pending })}`,
        ink.t(list.live ? 'bots.live' : 'bots.cached'),
        list.filter.tags.length > 0 && ink.t('list.filter', { filter: list.filter.tags.join(', ') }),
        pages > 1 && ink.t('word.page', { page, pages }),
      ]),
    ),
  ].join('\n')
}

function nodeSection(node: NodeBots, alone: boolean, ink: DiscordInk): Section {
  const seen = node.observedAt === null ? null : ink.time(node.observedAt)
  const heading = dotted([
    `${STATE_SYMBOLS[node.state]} ${alone ? ink.t(`state.${node.state}`) : ink.named(node)}`,
    seen !== null && ink.t('word.observed', {}, { when: seen }),
    node.pending && `⏳ ${ink.t('list.reading')}`,
  ])
  return { heading: ink.heading(heading), items: botItems(node, ink) }
}

function botItems({ bots, pending }: NodeBots, ink: DiscordInk): string[] {
  if (bots.freshness === 'unknown') {
    if (pending) return [ink.t('list.reading')]
    return [`⚠️ ${ink.t('bots.unread', {}, { reason: reasonText(ink, bots.reason) })}`]
  }
  if (bots.value.length === 0) return [ink.t('value.no-agents')]
  const doubt =
    bots.freshness === 'stale' && bots.source === 'registry'
      ? ink.t(
          'bots.remembered',
          {},
          { when: ink.time(bots.observedAt), reason: reasonText(ink, bots.reason) },
        )
      : null
  const items = bots.value.map((bot) => (doubt === null ? botText(bot, ink) : headLine(bot, ink)))
  return doubt === null ? items : [ink.small(`⚠️ ${doubt}`), ...items]
}

function headLine({ id, name, model, isDefault }: BotRow, ink: DiscordInk): string {
  return dotted([
    `${ink.strong(ink.remote(id, REMOTE_MAX))}${name && name !== id ? ` ${ink.remote(name, REMOTE_MAX)}` : ''}`,
    isDefault && ink.t('label.default-agent'),
    model !== null && ink.code(model, REMOTE_MAX),
  ])
}

function botText(bot: BotRow, ink: DiscordInk): string {
  return [
    headLine(bot, ink),
    contextLine(bot, ink),
    ink.small(
      dotted([
        `💬 ${bot.sessions.value === null ? ink.t('word.sessions-unknown') : ink.t('word.sessions', { count: bot.sessions.value })}`,
        `📡 ${channelsText(bot, ink)}`,
        lastActivityText(bot, ink),
      ]),
    ),
  ].join('\n')
}

/** Nothing where there is no conversation: that is told already. */
function lastActivityText({ lastActivityAt: at }: BotRow, ink: DiscordInk): string | null {
  if (at.freshness === 'unknown') return ink.t('bots.last-unknown')
  return at.value === null ? null : ink.t('bots.last', {}, { when: ink.time(at.value) })
}

/** The fullest conversation, with its figures, where they were read and how old they are. */
function contextLine({ fullest, context, level, sessions }: BotRow, ink: DiscordInk): string {
  if (fullest.value === null || context === null) {
    if (sessions.value === 0) return ink.small(ink.t('value.no-sessions'))
    const reason = fullest.freshness === 'unknown' ? reasonText(ink, fullest.reason) : ink.t('word.unknown')
    return ink.small(ink.t('bots.no-context', {}, { reason }))
  }
  const { used } = context
  const read =
    used.source === null
      ? null
      : ink.t('why.read', { source: used.source }, { when: ink.time(used.observedAt) })
  return [
    fillText(context, ink, level),
    ink.small(dotted([ink.code(fullest.value.sessionKey, 100), read])),
  ].join('\n')
}

/** The filter of a list in the id of its buttons. */
function filterPart({ filter: { node, tags } }: BotList): string {
  return node === null ? `t:${tags[0] ?? ''}` : `n:${node}`
}

function controls(list: BotList, ink: DiscordInk, page: number, pages: number) {
  const id = (action: string, to: number, live: boolean) =>
    encodeCustomId('bot-list', action, to, filterPart(list), live ? 1 : 0)
  const turn = [
    { id: id('previous', page - 1, false), label: ink.t('button.previous'), emoji: '◀️', disabled: page <= 1 },
    { id: id('next', page + 1, false), label: ink.t('button.next'), emoji: '▶️', disabled: page >= pages },
  ]
  const ask = { id: id('refresh', page, true), label: ink.t('button.live'), emoji: '🔄' }
  return buttonRow(pages > 1 ? [...turn, ask] : [ask])
}
