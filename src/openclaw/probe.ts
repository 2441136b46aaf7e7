import type { UnitSetting } from '../../registry/schema.ts'
import type { Reading, Reason, ReasonCode } from '../base/reading.ts'
import { unknown } from '../base/reading.ts'
import { type PortFacts, readPort } from './port-facts.ts'
import {
  amount,
  countCpus,
  integer,
  ProbeFacts,
  parseClock,
  parseDisk,
  parseProbeDocument,
  parseUnitShow,
  percent,
  positive,
  word,
} from './probe-facts.ts'
import type { HostFacts, InstallFacts, ServiceFacts } from './snapshot.ts'
import { formatVersion, parseVersion } from './versions.ts'

/** The version of a Node.js binary and how to tell that the binary is still the same one. */
export interface KnownRuntime {
  stamp: string
  version: string
}

/** Everything that one run of the probe script told, typed. */
export interface ProbeReport {
  host: HostFacts
  service: ServiceFacts
  install: InstallFacts
  port: PortFacts
  /** systemd's LoadState: `not-found` when the unit does not exist. */
  loadState: string | null
  /** Whether the configuration file is there; its content is not part of the probe. */
  config: 'present' | 'missing' | 'unreadable' | null
  /** For the next run, so that it need not start Node.js; null when that would not be safe. */
  runtime: KnownRuntime | null
}

/** The facts that change from second to second. */
export interface QuickReport {
  uptimeSeconds: Reading<number>
  load: HostFacts['load']
  memory: HostFacts['memory']
  /** Null when it was not asked for or could not be read. */
  disk: HostFacts['disk'] | null
  /** What systemd says of the unit; null when it was not asked or did not say. */
  activeState: string | null
  /** What the gateway answered to the question whether it is ready; null when the shell could not ask. */
  readiness: string | null
}

/** When a probe ran, by the bot's clock. */
export interface ProbeTiming {
  /** Epoch milliseconds when the answer was there. */
  observedAt: number
  /** Milliseconds from request to answer. */
  tookMs: number
}

/** Types the output of PROBE_SCRIPT; null when the frame is missing or broken. */
export function parseProbe(
  stdout: string,
  marker: string,
  timing: ProbeTiming,
  unit: string,
  level: UnitSetting['level'] = 'user',
): ProbeReport | null {
  const document = parseProbeDocument(stdout, marker)
  if (document === null) return null
  const facts = new ProbeFacts(document, timing.observedAt)
  const show = parseUnitShow(document.facts.unit_show)
  return {
    host: readHost(facts, timing),
    service: readService(facts, show, { name: unit, level }, timing),
    install: readInstall(facts),
    port: readPort(facts),
    loadState: show?.LoadState ?? null,
    config: facts.oneOf('config', ['present', 'missing', 'unreadable']),
    runtime: readRuntime(facts),
  }
}

/** Types the output of QUICK_PROBE_SCRIPT; null when the frame is missing or broken. */
export function parseQuickProbe(stdout: string, marker: string, timing: ProbeTiming): QuickReport | null {
  const document = parseProbeDocument(stdout, marker)
  if (document === null) return null
  const facts = new ProbeFacts(document, timing.observedAt)
  const end = `\nocm-probe ${marker}>>\n`
  const [disk = '', readiness = null] = stdout
    .slice(stdout.lastIndexOf(end) + end.length)
    .split(`\nocm-ready ${marker}\n`, 2)
  return {
    uptimeSeconds: facts.number('uptime'),
    load: readLoad(facts),
    memory: readMemory(facts),
    disk: readQuickDisk(facts, disk),
    activeState: facts.raw('active'),
    readiness,
  }
}

/** df's words stand behind the frame, unescaped. */
function readQuickDisk(facts: ProbeFacts, told: string): HostFacts['disk'] | null {
  const disk = parseDisk(told)
  return disk === null ? null : facts.known(disk)
}

/** A node of which the probe told nothing, all for the same reason. */
export function missingProbe(
  reason: Reason,
  observedAt: number,
): Pick<ProbeReport, 'host' | 'service' | 'install'> {
  const none = () => unknown<never>(reason, observedAt)
  return {
    host: {
      hostname: none(),
      uptimeSeconds: none(),
      load: none(),
      cpuCount: none(),
      memory: none(),
      disk: none(),
      clockSkewMs: none(),
    },
    service: {
      kind: none(),
      unit: none(),
      activeState: none(),
      subState: none(),
      result: none(),
      exitStatus: none(),
      pid: none(),
      restarts: none(),
      startedAt: none(),
      enabled: none(),
      linger: none(),
    },
    install: {
      version: none(),
      binary: none(),
      nodeBinary: none(),
      nodeVersion: none(),
      configPath: none(),
      configValid: none(),
      gatewayPort: none(),
    },
  }
}

