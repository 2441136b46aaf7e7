import type { Incident } from '../../incidents/incident.ts'
import type { SessionDetail, SessionList, SessionView } from '../../operations/list-sessions.ts'
import type { Ink } from '../../presenters/ink.ts'
import { dotted, limitText, readingText, reasonText } from '../../presenters/readings.ts'
import {
  forecastText,
  historyText,
  rangeText,
  spendText,
  windowText,
} from '../../presenters/session-figures.ts'
import { type Cell, type Column, renderTable } from '../table.ts'
import { cellText, facts, levelTone } from './readings.ts'

const LONGEST_KEY = 160

/** The sessions of a node as a table, fullest first. */
export function sessionListText(list: SessionList, ink: Ink, width: number | null): string {
  if (list.reason !== null)
    return `${ink.t('value.because', { value: ink.t('word.sessions-unknown'), reason: reasonText(ink, list.reason) })}\n`
  if (list.sessions.length === 0) return `${ink.t('value.no-sessions')}\n`
  const rows = list.sessions.map((view) => sessionCells(view, ink))
  const limit = limitText(ink, list, list.sessions.length)
  const table = renderTable(sessionColumns(ink), rows, { width, paint: ink.paint })
  return `${[...table, ...(limit === null ? [] : [ink.paint('warning', limit)])].join('\n')}\n`
}

/** The columns of {@link sessionCells}. */
export function sessionColumns(ink: Ink): Column[] {
  return [
    { title: ink.t('cli.column.session') },
    { title: ink.t('cli.column.context'), align: 'right' },
    { title: ink.t('cli.column.used'), align: 'right', spare: 1 },
    { title: ink.t('cli.column.left'), align: 'right', spare: 2 },
    { title: ink.t('cli.column.window'), align: 'right', spare: 3 },
    { title: ink.t('cli.column.full-in'), spare: 4 },
    { title: ink.t('cli.column.model'), spare: 5, least: 12 },
    { title: ink.t('cli.column.incident') },
    { title: ink.t('cli.column.note'), least: 24 },
  ]
}

/** One session as a row. */
export function sessionCells({ session, level, forecast, incident }: SessionView, ink: Ink): Cell[] {
  const { context } = session
  const tone = levelTone(level)
  const text = cellText(context.usablePercent, (value) => ink.percent(value))
  const number = (value: number) => ink.number(value)
  return [
    ink.remote(session.key, LONGEST_KEY),
    tone === null ? text : { text, tone },
    cellText(context.used, number),
    cellText(context.headroom, number),
    cellText(context.window, number),
    forecast === null ? '' : rangeText(forecast, ink),
    ink.remote(session.model ?? '', 60),
    incident === null ? '' : { text: incident.id, tone: 'warning' },
    dotted([
      session.running === true && ink.t('value.running'),
      context.used.freshness !== 'fresh' && reasonText(ink, context.used.reason),
      session.lastRunError !== null && ink.remote(session.lastRunError, 80),
    ]),
  ]
}

/** One session with its arithmetic, its forecast and its incident. */
export function sessionDetailText(detail: SessionDetail, ink: Ink): string {
  const { session, level, forecast, incident } = detail
  const { context } = session
  const lines: [string, string][] = [
    [
      ink.t('cli.column.context'),
      readingText(ink, context.usablePercent, (value) => ink.meter(value, level)),
    ],
    [ink.t('cli.column.used'), readingText(ink, context.used, (used) => ink.number(used))],
    [ink.t('cli.column.left'), readingText(ink, context.headroom, (left) => ink.number(left))],
    [ink.t('cli.column.window'), windowText(context, ink)],
    [
      ink.t('session.forecast'),
      forecast === null ? ink.t('session.no-forecast') : forecastText(forecast, ink),
    ],
    [
      ink.t('cli.column.model'),
      ink.remote([session.modelProvider, session.model].filter(Boolean).join('/'), 120),
    ],
    [ink.t('cli.session.spend'), spendText(session, ink) ?? ink.t('word.unknown')],
    [ink.t('session.history'), historyText(detail, ink)],
    ...(session.lastRunError === null
      ? []
      : [[ink.t('cli.session.last-error'), ink.remote(session.lastRunError, 300)] as [string, string]]),
    ...(incident === null
      ? []
      : [[ink.t('session.incident'), incidentLine(incident, ink)] as [string, string]]),
  ]
  const title = `${ink.paint('strong', ink.remote(session.key, LONGEST_KEY))} · ${detail.nodeId}`
  return `${[title, ...facts(ink, lines)].join('\n')}\n`
}

function incidentLine(incident: Incident, ink: Ink): string {
  return `${incident.id} (${ink.t(`level.${incident.level}`)}, ${ink.t(`cli.incident.${incident.state}`)})`
}
