import type { APIComponentInContainer } from 'discord.js'
import type { Reading } from '../../base/reading.ts'
import { isUnread } from '../../openclaw/node-state.ts'
import type { NodeState } from '../../openclaw/snapshot.ts'
import type { NodeList } from '../../operations/list-nodes.ts'
import type { NodeRow } from '../../operations/node-row.ts'
import {
  incidentWords,
  isNeverRead,
  listNotes,
  STATES,
  stateCounts,
  unseenWords,
} from '../../presenters/node-list.ts'
import { dotted, firstOf, limitText, reasonText } from '../../presenters/readings.ts'
import { STATE_MOODS } from '../../presenters/told.ts'
import { buttonRow, type Card, type CardFile, type Colour, makeCard, selectRow } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { DiscordInk } from '../ink.ts'
import { toLine } from '../markdown.ts'
import { clampPage, MOST_PAGES, paginate, textBudget } from '../paging.ts'
import type { Reader } from '../reader.ts'
import { maintenanceText } from './maintenance.ts'
import { SEVERITY_SYMBOLS, STATE_SYMBOLS, worstColour } from './symbols.ts'

const ROWS_PER_PAGE = 12
/** From here on paging is no way to read it all, so the whole list comes as a file too. */
const PAGES_WITHOUT_FILE = 3
const TAGS_SHOWN = 4
const REASON_SHOWN = 120

/** The list of nodes, worst first; also while rows are still being read. */
export function nodeListView(list: NodeList, reader: Reader, wanted = 1): Card {
  const { ink } = reader
  if (list.total === 0) return emptyFleet(ink)
  const items = list.rows.map((row) => rowText(row, ink))
  const budget = textBudget(headText(list, ink, MOST_PAGES, MOST_PAGES), ink.small(ink.t('note.full-text')))
  const pages = paginate([{ heading: null, items }], budget, ROWS_PER_PAGE)
  const page = clampPage(wanted, pages.length)
  const before = pages.slice(0, page - 1).reduce((sum, { items: count }) => sum + count, 0)
  const current = pages[page - 1]
  const rows = list.rows.slice(before, before + (current?.items ?? 0))
  const file =
    pages.length > PAGES_WITHOUT_FILE && list.pending === 0 ? listFile(list, reader.plain) : undefined
  const body = current?.texts.join('\n') ?? ink.t('list.no-match')
  const note = file ? `\n${ink.small(ink.t('note.full-text'))}` : ''
  return makeCard({
    colour: worstColour(list.rows.filter((row) => !row.pending || row.observedAt !== null).map(colourOf)),
    texts: [headText(list, ink, page, pages.length), body + note],
    file,
    controls: controls(list, ink, page, pages.length, rows),
  })
}

function emptyFleet(ink: DiscordInk): Card {
  return makeCard({
    colour: 'neutral',
    texts: [`${ink.title(ink.t('list.empty'))}\n${ink.t('list.empty.next')}`],
  })
}

function colourOf(row: NodeRow): Colour {
  if (row.recordState !== 'active') return 'neutral'
  const levels = [row.incidents[0]?.level, row.anomalies[0]?.severity]
  const found = levels.map(
    (level): Colour => (level === 'critical' ? 'bad' : level === 'warning' ? 'warning' : 'good'),
  )
  return worstColour([STATE_MOODS[row.state], ...found])
}

function headText(list: NodeList, ink: DiscordInk, page: number, pages: number): string {
  const counts = stateCounts(list, ink).map(({ state, text }) => `${STATE_SYMBOLS[state]} ${text}`)
  const note = listNotes(list, ink)
  const filter = [...list.filter.tags, ...(list.filter.state ? [filterState(list.filter.state, ink)] : [])]
  const notes = [
    pages > 1 && ink.t('word.page', { page, pages }),
    note.pending && `⏳ ${note.pending}`,
    filter.length > 0 && ink.t('list.filter', { filter: filter.join(', ') }),
    note.maintenance,
    note.retired,
    filter.length > 0 && note.hidden,
  ]
  const small = dotted(notes)
  return [
    ink.title(`${ink.t('list.title')} · ${ink.number(list.rows.length)}`),
    counts.join('  '),
    small && ink.small(small),
  ]
    .filter(Boolean)
    .join('\n')
}

function filterState(state: string, ink: DiscordInk): string {
  if (state === 'retired' || state === 'maintenance') return ink.t(`record.${state}`)
  return STATES.includes(state as NodeState) ? ink.t(`state.${state as NodeState}`) : state
}

/** Who and how it stands, why it is out of service, and the figures in small print. */
function rowText(row: NodeRow, ink: DiscordInk): string {
  const reading = row.pending && row.observedAt === null
  const symbol = row.recordState === 'retired' ? '🗄️' : reading ? '⏳' : STATE_SYMBOLS[row.state]
  const state =
    row.recordState !== 'active'
      ? ink.t(`record.${row.recordState}`)
      : row.state === 'serving' || reading || isNeverRead(row)
        ? null
        : ink.t(`state.${row.state}`)
  const reason = row.reason && !reading && row.state !== 'serving' ? reasonText(ink, row.reason) : null
  const tags = row.tags.map((tag) => ink.remote(tag, 32))
  const incident = incidentWords(row, ink)
  const unseen = row.state === 'serving' && row.recordState === 'active' ? unseenWords(row, ink) : null
  const head = [
    `${symbol} ${ink.named(row)}`,
    incident && `${SEVERITY_SYMBOLS[incident.level]} ${incident.text}`,
    state,
    reason,
    tags.length > 0 && firstOf(ink, tags, TAGS_SHOWN),
  ]
  const aside = dotted([
    row.stateReason && ink.remote(row.stateReason, REASON_SHOWN),
    row.maintenance && maintenanceText(row.maintenance, ink),
  ])
  return [
    dotted(head),
    ...(aside ? [ink.small(`${row.recordState === 'retired' ? '🗄️' : '🔧'} ${aside}`)] : []),
    ...(unseen ? [ink.small(`${SEVERITY_SYMBOLS[unseen.severity]} ${unseen.text}`)] : []),
    ink.small(reading ? ink.t('list.reading') : figures(row, ink)),
  ].join('\n')
}