function readHost(facts: ProbeFacts, timing: ProbeTiming): HostFacts {
  return {
    hostname: facts.text('hostname'),
    uptimeSeconds: facts.number('uptime'),
    load: readLoad(facts),
    cpuCount: facts.raw('cpus') === null ? facts.number('cpu_count') : facts.read('cpus', countCpus),
    memory: readMemory(facts),
    disk: facts.read('disk', parseDisk),
    clockSkewMs: facts.read('clock', (text) => {
      const read = parseClock(text)
      const [begun, ended] = [facts.number('uptime').value, facts.number('uptime_end').value]
      const workMs = begun === null || ended === null ? 0 : Math.max(0, ended - begun) * 1000
      // The middle of the work by the node's clock against the middle by ours: the way there and back cancels out.
      return read === null ? null : Math.round(read + workMs / 2 - (timing.observedAt - timing.tookMs / 2))
    }),
  }
}

function readLoad(facts: ProbeFacts): HostFacts['load'] {
  return facts.read('load', (text) => {
    const [one, five, fifteen] = text.split(' ', 3).map((word) => amount(Number(word)))
    return one == null || five == null || fifteen == null ? null : { one, five, fifteen }
  })
}

function readMemory(facts: ProbeFacts): HostFacts['memory'] {
  const total = facts.number('mem_total')
  const available = facts.number('mem_available')
  if (total.freshness === 'unknown' || total.value <= 0) return facts.gap('mem_total')
  if (available.freshness === 'unknown') return facts.gap('mem_available')
  return facts.known({
    totalBytes: total.value * 1024,
    availableBytes: available.value * 1024,
    usedPercent: percent(total.value - available.value, total.value),
  })
}

function readService(
  facts: ProbeFacts,
  show: Record<string, string> | null,
  unit: UnitSetting,
  timing: ProbeTiming,
): ServiceFacts {
  const systemd = <T>(name: string, parse: (text: string) => T | null): Reading<T> => {
    if (show === null) return facts.gap('unit_show')
    const text = show[name]
    if (text === undefined || text === '') return facts.none('not-reported')
    const value = parse(text)
    return value === null ? facts.none('parse-failed') : facts.known(value)
  }
  const installed = show !== null && show.LoadState !== 'not-found'
  const process = facts.raw('process_pid')
  const kind = installed ? (`systemd-${unit.level}` as const) : process === null ? 'none' : 'process'
  const pidOfUnit = systemd('MainPID', positive)
  return {
    kind: facts.known(kind),
    unit: installed
      ? facts.known(unit.name)
      : facts.none(show === null ? gapCode(facts, 'unit_show') : 'service-not-installed'),
    activeState: systemd('ActiveState', word),
    subState: systemd('SubState', word),
    result: systemd('Result', word),
    exitStatus: systemd('ExecMainStatus', integer),
    pid: pidOfUnit.freshness === 'unknown' ? facts.read('process_pid', positive) : pidOfUnit,
    restarts: systemd('NRestarts', integer),
    startedAt: readStart(facts, show, timing),
    enabled: systemd('UnitFileState', (text) => text === 'enabled' || text === 'enabled-runtime'),
    linger: facts.read('linger', (text) => text === 'yes'),
  }
}

function gapCode(facts: ProbeFacts, name: string): ReasonCode {
  const reading = facts.gap(name)
  return reading.freshness === 'unknown' ? reading.reason.code : 'not-reported'
}

/** From the unit's stamp, or from the process table: start in ticks of 10 ms after boot. */
function readStart(
  facts: ProbeFacts,
  show: Record<string, string> | null,
  timing: ProbeTiming,
): Reading<number> {
  const stamp = show?.ExecMainStartTimestamp
  const match = stamp === undefined ? null : /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/.exec(stamp)
  if (match !== null && facts.raw('process_pid') !== null) {
    const startedAt = Date.parse(`${match[1]}T${match[2]}Z`)
    return Number.isNaN(startedAt) ? facts.none('parse-failed') : facts.known(startedAt)
  }
  return facts.read('process_stat', (text) => {
    const ticks = amount(Number(text.split(' ', 20)[19]))
    const uptime = amount(Number.parseFloat(facts.raw('uptime') ?? ''))
    const clock = parseClock(facts.raw('clock') ?? '') ?? timing.observedAt
    if (ticks === null || uptime === null) return null
    return amount(Math.round(clock - uptime * 1000 + ticks * 10))
  })
}

function readInstall(facts: ProbeFacts): InstallFacts {
  const config = facts.raw('config')
  const configGap = { missing: 'config-missing', unreadable: 'permission-denied' } as const
  return {
    version: facts.read('version', (text) => {
      const version = parseVersion(text)
      return version === null ? null : formatVersion(version)
    }),
    binary: facts.text('binary'),
    nodeBinary: facts.text('node_binary'),
    nodeVersion: facts.read('node_version', runtimeVersion),
    configPath: facts.text('config_path'),
    configValid: facts.none(
      config === 'missing' || config === 'unreadable' ? configGap[config] : 'not-read-yet',
    ),
    gatewayPort: facts.read('unit_port', positive),
  }
}

const STAMP_MAX = 1_024

function readRuntime(facts: ProbeFacts): KnownRuntime | null {
  const stamp = facts.raw('node_stamp')
  const version = runtimeVersion(facts.raw('node_version') ?? '')
  return stamp === null || stamp.length > STAMP_MAX || version === null ? null : { stamp, version }
}

function runtimeVersion(text: string): string | null {
  return /v?(\d+\.\d+\.\d+\S{0,40})/.exec(text)?.[1] ?? null
}
