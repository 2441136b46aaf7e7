import type { Reading } from '../base/reading.ts'
import type { ChannelFacts, NodeSnapshot } from '../openclaw/snapshot.ts'
import type { NodeStatus } from '../operations/node-status.ts'
import type { PlainKey } from '../text/params.ts'
import type { Ink } from './ink.ts'
import { dotted, firstOf, readingText, reasonText } from './readings.ts'

/** A clock that is off by less is in step. */
const SKEW_WORTH_SHOWING_MS = 2_000
const REMOTE_MAX = 160

type Seen = Pick<NodeStatus, 'snapshot' | 'levels'>

/** What is known of one part of a node. */
export interface FactSection {
  part: 'machine' | 'service' | 'openclaw' | 'gateway'
  title: string
  facts: readonly (readonly [label: string, value: string])[]
  /** Why nothing of it is known, where that is one reason; the facts then say nothing more. */
  unread: string | null
}

/** A fact before it is known how much of its section was read. */
interface Fact {
  label: PlainKey
  reading: Reading<unknown>
  text(): string
}

/**
 * The machine, the service, OpenClaw's installation and the gateway.
 * @param told a reason that stands above already, in words of this ink
 * @param mostChannels how many channels there is room for
 */
export function factSections(
  seen: Seen,
  ink: Ink,
  {
    told = null,
    mostChannels = Number.POSITIVE_INFINITY,
  }: { told?: string | null; mostChannels?: number } = {},
): FactSection[] {
  const { snapshot } = seen
  // Each value is told with the reason for doubt unless that stands above.
  const fact = <T>(label: PlainKey, reading: Reading<T>, render: (value: T) => string): Fact => ({
    label,
    reading,
    text: () => readingText(ink, reading, render, told),
  })
  return [
    section('machine', machineFacts(seen, ink, fact), ink),
    section('service', serviceFacts(snapshot, ink, fact), ink),
    section('openclaw', installFacts(snapshot, ink, fact), ink),
    section('gateway', gatewayFacts(snapshot, ink, fact, mostChannels), ink),
  ]
}

type MakeFact = <T>(label: PlainKey, reading: Reading<T>, render: (value: T) => string) => Fact

function section(part: FactSection['part'], facts: readonly Fact[], ink: Ink): FactSection {
  const reasons = new Set(
    facts.map(({ reading }) => (reading.freshness === 'unknown' ? reasonText(ink, reading.reason) : null)),
  )
  const [only = null] = reasons
  return {
    part,
    title: ink.t(`label.${part}`),
    facts: facts.map(({ label, text }) => [ink.t(label), text()]),
    unread: reasons.size === 1 ? only : null,
  }
}

function machineFacts({ snapshot: { host }, levels }: Seen, ink: Ink, fact: MakeFact): Fact[] {
  const cpus = host.cpuCount.value
  return [
    fact('label.uptime', host.uptimeSeconds, (seconds) => ink.duration(seconds * 1000)),
    fact('label.load', host.load, ({ one, five, fifteen }) =>
      dotted([
        [one, five, fifteen].map((value) => ink.number(value, 2)).join(' / '),
        cpus !== null && ink.t('value.cpus', { count: cpus }),
      ]),
    ),
    fact('label.memory', host.memory, (memory) =>
      dotted([
        ink.meter(memory.usedPercent, levels.memory),
        ink.t('value.free', { bytes: memory.availableBytes, total: memory.totalBytes }),
      ]),
    ),
    fact('label.disk', host.disk, (disk) =>
      dotted([
        ink.meter(disk.usedPercent, levels.disk),
        ink.t('value.free', { bytes: disk.availableBytes, total: disk.totalBytes }),
        ink.code(disk.path, REMOTE_MAX),
      ]),
    ),
    fact('label.clock', host.clockSkewMs, (ms) =>
      Math.abs(ms) < SKEW_WORTH_SHOWING_MS ? ink.t('value.in-step') : ink.t('value.skew', { ms }),
    ),
    fact('label.hostname', host.hostname, (name) => ink.code(name, REMOTE_MAX)),
  ]
}

function serviceFacts({ service }: NodeSnapshot, ink: Ink, fact: MakeFact): Fact[] {
  const yes = (value: boolean) => ink.t(value ? 'word.yes' : 'word.no')
  const { unit, pid, subState } = service
  const always = [
    fact('label.unit', service.kind, (kind) =>
      dotted([
        ink.t(`service.${kind}`),
        unit.value !== null && ink.code(unit.value, REMOTE_MAX),
        pid.value !== null && `${ink.t('label.pid')} ${pid.value}`,
      ]),
    ),
    fact('label.state', service.activeState, (state) =>
      dotted([ink.remote(state, 40), subState.value !== null && ink.remote(subState.value, 40)]),
    ),
    fact('label.restarts', service.restarts, (count) => ink.number(count)),
    fact('label.started', service.startedAt, (ms) => ink.time(ms)),
  ]
  if (service.kind.value === 'process') return always
  return [...always, fact('label.enabled', service.enabled, yes), fact('label.linger', service.linger, yes)]
}

function installFacts({ install }: NodeSnapshot, ink: Ink, fact: MakeFact): Fact[] {
  const validity = (valid: boolean) =>
    valid ? ink.t('value.valid') : ink.paint('bad', ink.t('value.invalid'))
  return [
    fact('label.version', install.version, (version) => ink.remote(version, 40)),
    fact('label.node-version', install.nodeVersion, (version) => ink.remote(version, 40)),
    fact('label.config', install.configPath, (path) =>
      dotted([ink.code(path, REMOTE_MAX), readingText(ink, install.configValid, validity)]),
    ),
    fact('label.port', install.gatewayPort, String),
  ]
}

function gatewayFacts({ gateway }: NodeSnapshot, ink: Ink, fact: MakeFact, most: number): Fact[] {
  return [
    fact('label.ready', gateway.ready, (ready) => ink.t(ready ? 'word.yes' : 'word.no')),
    fact('label.uptime', gateway.uptimeMs, (ms) => ink.duration(ms)),
    fact('label.health', gateway.health, ({ ok, issues }) =>
      dotted([
        ink.t(ok ? 'value.healthy' : 'value.unhealthy'),
        issues.length > 0 && ink.code(issues.join('; '), REMOTE_MAX),
      ]),
    ),
    fact('label.channels', gateway.channels, (channels) =>
      channels.length === 0
        ? ink.t('value.no-channels')
        : firstOf(
            ink,
            channels.map((channel) => channelText(channel, ink)),
            most,
          ),
    ),
    fact('label.protocol', gateway.protocol, String),
  ]
}

function channelText(channel: ChannelFacts, ink: Ink): string {
  const name = ink.remote(channel.account ? `${channel.id}/${channel.account}` : channel.id, 60)
  if (channel.running === false) return `${name} ${ink.t('value.stopped')}`
  if (channel.connected === null) return `${name} ${ink.t('word.unknown')}`
  return `${name} ${ink.t(channel.connected ? 'value.connected' : 'value.disconnected')}`
}
