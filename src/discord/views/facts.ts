import type { Reading } from '../../base/reading.ts'
import type { NodeSnapshot } from '../../openclaw/snapshot.ts'
import type { NodeStatus } from '../../operations/node-status.ts'
import { dotted, readingText, reasonText } from '../../presenters/readings.ts'
import type { PlainKey } from '../../text/params.ts'
import type { DiscordInk } from '../ink.ts'
import type { Section } from '../paging.ts'
import { unreadSection } from './readings.ts'

/** A clock that is off by less is in step. */
const SKEW_WORTH_SHOWING_MS = 2_000
const REMOTE_MAX = 160

type Seen = Pick<NodeStatus, 'snapshot' | 'levels'>

/** A label and its value; kept apart so that a section whose values are all unknown can say so once. */
interface Fact {
  label: PlainKey
  reading: Reading<unknown>
  /** `told` is a reason that stands above already. */
  text(told: string | null): string
}

/** The machine, the service, OpenClaw's installation and the gateway, one section each. */
export function factSections(seen: Seen, ink: DiscordInk, told: string | null): Section[] {
  const { snapshot } = seen
  return [
    section(ink, told, '🖥️', 'label.machine', machineFacts(seen, ink)),
    section(ink, told, '⚙️', 'label.service', serviceFacts(snapshot, ink)),
    section(ink, told, '🦞', 'label.openclaw', installFacts(snapshot, ink)),
    section(ink, told, '📡', 'label.gateway', gatewayFacts(snapshot, ink)),
  ]
}

function section(
  ink: DiscordInk,
  told: string | null,
  symbol: string,
  label: PlainKey,
  facts: readonly Fact[],
): Section {
  const reasons = new Set(
    facts.map(({ reading }) => (reading.freshness === 'unknown' ? reasonText(ink, reading.reason) : '')),
  )
  const [only] = reasons
  if (reasons.size === 1 && only) return unreadSection(ink, ink.t(label), only)
  return {
    heading: ink.heading(`${symbol} ${ink.t(label)}`),
    items: facts.map((fact) => `${ink.strong(ink.t(fact.label))} ${fact.text(told)}`),
  }
}

function fact<T>(ink: DiscordInk, label: PlainKey, reading: Reading<T>, render: (value: T) => string): Fact {
  return { label, reading, text: (told) => readingText(ink, reading, render, told) }
}

function machineFacts({ snapshot: { host }, levels }: Seen, ink: DiscordInk): Fact[] {
  const cpus = host.cpuCount.value
  return [
    fact(ink, 'label.uptime', host.uptimeSeconds, (seconds) => ink.duration(seconds * 1000)),
    fact(ink, 'label.load', host.load, ({ one, five, fifteen }) =>
      dotted([
        [one, five, fifteen].map((value) => ink.number(value, 2)).join(' / '),
        cpus !== null && ink.t('value.cpus', { count: cpus }),
      ]),
    ),
    fact(ink, 'label.memory', host.memory, (memory) =>
      dotted([
        ink.meter(memory.usedPercent, levels.memory),
        ink.t('value.free', { bytes: memory.availableBytes, total: memory.totalBytes }),
      ]),
    ),
    fact(ink, 'label.disk', host.disk, (disk) =>
      dotted([
        ink.meter(disk.usedPercent, levels.disk),
        ink.t('value.free', { bytes: disk.availableBytes, total: disk.totalBytes }),
        ink.code(disk.path, REMOTE_MAX),
      ]),
    ),
    fact(ink, 'label.clock', host.clockSkewMs, (ms) =>
      Math.abs(ms) < SKEW_WORTH_SHOWING_MS ? ink.t('value.in-step') : ink.t('value.skew', { ms }),
    ),
    fact(ink, 'label.hostname', host.hostname, (name) => ink.code(name, REMOTE_MAX)),
  ]
}

function serviceFacts({ service }: NodeSnapshot, ink: DiscordInk): Fact[] {
  const yes = (value: boolean) => ink.t(value ? 'word.yes' : 'word.no')
  const facts = [
    fact(ink, 'label.unit', service.kind, (kind) =>
      dotted([
        ink.t(`service.${kind}`),
        service.unit.value !== null && ink.code(service.unit.value, REMOTE_MAX),
        service.pid.value !== null && `${ink.t('label.pid')} ${service.pid.value}`,
      ]),
    ),
    fact(ink, 'label.state', service.activeState, (state) =>
      dotted([
        ink.remote(state, 40),
        service.subState.value !== null && ink.remote(service.subState.value, 40),
      ]),
    ),
    fact(ink, 'label.restarts', service.restarts, (count) => ink.number(count)),
    fact(ink, 'label.started', service.startedAt, (ms) => ink.time(ms)),
  ]
  if (service.kind.value === 'process') return facts
  return [
    ...facts,
    fact(ink, 'label.enabled', service.enabled, yes),
    fact(ink, 'label.linger', service.linger, yes),
  ]
}

function installFacts({ install }: NodeSnapshot, ink: DiscordInk): Fact[] {
  return [
    fact(ink, 'label.version', install.version, (version) => ink.remote(version, 40)),
    fact(ink, 'label.node-version', install.nodeVersion, (version) => ink.remote(version, 40)),
    fact(ink, 'label.config', install.configPath, (path) =>
      dotted([
        ink.code(path, REMOTE_MAX),
        readingText(ink, install.configValid, (valid) => ink.t(valid ? 'value.valid' : 'value.invalid')),
      ]),
    ),
    fact(ink, 'label.port', install.gatewayPort, String),
  ]
}

function gatewayFacts({ gateway }: NodeSnapshot, ink: DiscordInk): Fact[] {
  return [
    fact(ink, 'label.ready', gateway.ready, (ready) => ink.t(ready ? 'word.yes' : 'word.no')),
    fact(ink, 'label.uptime', gateway.uptimeMs, (ms) => ink.duration(ms)),
    fact(ink, 'label.health', gateway.health, ({ ok, issues }) =>
      dotted([
        ink.t(ok ? 'value.healthy' : 'value.unhealthy'),
        issues.length > 0 && ink.code(issues.join('; '), REMOTE_MAX),
      ]),
    ),
    fact(ink, 'label.channels', gateway.channels, (channels) =>
      channels.length === 0
        ? ink.t('value.no-channels')
        : [
            ...channels.slice(0, 8).map((channel) => channelText(channel, ink)),
            ...(channels.length > 8 ? [ink.t('word.more', { count: channels.length - 8 })] : []),
          ].join(', '),
    ),
    fact(ink, 'label.protocol', gateway.protocol, String),
  ]
}

type Channel = NonNullable<NodeSnapshot['gateway']['channels']['value']>[number]

function channelText(channel: Channel, ink: DiscordInk): string {
  const state =
    channel.running === false
      ? 'value.stopped'
      : channel.connected === null
        ? 'word.unknown'
        : channel.connected
          ? 'value.connected'
          : 'value.disconnected'
  const name = channel.account ? `${channel.id}/${channel.account}` : channel.id
  return `${ink.remote(name, 60)} ${ink.t(state)}`
}
