import { describe, expect, it } from 'vitest'
import type { Reason } from '../../src/base/reading.ts'
import {
  blameConfig,
  decideState,
  type GatewayOutcome,
  type StateFacts,
  type StateVerdict,
} from '../../src/openclaw/node-state.ts'
import type { ProbeReport } from '../../src/openclaw/probe.ts'
import { parseProbe } from '../../src/openclaw/probe.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const timing = { observedAt: NOW, tookMs: 0 }

interface Unit {
  LoadState?: string
  ActiveState: string
  SubState?: string
  Result?: string
  MainPID?: string
  NRestarts?: string
  ExecMainStatus?: string
  /** Seconds since the start. */
  up?: number
}

/** A probe report as the script would have told it. */
function probe(
  unit: Unit | 'no-systemd' | 'bus-unavailable',
  facts: Record<string, string> = {},
  gaps: Record<string, string> = {},
): ProbeReport {
  const shown: Record<string, string> = {}
  if (typeof unit === 'object') {
    const { up, ...properties } = { LoadState: 'loaded', ...unit }
    const start = new Date(NOW - (up ?? 3_600) * 1000).toISOString()
    const stamp = `Sun ${start.slice(0, 10)} ${start.slice(11, 19)} UTC`
    const lines = Object.entries({ ...properties, ExecMainStartTimestamp: stamp })
    shown.unit_show = lines.map(([key, value]) => `${key}=${value}`).join('\n')
    if (unit.MainPID) shown.process_pid = unit.MainPID
  } else gaps.unit_show = unit
  const base = { clock: `${NOW}000000`, binary: '/usr/bin/openclaw', config: 'present', listening: 'no' }
  const document = JSON.stringify({ facts: { ...base, ...shown, ...facts }, gaps })
  const report = parseProbe(
    `<<ocm-probe m\n${document}\nocm-probe m>>`,
    'm',
    timing,
    'openclaw-gateway.service',
  )
  if (report === null) throw new Error('not a probe document')
  return report
}

const silentPort: GatewayOutcome = { answered: false, reason: { code: 'port-silent' } }
const running: Unit = { ActiveState: 'active', SubState: 'running', MainPID: '42', NRestarts: '0' }
const held = (openclaw?: string) => ({
  listening: 'yes',
  listener_pid: '42',
  ...(openclaw === undefined ? {} : { listener_openclaw: openclaw, listener_name: 'thing' }),
})
const stopping: Unit = { ActiveState: 'deactivating', SubState: 'stop-sigterm', MainPID: '42' }
const failed = (status: string, result = 'exit-code'): Unit => ({
  ActiveState: 'failed',
  SubState: 'failed',
  Result: result,
  ExecMainStatus: status,
})

function facts(
  report: ProbeReport | null,
  gateway: GatewayOutcome,
  changes: Partial<StateFacts> = {},
): StateFacts {
  return {
    probe: report,
    probeFailure: null,
    unreached: false,
    gateway,
    restartsBefore: null,
    gatewayPort: 18789,
    ...changes,
  }
}

const because = (code: Reason['code']): GatewayOutcome => ({ answered: false, reason: { code } })

