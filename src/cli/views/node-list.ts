import type { Severity } from '../../monitor/conditions.ts'
import { isUnread } from '../../openclaw/node-state.ts'
import type { NodeList } from '../../operations/list-nodes.ts'
import type { NodeRow } from '../../operations/node-row.ts'
import type { Ink } from '../../presenters/ink.ts'
import { incidentWords, listNotes, stateCounts, unseenWords } from '../../presenters/node-list.ts'
import { dotted, reasonText } from '../../presenters/readings.ts'
import { SEVERITY_TONES, type TerminalInk } from '../ink.ts'
import { type Cell, type Column, renderTable } from '../table.ts'
import { maintenanceText } from './maintenance.ts'
import { cellText, levelTone, STATE_TONES } from './readings.ts'

/** The table of nodes, worst first, with a line of sums; also while rows are still being read. */
export function nodeListText(list: NodeList, ink: TerminalInk, width: number | null): string {
  if (list.total === 0) return `${ink.t('list.empty')}\n${ink.t('list.empty.next')}\n`
  const body =
    list.rows.length === 0
      ? [ink.t('list.no-match')]
      : renderTable(
          columns(ink),
          list.rows.map((row) => cells(row, ink)),
          { width, paint: ink.paint },
        )
  return `${[...body, '', ink.paint('dim', sums(list, ink))].join('\n')}\n`
}

function columns(ink: Ink): Column[] {
  return [
    { title: ink.t('cli.column.node') },
    { title: ink.t('cli.column.name'), spare: 4, least: 12 },
    { title: ink.t('label.state') },
    { title: ink.t('cli.column.incident') },
    { title: ink.t('cli.column.context'), align: 'right' },
    { title: ink.t('label.agents'), align: 'right', spare: 5 },
    { title: ink.t('label.sessions'), align: 'right', spare: 6 },
    { title: ink.t('label.version'), spare: 3 },
    { title: ink.t('label.uptime'), align: 'right', spare: 8 },
    { title: ink.t('label.load'), align: 'right', spare: 7 },
    { title: ink.t('label.disk'), align: 'right', spare: 2 },
    { title: ink.t('cli.column.backup'), spare: 4 },
    { title: ink.t('cli.column.seen'), spare: 1 },
    { title: ink.t('label.tags'), spare: 9, least: 12 },
    { title: ink.t('label.reason'), least: 24 },
  ]
}

function cells(row: NodeRow, ink: TerminalInk): Cell[] {
  const never = row.observedAt === null
  const incident = incidentWords(row, ink)
  const toned = (text: string, level: Severity | null): Cell => {
    const tone = levelTone(level)
    return tone === null ? text : { text, tone }
  }
  const seen = row.freshness === 'live' || row.observedAt === null ? '' : ink.time(row.observedAt)
  const figures: Cell[] =
    never || isUnread(row)
      ? ['', '', '', '', '', '', '']
      : [
          toned(
            cellText(row.fullest, (full) => (full === null ? '–' : ink.percent(full.usablePercent))),
            row.levels.context,
          ),
          cellText(row.agents, (count) => ink.number(count)),
          cellText(row.sessions, (count) => ink.number(count)),
          cellText(row.version, (version) => ink.remote(version, 24)),
          cellText(row.uptimeSeconds, (seconds) => ink.duration(seconds * 1000)),
          cellText(row.load, ({ one }) => ink.number(one, 2)),
          toned(
            cellText(row.diskUsedPercent, (percent) => ink.percent(percent)),
            row.levels.disk,
          ),
        ]
  return [
    { text: row.id, tone: 'strong' },
    row.name === row.id ? '' : ink.remote(row.name, 80),
    stateCell(row, ink),
    incident === null ? '' : { text: incident.text, tone: SEVERITY_TONES[incident.level] },
    ...figures,
    cellText(row.backupAt, (at) => (at === null ? '-' : ink.time(at))),
    seen,
    row.tags.map((tag) => ink.remote(tag, 32)).join(','),
    dotted([maintenanceText(row, ink), whyText(row, ink)]),
  ]
}

function stateCell(row: NodeRow, ink: Ink): Cell {
  if (row.pending) return { text: ink.t('list.reading'), tone: 'dim' }
  if (row.recordState !== 'active') return { text: ink.t(`record.${row.recordState}`), tone: 'dim' }
  if (row.freshness === 'never') return { text: ink.t('list.never'), tone: 'dim' }
  return { text: ink.t(`state.${row.state}`), tone: STATE_TONES[row.state] }
}

/** Why the node is in its state, or what keeps one that serves from being watched. */
function whyText(row: NodeRow, ink: Ink): string | null {
  if (row.pending) return null
  if (row.state !== 'serving') return row.reason && reasonText(ink, row.reason)
  return unseenWords(row, ink)?.text ?? null
}

function sums(list: NodeList, ink: Ink): string {
  const { pending, maintenance, retired, hidden } = listNotes(list, ink)
  return dotted([
    ink.t('word.nodes', { count: list.rows.length }),
    ...stateCounts(list, ink).map(({ text }) => text),
    pending,
    maintenance,
    retired,
    hidden,
  ])
}
