import type { Reading } from '../../base/reading.ts'
import type { Severity } from '../../monitor/conditions.ts'
import type { AgentFacts, ChannelFacts, NodeSnapshot, SessionFacts } from '../../openclaw/snapshot.ts'
import type { NodeStatus } from '../../operations/node-status.ts'
import type { Ink } from '../../presenters/ink.ts'
import { dotted, readingText, reasonText } from '../../presenters/readings.ts'
import { finding, stateWords } from '../../presenters/told.ts'
import type { PlainKey } from '../../text/params.ts'
import type { TerminalInk } from '../ink.ts'
import { renderTable } from '../table.ts'
import { maintenanceText } from './maintenance.ts'
import { facts, levelTone, stateText } from './readings.ts'
import { sessionCells, sessionColumns } from './sessions.ts'
import { findingLines } from './told.ts'

/** A clock that is off by less is in step. */
const SKEW_WORTH_SHOWING_MS = 2_000
const LONGEST_REMOTE = 160

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
  ]
  const wrong =
    anomalies.length === 0
      ? [ink.paint('good', ink.t('label.all-well'))]
      : anomalies.flatMap((anomaly) => findingLines(finding(anomaly, ink), ink))
  return `${[
    ...head,
    '',
    ...wrong,
    ...section('label.machine', machineFacts(status, ink), ink),
    ...section('label.service', serviceFacts(snapshot, ink), ink),
    ...section('label.openclaw', installFacts(snapshot, ink), ink),
    ...section('label.gateway', gatewayFacts(snapshot, ink), ink),
    ...agentLines(snapshot, ink, width),
    ...sessionLines(status, ink, width),
  ].join('\n')}\n`
}

function toned(ink: Ink, text: string, level: Severity | null): string {
  const tone = levelTone(level)
  return tone === null ? text : ink.paint(tone, text)
}

type Title =
  | 'label.machine'
  | 'label.service'
  | 'label.openclaw'
  | 'label.gateway'
  | 'label.agents'
  | 'label.sessions'
type Fact = readonly [label: string, value: string, reading: Reading<unknown>]

/** A section; when all its values are unknown for one reason, it says so once. */
function section(title: Title, lines: readonly Fact[], ink: Ink): string[] {
  const reasons = new Set(
    lines.map(([, , reading]) => (reading.freshness === 'unknown' ? reasonText(ink, reading.reason) : '')),
  )
  const [only] = reasons
  const body =
    reasons.size === 1 && only
      ? [`  ${ink.paint('dim', ink.t('value.because', { value: ink.t('word.unknown'), reason: only }))}`]
      : facts(
          ink,
          lines.map(([label, value]) => [label, value]),
        )
  return ['', ink.paint('strong', ink.t(title)), ...body]
}

function machineFacts({ snapshot: { host }, levels }: NodeStatus, ink: Ink): Fact[] {
  const cpus = host.cpuCount.value
  const room = (
    space: { usedPercent: number; availableBytes: number; totalBytes: number },
    level: Severity | null,
  ) =>
    dotted([
      toned(ink, ink.percent(space.usedPercent), level),
      ink.t('value.free', { bytes: space.availableBytes, total: space.totalBytes }),
    ])
  return [
    fact(ink, 'label.hostname', host.hostname, (name) => ink.remote(name, LONGEST_REMOTE)),
    fact(ink, 'label.uptime', host.uptimeSeconds, (seconds) => ink.duration(seconds * 1000)),
    fact(ink, 'label.load', host.load, ({ one, five, fifteen }) =>
      dotted([
        [one, five, fifteen].map((value) => ink.number(value, 2)).join(' / '),
        cpus !== null && ink.t('value.cpus', { count: cpus }),
      ]),
    ),
    fact(ink, 'label.memory', host.memory, (memory) => room(memory, levels.memory)),
    fact(ink, 'label.disk', host.disk, (disk) =>
      dotted([room(disk, levels.disk), ink.remote(disk.path, LONGEST_REMOTE)]),
    ),
    fact(ink, 'label.clock', host.clockSkewMs, (ms) =>
      Math.abs(ms) < SKEW_WORTH_SHOWING_MS ? ink.t('value.in-step') : ink.t('value.skew', { ms }),
    ),
  ]
}

