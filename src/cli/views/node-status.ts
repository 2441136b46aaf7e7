import type { Reading } from '../../base/reading.ts'
import type { AgentFacts, NodeSnapshot, SessionFacts } from '../../openclaw/snapshot.ts'
import type { NodeStatus } from '../../operations/node-status.ts'
import { lastBackupText } from '../../presenters/backups.ts'
import type { Ink } from '../../presenters/ink.ts'
import { type FactSection, factSections } from '../../presenters/node-status.ts'
import { dotted, limitText, readingText, reasonText, unknownText } from '../../presenters/readings.ts'
import { liveSessions } from '../../presenters/session-figures.ts'
import { finding, stateWords } from '../../presenters/told.ts'
import type { TerminalInk } from '../ink.ts'
import { renderTable } from '../table.ts'
import { maintenanceText } from './maintenance.ts'
import { facts, stateText } from './readings.ts'
import { sessionCells, sessionColumns } from './sessions.ts'
import { findingLines } from './told.ts'

/** Everything about one node: what is wrong and what to do first, then machine, gateway, agents and sessions. */
export function nodeStatusText(status: NodeStatus, ink: TerminalInk, width: number | null): string {
  const { node, snapshot, anomalies } = status
  const head = [
    `${ink.paint('strong', ink.named(node))}  ${stateText(ink, stateWords(snapshot, ink))}`,
    ink.paint(
      'dim',
      dotted([
        node.state !== 'active' && ink.t(`record.${node.state}`),
        maintenanceText(node, ink),
        ink.remote(`${node.sshUser}@${node.host}:${node.sshPort}`),
        node.tags.join(','),
        ink.t('word.took', { ms: snapshot.tookMs }),
      ]),
    ),
    ink.paint('dim', lastBackupText(status, ink)),
  ]
  const wrong =
    anomalies.length === 0
      ? [ink.paint('good', ink.t('label.all-well'))]
      : anomalies.flatMap((anomaly) => findingLines(finding(anomaly, ink), ink))
  return `${[
    ...head,
    '',
    ...wrong,
    ...factSections(status, ink).flatMap((section) => sectionLines(section, ink)),
    ...agentLines(snapshot, ink, width),
    ...sessionLines(status, ink, width),
  ].join('\n')}\n`
}

/** A section; when all its values are unknown for one reason, it says so once. */
function sectionLines({ title, facts: values, unread }: FactSection, ink: Ink): string[] {
  const body = unread === null ? facts(ink, values) : [`  ${unknownText(ink, unread)}`]
  return ['', ink.paint('strong', title), ...body]
}

function agentLines({ agents }: NodeSnapshot, ink: Ink, width: number | null): string[] {
  const rows = (list: AgentFacts[]) =>
    list.map((agent) => [
      ink.remote(agent.id, 80),
      agent.name === agent.id ? '' : ink.remote(agent.name ?? '', 80),
      ink.remote(agent.model ?? '', 80),
      agent.isDefault ? ink.t('label.default-agent') : '',
    ])
  const columns = [
    { title: ink.t('cli.column.agent') },
    { title: ink.t('cli.column.name'), least: 12 },
    { title: ink.t('cli.column.model'), least: 12 },
    { title: '' },
  ]
  return tableSection('label.agents', agents, ink, 'value.no-agents', (list) =>
    renderTable(columns, rows(list), { width: width === null ? null : width - 2, paint: ink.paint }),
  )
}

function sessionLines({ snapshot, levels }: NodeStatus, ink: Ink, width: number | null): string[] {
  const levelOf = (session: SessionFacts) => levels.contexts[session.key] ?? null
  const { sessions } = snapshot
  const live =
    sessions.freshness === 'unknown' ? sessions : { ...sessions, value: liveSessions(sessions.value) }
  return tableSection('label.sessions', live, ink, 'value.no-sessions', (list) =>
    renderTable(
      sessionColumns(ink),
      list.map((session) =>
        sessionCells({ session, level: levelOf(session), forecast: null, incident: null }, ink),
      ),
      { width: width === null ? null : width - 2, paint: ink.paint },
    ),
  )
}

function tableSection<T>(
  title: 'label.agents' | 'label.sessions',
  reading: Reading<T[]>,
  ink: Ink,
  nothing: 'value.no-agents' | 'value.no-sessions',
  table: (list: T[]) => string[],
): string[] {
  const heading = ['', ink.paint('strong', ink.t(title))]
  if (reading.freshness === 'unknown') return [...heading, `  ${readingText(ink, reading, () => '')}`]
  const doubt =
    reading.freshness === 'stale'
      ? [`  ${ink.paint('warning', ink.t('value.stale', { reason: reasonText(ink, reading.reason) }))}`]
      : []
  const limit = limitText(ink, reading, reading.value.length)
  if (limit !== null) doubt.push(`  ${ink.paint('warning', limit)}`)
  const body = reading.value.length === 0 ? [ink.t(nothing)] : table(reading.value)
  return [...heading, ...doubt, ...body.map((line) => `  ${line}`)]
}
