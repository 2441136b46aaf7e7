import type { Reading, Reason } from '../base/reading.ts'
import type { NodeSnapshot, SessionFacts } from '../openclaw/snapshot.ts'
import { compareVersions } from '../openclaw/versions.ts'
import { type Anomaly, CONDITION_CODES, type ConditionCode, SEVERITIES, type Severity } from './conditions.ts'

/** What the assessment knows besides the snapshot itself. */
export interface AssessmentContext {
  /** The snapshot before this one, for values that only mean something when they grow. */
  previous: NodeSnapshot | null
  /** Versions seen on the other nodes. */
  fleetVersions: readonly string[]
}

/** Per cent of the usable window (window − reserve) at which a session is worth a word. */
const CONTEXT_LEVELS: readonly [number, ConditionCode, Severity][] = [
  [100, 'context-full', 'critical'],
  [90, 'context-level', 'critical'],
  [80, 'context-level', 'warning'],
  [65, 'context-level', 'notice'],
]
const DISK_PERCENT = { warning: 85, critical: 95 }
const MEMORY_PERCENT = { warning: 80, critical: 90 }
const CLOCK_SKEW_MS = { notice: 5_000, warning: 60_000 }
const LOAD_PER_CPU = 2

/** Everything that is wrong with a node by one snapshot, worst first. Pure: same snapshot, same answer. */
export function assessNode(snapshot: NodeSnapshot, context: AssessmentContext): Anomaly[] {
  const found = [
    ...assessState(snapshot),
    ...assessService(snapshot, context.previous),
    ...assessHost(snapshot),
    ...assessGateway(snapshot),
    ...assessSessions(snapshot),
    ...assessVersion(snapshot, context.fleetVersions),
  ]
  return found.sort(byWeight)
}

function byWeight(a: Anomaly, b: Anomaly): number {
  const severity = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)
  return severity || CONDITION_CODES.indexOf(a.code) - CONDITION_CODES.indexOf(b.code)
}

function anomaly(
  code: ConditionCode,
  severity: Severity,
  params: Anomaly['params'] = {},
  reason: Reason | null = null,
): Anomaly {
  return {
    code,
    severity,
    params,
    ...(reason ? { reason } : {}),
    ...(reason?.detail === undefined ? {} : { detail: reason.detail }),
  }
}

function assessState({ state, reason, install }: NodeSnapshot): Anomaly[] {
  switch (state) {
    case 'unreachable':
      return [anomaly('node-unreachable', 'critical', {}, reason)]
    case 'service-down':
      if (reason?.code === 'service-crash-looping') return [anomaly('crash-looping', 'critical', {}, reason)]
      if (reason?.code === 'config-invalid')
        return [anomaly('config-invalid', 'critical', { path: install.configPath.value ?? '?' }, reason)]
      return [anomaly('service-down', 'critical', {}, reason)]
    case 'not-serving':
      if (reason?.code === 'port-silent')
        return [anomaly('port-silent', 'critical', { port: install.gatewayPort.value ?? '?' }, reason)]
      return [anomaly('not-serving', 'critical', {}, reason)]
    case 'unknown':
      return [anomaly('state-unknown', 'warning', {}, reason)]
    case 'serving':
      return reason ? [anomaly('not-watched', 'warning', {}, reason)] : []
  }
}

function assessService({ service, install, state }: NodeSnapshot, previous: NodeSnapshot | null): Anomaly[] {
  const found: Anomaly[] = []
  const before = previous?.service.restarts.value ?? null
  const now = service.restarts.value
  if (before !== null && now !== null && now > before)
    found.push(anomaly('restarts-rising', 'warning', { before, now }))
  if (service.kind.value === 'systemd-user' && service.linger.value === false)
    found.push(anomaly('linger-off', 'warning'))
  if (install.configValid.value === false && state !== 'service-down')
    found.push(anomaly('config-invalid', 'critical', { path: install.configPath.value ?? '?' }))
  return found
}

function assessHost({ host }: NodeSnapshot): Anomaly[] {
  const found: Anomaly[] = []
  const disk = host.disk.value
  if (disk) found.push(...levels(disk.usedPercent, DISK_PERCENT, 'disk', { freeBytes: disk.availableBytes }))
  const memory = host.memory.value
  if (memory)
    found.push(...levels(memory.usedPercent, MEMORY_PERCENT, 'memory', { freeBytes: memory.availableBytes }))
  const skew = host.clockSkewMs.value
  if (skew !== null && Math.abs(skew) >= CLOCK_SKEW_MS.notice)
    found.push(
      anomaly('clock-skew', Math.abs(skew) >= CLOCK_SKEW_MS.warning ? 'warning' : 'notice', {
        seconds: Math.round(skew / 1000),
      }),
    )
  const load = host.load.value
  const cpus = host.cpuCount.value
  if (load && cpus && load.five / cpus >= LOAD_PER_CPU)
    found.push(anomaly('load-high', 'notice', { load: load.five, cpus }))
  return found
}

function levels(
  percent: number,
  limits: { warning: number; critical: number },
  what: 'disk' | 'memory',
  params: Anomaly['params'],
): Anomaly[] {
  if (percent >= limits.critical) return [anomaly(`${what}-full`, 'critical', { percent, ...params })]
  if (percent >= limits.warning) return [anomaly(`${what}-full`, 'warning', { percent, ...params })]
  return []
}

function assessGateway({ gateway }: NodeSnapshot): Anomaly[] {
  const found: Anomaly[] = []
  const health = gateway.health.value
  if (health && !health.ok)
    found.push({ ...anomaly('gateway-unhealthy', 'warning'), detail: health.issues.join('; ') })
  for (const channel of gateway.channels.value ?? [])
    if (channel.error !== null || channel.connected === false)
      found.push({
        ...anomaly('channel-down', 'warning', { channel: channel.id, account: channel.account }),
        ...(channel.error === null ? {} : { detail: channel.error }),
      })
  return found
}

function assessSessions({ sessions, state }: NodeSnapshot): Anomaly[] {
  if (sessions.freshness === 'unknown') {
    return state === 'serving' ? [anomaly('counters-unknown', 'notice', { count: 0 }, sessions.reason)] : []
  }
  const live = sessions.value.filter((session) => !session.archived)
  const found = live.flatMap(assessContext)
  const blind = live.filter((session) => session.context.used.freshness !== 'fresh').length
  if (blind > 0) found.push(anomaly('counters-unknown', 'notice', { count: blind }))
  return found
}

/** Only a fresh counter may raise a level: a stale one has been wrong too often to wake anybody. */
function assessContext(session: SessionFacts): Anomaly[] {
  const { used, usablePercent, headroom, window } = session.context
  if (used.freshness !== 'fresh' || usablePercent.value === null) return []
  const level = CONTEXT_LEVELS.find(([percent]) => (usablePercent.value ?? 0) >= percent)
  if (!level) return []
  return [
    anomaly(level[1], level[2], {
      agent: session.agentId,
      session: session.key,
      used: used.value,
      percent: usablePercent.value,
      window: numberOf(window),
      headroom: numberOf(headroom),
      reserve: session.context.reserve,
    }),
  ]
}

function numberOf(reading: Reading<number>): number | string {
  return reading.value ?? '?'
}

function assessVersion({ install }: NodeSnapshot, fleet: readonly string[]): Anomaly[] {
  const version = install.version.value
  if (version === null) return []
  const newest = [...fleet].sort(compareVersions).at(-1)
  if (newest === undefined || compareVersions(version, newest) >= 0) return []
  return [anomaly('version-behind', 'notice', { version, newest })]
}