function serviceFacts({ service }: NodeSnapshot, ink: Ink): Fact[] {
  const yes = (value: boolean) => ink.t(value ? 'word.yes' : 'word.no')
  const { unit, pid, subState } = service
  const always = [
    fact(ink, 'label.unit', service.kind, (kind) =>
      dotted([
        ink.t(`service.${kind}`),
        unit.value !== null && ink.remote(unit.value, LONGEST_REMOTE),
        pid.value !== null && `${ink.t('label.pid')} ${pid.value}`,
      ]),
    ),
    fact(ink, 'label.state', service.activeState, (state) =>
      dotted([ink.remote(state, 40), subState.value !== null && ink.remote(subState.value, 40)]),
    ),
    fact(ink, 'label.restarts', service.restarts, (count) => ink.number(count)),
    fact(ink, 'label.started', service.startedAt, (ms) => ink.time(ms)),
  ]
  if (service.kind.value === 'process') return always
  return [
    ...always,
    fact(ink, 'label.enabled', service.enabled, yes),
    fact(ink, 'label.linger', service.linger, yes),
  ]
}

function installFacts({ install }: NodeSnapshot, ink: Ink): Fact[] {
  const validity = readingText(ink, install.configValid, (valid) =>
    valid ? ink.t('value.valid') : ink.paint('bad', ink.t('value.invalid')),
  )
  return [
    fact(ink, 'label.version', install.version, (version) => ink.remote(version, 40)),
    fact(ink, 'label.node-version', install.nodeVersion, (version) => ink.remote(version, 40)),
    fact(ink, 'label.config', install.configPath, (path) =>
      dotted([ink.remote(path, LONGEST_REMOTE), validity]),
    ),
    fact(ink, 'label.port', install.gatewayPort, String),
  ]
}

function gatewayFacts({ gateway }: NodeSnapshot, ink: Ink): Fact[] {
  return [
    fact(ink, 'label.ready', gateway.ready, (ready) => ink.t(ready ? 'word.yes' : 'word.no')),
    fact(ink, 'label.uptime', gateway.uptimeMs, (ms) => ink.duration(ms)),
    fact(ink, 'label.health', gateway.health, ({ ok, issues }) =>
      dotted([
        ink.t(ok ? 'value.healthy' : 'value.unhealthy'),
        ink.remote(issues.join('; '), LONGEST_REMOTE),
      ]),
    ),
    fact(ink, 'label.channels', gateway.channels, (channels) =>
      channels.length === 0
        ? ink.t('value.no-channels')
        : channels.map((channel) => channelText(channel, ink)).join(', '),
    ),
    fact(ink, 'label.protocol', gateway.protocol, String),
  ]
}

function channelText(channel: ChannelFacts, ink: Ink): string {
  const name = ink.remote(channel.account ? `${channel.id}/${channel.account}` : channel.id, 60)
  if (channel.running === false) return `${name} ${ink.t('value.stopped')}`
  if (channel.connected === null) return `${name} ${ink.t('word.unknown')}`
  return `${name} ${ink.t(channel.connected ? 'value.connected' : 'value.disconnected')}`
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
  return tableSection('label.sessions', liveOnly(snapshot.sessions), ink, 'value.no-sessions', (list) =>
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
  title: Title,
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
  const body = reading.value.length === 0 ? [ink.t(nothing)] : table(reading.value)
  return [...heading, ...doubt, ...body.map((line) => `  ${line}`)]
}

function liveOnly(sessions: Reading<SessionFacts[]>): Reading<SessionFacts[]> {
  if (sessions.freshness === 'unknown') return sessions
  const weight = ({ context }: SessionFacts) => context.usablePercent.value ?? -1
  return {
    ...sessions,
    value: sessions.value.filter(({ archived }) => !archived).sort((a, b) => weight(b) - weight(a)),
  }
}

function fact<T>(ink: Ink, label: PlainKey, reading: Reading<T>, write: (value: T) => string): Fact {
  return [ink.t(label), readingText(ink, reading, write), reading]
}
