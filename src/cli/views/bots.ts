import type { BotList, BotRow, NodeBots } from '../../operations/list-bots.ts'
import { botCounts, channelsText } from '../../presenters/bots.ts'
import { dotted, reasonText } from '../../presenters/readings.ts'
import type { TerminalInk } from '../ink.ts'
import { type Cell, type Column, renderTable } from '../table.ts'
import { cellText, levelTone, STATE_TONES } from './readings.ts'

/** The bots of a node or of many as a table, with a line of sums. */
export function botListText(list: BotList, ink: TerminalInk, width: number | null): string {
  const rows = list.nodes.flatMap((node) => nodeRows(node, ink))
  const body =
    rows.length === 0
      ? [ink.t('list.no-match')]
      : renderTable(columns(ink), rows, { width, paint: ink.paint })
  const { unread, pending, ...counts } = botCounts(list)
  const sums = dotted([
    ink.t('bots.counts', counts),
    unread > 0 && ink.t('bots.unread-nodes', { count: unread }),
    pending > 0 && ink.t('list.pending', { count: pending }),
    ink.t(list.live ? 'bots.live' : 'bots.cached'),
  ])
  return `${[...body, '', ink.paint('dim', sums)].join('\n')}\n`
}

function columns(ink: TerminalInk): Column[] {
  return [
    { title: ink.t('cli.column.node') },
    { title: ink.t('cli.column.bot') },
    { title: ink.t('cli.column.model'), spare: 3, least: 12 },
    { title: ink.t('label.channels'), spare: 2, least: 12 },
    { title: ink.t('label.sessions'), align: 'right' },
    { title: ink.t('cli.column.context'), align: 'right' },
    { title: ink.t('cli.column.used'), align: 'right', spare: 4 },
    { title: ink.t('cli.column.read'), spare: 1 },
    { title: ink.t('cli.column.last'), spare: 5 },
    { title: ink.t('cli.column.note'), least: 24 },
  ]
}

function nodeRows(node: NodeBots, ink: TerminalInk): Cell[][] {
  const { bots, pending, observedAt } = node
  const name: Cell = { text: node.id, tone: 'strong' }
  const seen = observedAt === null ? '' : ink.time(observedAt)
  const alone = (bot: string, note: string): Cell[] => [name, bot, '', '', '', '', '', seen, '', note]
  if (bots.freshness === 'unknown') {
    if (pending) return [alone('', ink.t('list.reading'))]
    return [[...alone('?', '').slice(0, -1), { text: unreadText(node, ink), tone: STATE_TONES[node.state] }]]
  }
  if (bots.value.length === 0) return [alone('', ink.t('value.no-agents'))]
  const doubt =
    bots.freshness === 'stale' && bots.source === 'registry'
      ? ink.t('bots.remembered', { when: ink.time(bots.observedAt), reason: reasonText(ink, bots.reason) })
      : null
  return bots.value.map((bot) => [name, ...botCells(bot, doubt, ink)])
}

function unreadText({ bots }: NodeBots, ink: TerminalInk): string {
  return bots.freshness === 'unknown' ? ink.t('bots.unread', { reason: reasonText(ink, bots.reason) }) : ''
}

function botCells(bot: BotRow, doubt: string | null, ink: TerminalInk): Cell[] {
  const { id, name, model, context, fullest, level, lastActivityAt } = bot
  const percent = cellText(fullest, (full) => (full === null ? '' : ink.percent(full.usablePercent)))
  const tone = levelTone(level)
  const used = context?.used ?? null
  const counter = used !== null && used.freshness !== 'fresh' ? reasonText(ink, used.reason) : null
  return [
    ink.remote(name && name !== id ? `${id} (${name})` : id, 80),
    ink.remote(model ?? '?', 60),
    channelsText(bot, ink),
    cellText(bot.sessions, (count) => ink.number(count)),
    tone === null ? percent : { text: percent, tone },
    used === null ? '' : cellText(used, (tokens) => ink.number(tokens)),
    used?.source ? dotted([ink.time(used.observedAt), ink.t(`source.${used.source}`)]) : '',
    cellText(lastActivityAt, (at) => (at === null ? '' : ink.time(at))),
    dotted([doubt, bot.isDefault && ink.t('label.default-agent'), counter]),
  ]
}