describe('a node is', () => {
  const table: [string, StateFacts, string, string | null][] = [
    ['answers', facts(probe(running, held('yes')), { answered: true, limits: null }), 'serving', null],
    [
      'answers, whatever systemd thinks',
      facts(probe(failed('1')), { answered: true, limits: null }),
      'serving',
      null,
    ],
    [
      'refuses our token and so proves that it serves',
      facts(probe(running, held('yes')), { answered: true, limits: { code: 'gateway-auth-failed' } }),
      'serving',
      'gateway-auth-failed',
    ],
    [
      'has the gateway of another user on its port, which refuses our credential',
      facts(
        probe(running, {
          listening: 'yes',
          listener_pid: '77',
          listener_openclaw: 'yes',
          listener_name: 'openclaw-gatewa',
        }),
        { answered: true, limits: { code: 'gateway-auth-failed' } },
      ),
      'not-serving',
      'port-held-by-other',
    ],
    ['answers though the probe failed', facts(null, { answered: true, limits: null }), 'serving', null],
    [
      'accepts and is silent',
      facts(probe(running, held('yes')), because('deadline')),
      'not-serving',
      'gateway-hung',
    ],
    [
      'stopped answering calls',
      facts(probe(running, held('yes')), because('gateway-hung')),
      'not-serving',
      'gateway-hung',
    ],
    [
      'closes every connection',
      facts(probe(running, held('yes')), because('connection-lost')),
      'not-serving',
      'gateway-error',
    ],
    [
      'says that it is starting',
      facts(probe(running, held('yes')), because('gateway-starting')),
      'not-serving',
      'gateway-starting',
    ],
    [
      'said goodbye while it was being stopped',
      facts(probe({ ActiveState: 'inactive', SubState: 'dead' }), because('gateway-starting')),
      'service-down',
      'service-inactive',
    ],
    [
      'said goodbye and starts anew',
      facts(probe({ ...running, up: 1 }), because('gateway-starting')),
      'not-serving',
      'gateway-starting',
    ],
    [
      'says that it is not ready',
      facts(probe(running, held('yes')), because('gateway-not-ready')),
      'not-serving',
      'gateway-not-ready',
    ],
    [
      'is active, young and has no port yet',
      facts(probe({ ...running, up: 10 }), silentPort),
      'not-serving',
      'gateway-starting',
    ],
    ['is active for an hour without a port', facts(probe(running), silentPort), 'not-serving', 'port-silent'],
    [
      'has a web server on its port',
      facts(probe(failed('1'), held('no')), because('gateway-protocol')),
      'not-serving',
      'port-held-by-other',
    ],
    [
      'has a silent stranger on its port',
      facts(probe(running, held('no')), because('deadline')),
      'not-serving',
      'port-held-by-other',
    ],
    [
      'has an unreadable stranger that speaks otherwise',
      facts(probe(running, held()), because('gateway-protocol')),
      'not-serving',
      'port-held-by-other',
    ],
    [
      'opened its port while we looked',
      facts(probe(running, held('yes')), silentPort),
      'not-serving',
      'gateway-starting',
    ],
    [
      'is being started',
      facts(probe({ ActiveState: 'activating', SubState: 'start' }), silentPort),
      'not-serving',
      'service-starting',
    ],
    [
      'is being stopped',
      facts(probe({ ActiveState: 'deactivating', SubState: 'stop-sigterm' }), silentPort),
      'not-serving',
      'service-stopping',
    ],
    [
      'is stopped',
      facts(probe({ ActiveState: 'inactive', SubState: 'dead' }), silentPort),
      'service-down',
      'service-inactive',
    ],
    [
      'crashed once and waits',
      facts(probe({ ActiveState: 'activating', SubState: 'auto-restart', NRestarts: '1' }), silentPort),
      'service-down',
      'service-starting',
    ],
    [
      'crashes again and again',
      facts(probe({ ActiveState: 'activating', SubState: 'auto-restart', NRestarts: '7' }), silentPort),
      'service-down',
      'service-crash-looping',
    ],
    [
      'is up between two crashes',
      facts(probe({ ...running, NRestarts: '9', up: 3 }), silentPort),
      'service-down',
      'service-crash-looping',
    ],
    [
      'restarted twice since the last look',
      facts(probe({ ...running, NRestarts: '2' }), silentPort, { restartsBefore: 0 }),
      'service-down',
      'service-crash-looping',
    ],
    [
      'hit its start limit',
      facts(probe(failed('1', 'start-limit-hit')), silentPort),
      'service-down',
      'service-crash-looping',
    ],
    ['ended with an error', facts(probe(failed('1')), silentPort), 'service-down', 'service-failed'],
    ['ended with status 78', facts(probe(failed('78')), silentPort), 'service-down', 'config-invalid'],
    [
      'ended with status 78 and has no configuration',
      facts(probe(failed('78'), { config: 'missing' }), silentPort),
      'service-down',
      'config-missing',
    ],
    [
      'lost its Node.js',
      facts(probe(failed('203'), {}, { node_binary: 'node-runtime-missing' }), silentPort),
      'service-down',
      'node-runtime-missing',
    ],
    [
      'has no unit',
      facts(probe({ LoadState: 'not-found', ActiveState: 'inactive' }), silentPort),
      'service-down',
      'service-not-installed',
    ],
    [
      'has no systemd and no process',
      facts(probe('no-systemd'), silentPort),
      'service-down',
      'service-not-installed',
    ],
    ['has no user bus', facts(probe('bus-unavailable'), silentPort), 'service-down', 'bus-unavailable'],
    [
      'has no OpenClaw',
      facts(probe('no-systemd', { binary: '' }, { binary: 'openclaw-not-installed' }), silentPort),
      'service-down',
      'openclaw-not-installed',
    ],
    [
      'runs by hand without a port',
      facts(probe('no-systemd', { process_pid: '9' }), silentPort),
      'not-serving',
      'port-silent',
    ],
    [
      'cannot be reached',
      facts(null, because('connect-timeout'), { unreached: true, probeFailure: { code: 'connect-timeout' } }),
      'unreachable',
      'connect-timeout',
    ],
    [
      'was reached but told nothing',
      facts(null, because('port-silent'), { probeFailure: { code: 'parse-failed' } }),
      'unknown',
      'parse-failed',
    ],
    [
      'told nothing and hangs',
      facts(null, because('gateway-hung'), { probeFailure: { code: 'parse-failed' } }),
      'not-serving',
      'gateway-hung',
    ],
    [
      'answers while it is being stopped',
      facts(probe({ ActiveState: 'deactivating', SubState: 'stop-sigterm', MainPID: '42' }), {
        answered: true,
        limits: null,
      }),
      'not-serving',
      'service-stopping',
    ],
    [
      'said goodbye and is still being stopped',
      facts(probe(stopping, held('yes')), because('gateway-starting')),
      'not-serving',
      'service-stopping',
    ],
    [
      'is silent while it is being stopped',
      facts(probe(stopping, held('yes')), because('deadline')),
      'not-serving',
      'service-stopping',
    ],
    [
      'is being stopped while something else holds the port',
      facts(probe(stopping, held('no')), because('gateway-protocol')),
      'not-serving',
      'port-held-by-other',
    ],
    [
      'hides its port table',
      facts(probe(running, { listening: '' }), because('gateway-hung')),
      'not-serving',
      'gateway-hung',
    ],
  ]

  it.each(table)('judged when it %s', (_, input, state, code) => {
    const verdict = decideState(input)
    expect([verdict.state, verdict.reason?.code ?? null]).toEqual([state, code])
  })

  it('named with what a person needs: the port, the program, the exit code, the restarts', () => {
    expect(decideState(facts(probe(running, held('no')), because('deadline'))).reason?.params).toEqual({
      port: 18789,
      program: 'thing',
    })
    expect(decideState(facts(probe(failed('137')), silentPort)).reason?.params).toEqual({ code: 137 })
    const loop = probe({ ActiveState: 'activating', SubState: 'auto-restart', NRestarts: '7' })
    expect(decideState(facts(loop, silentPort)).reason?.params).toEqual({ restarts: 7 })
  })
})

describe('a configuration that cannot be parsed', () => {
  const down = (code: Reason['code']): StateVerdict => ({ state: 'service-down', reason: { code } })

  it.each(['service-starting', 'service-failed', 'service-crash-looping'] as const)('explains %s', (code) => {
    expect(blameConfig(down(code), false)).toEqual(down('config-invalid'))
    expect(blameConfig(down(code), true)).toEqual(down(code))
    expect(blameConfig(down(code), null)).toEqual(down(code))
  })

  it('does not explain a service that somebody stopped, nor one that runs', () => {
    const serving: StateVerdict = { state: 'serving', reason: null }
    const silent: StateVerdict = { state: 'not-serving', reason: { code: 'port-silent' } }
    for (const verdict of [down('service-inactive'), serving, silent])
      expect(blameConfig(verdict, false)).toBe(verdict)
  })
})