function figures(row: NodeRow, ink: DiscordInk): string {
  if (row.observedAt === null) return ink.t('list.never')
  const reached = !isUnread(row)
  const fullest = row.fullest.value
  const context =
    fullest && `${ink.t('word.context')} ${ink.meter(fullest.usablePercent, row.levels.context)}`
  return dotted([
    row.pending && '⏳',
    reached && countText(ink, row.agents, 'word.agents', 'word.agents-unknown'),
    reached && countText(ink, row.sessions, 'word.sessions', 'word.sessions-unknown'),
    context,
    versionText(row, ink),
    row.uptimeSeconds.value !== null && ink.t('word.up', { seconds: row.uptimeSeconds.value }),
    row.load.value !== null && ink.t('word.load', { one: row.load.value.one }),
    diskText(row, ink),
    reached && unknownText(row, ink),
    backupText(row, ink),
    (row.freshness === 'stale' || row.freshness === 'cached') && ink.t('list.cached'),
    ink.time(row.observedAt),
  ])
}

/** The version; one that was not read again, with the time at which it was. */
function versionText(row: NodeRow, ink: DiscordInk): string | null {
  const { version } = row
  if (version.freshness === 'unknown') return isUnread(row) ? null : ink.t('word.version-unknown')
  const text = ink.t('word.version', { version: toLine(version.value, 24) })
  if (version.freshness === 'fresh') return text
  const seen = ink.t('word.observed', {}, { when: ink.time(version.observedAt) })
  return ink.t('value.because', {}, { value: text, reason: seen })
}

/** Which figures were not read; the reason stands in the row, or with `status`. */
function unknownText({ uptimeSeconds, load, diskUsedPercent }: NodeRow, ink: DiscordInk): string | null {
  const labels = [
    uptimeSeconds.freshness === 'unknown' && ink.t('label.uptime'),
    load.freshness === 'unknown' && ink.t('label.load'),
    diskUsedPercent.freshness === 'unknown' && ink.t('label.disk'),
  ].filter((label) => label !== false)
  if (labels.length === 0) return null
  return ink.t('value.because', {}, { value: ink.t('word.unknown'), reason: labels.join(', ') })
}

function diskText({ diskUsedPercent, levels }: NodeRow, ink: DiscordInk): string | null {
  if (diskUsedPercent.value === null) return null
  const sign = levels.disk === null ? '' : `${SEVERITY_SYMBOLS[levels.disk]} `
  return `${sign}${ink.t('word.disk', { percent: diskUsedPercent.value })}`
}

/** The age of the newest proven backup; nothing where it was not looked for yet. */
function backupText({ backupAt }: NodeRow, ink: DiscordInk): string | null {
  if (backupAt.freshness === 'unknown')
    return backupAt.reason.code === 'not-read-yet' ? null : ink.t('list.backup-unknown')
  if (backupAt.value === null) return ink.t('list.backup-none')
  return ink.t('list.backup', {}, { when: ink.time(backupAt.value) })
}

function countText(
  ink: DiscordInk,
  reading: Reading<number>,
  known: 'word.agents' | 'word.sessions',
  unknown: 'word.agents-unknown' | 'word.sessions-unknown',
): string {
  if (reading.freshness === 'unknown') return ink.t(unknown)
  const value = ink.t(known, { count: reading.value })
  const reason = limitText(ink, reading, reading.value)
  return reason === null ? value : ink.t('value.because', {}, { value, reason })
}

function controls(
  list: NodeList,
  ink: DiscordInk,
  page: number,
  pages: number,
  rows: readonly NodeRow[],
): APIComponentInContainer[] {
  const filter = [list.filter.tags[0] ?? '', list.filter.state ?? '']
  const id = (action: string, to: number) => encodeCustomId('node-list', action, to, ...filter)
  const found: APIComponentInContainer[] = []
  if (rows.length > 0)
    found.push(
      selectRow(
        encodeCustomId('node-list', 'open'),
        ink.t('list.open'),
        rows.map((row) => ({
          value: row.id,
          label: row.name,
          description: `${row.id} · ${ink.t(`state.${row.state}`)}`,
          emoji: STATE_SYMBOLS[row.state],
        })),
      ),
    )
  const refresh = { id: id('refresh', page), label: ink.t('button.refresh'), emoji: '🔄' }
  const previous = {
    id: id('page', page - 1),
    label: ink.t('button.previous'),
    emoji: '◀️',
    disabled: page <= 1,
  }
  const next = { id: id('page', page + 1), label: ink.t('button.next'), emoji: '▶️', disabled: page >= pages }
  found.push(buttonRow(pages > 1 ? [previous, next, refresh] : [refresh]))
  return found
}

function listFile(list: NodeList, plain: DiscordInk): CardFile {
  return { name: 'nodes.txt', text: `${list.rows.map((row) => rowText(row, plain)).join('\n')}\n` }
}
