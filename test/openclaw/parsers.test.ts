import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import {
  callFailure,
  extractJson,
  gatewayCallCommand,
  openclawCommand,
  parseCliResult,
} from '../../src/openclaw/cli.ts'
import { readableLogLine } from '../../src/openclaw/logs.ts'
import { parseAgents } from '../../src/openclaw/methods/agents.ts'
import { parseLogTail } from '../../src/openclaw/methods/logs.ts'
import { modelLimits } from '../../src/openclaw/methods/models.ts'
import { parseRestartPreflight } from '../../src/openclaw/methods/restart.ts'
import { parseChannels, parseHealth, parseSystemInfo } from '../../src/openclaw/methods/status.ts'
import { parseReadiness } from '../../src/openclaw/readiness.ts'
import { restartCommand, unitName } from '../../src/openclaw/service.ts'
import { compareVersions, formatVersion, hasFeature, parseVersion } from '../../src/openclaw/versions.ts'
import { recordedPayload, recordedText, VERSIONS } from './fixtures.ts'

describe('versions', () => {
  it('are read from what both versions print', () => {
    const printed = VERSIONS.map((version) => parseVersion(recordedText(version, 'version.txt')))
    expect(printed.map((version) => version && formatVersion(version))).toEqual([...VERSIONS])
    expect(parseVersion('dev')).toBeNull()
    expect(parseVersion('1.2.3')).toBeNull()
  })

  it('are ordered as numbers, a beta before and a rebuild after its release', () => {
    const order = [
      'nothing',
      '2026.2.17',
      '2026.9.6-beta.2',
      '2026.9.6-beta.10',
      '2026.9.6',
      '2026.9.6-1',
      '2026.10.1',
    ]
    expect([...order].reverse().sort(compareVersions)).toEqual(order)
  })

  it('decide features, or leave them open', () => {
    expect(hasFeature('2026.2.17', 'sessions-all-agents')).toBe(false)
    expect(hasFeature('2026.9.6', 'protocol-4')).toBe(true)
    expect(hasFeature(null, 'backup-create')).toBeNull()
  })
})

describe('the CLI', () => {
  const program = { binary: '/opt/o/dist/index.js', nodeBinary: '/opt/n/bin/node', statePath: null }

  it('finds the document behind text that looks like one', () => {
    expect(extractJson(recordedText('2026.9.6', 'onboard-noninteractive.out'))).toMatchObject({ ok: true })
    expect(extractJson('[gateway] ready\n{"a":1}\ntrailing')).toEqual({ a: 1 })
    expect(extractJson('nothing')).toBeUndefined()
  })

  it.each([
    ['gateway-call-unknown.json', 'INVALID_REQUEST', 'unknown method'],
    ['offline-gateway-call.json', 'closed', 'not reachable'],
    ['gateway-stop-noforce.json', null, 'This stops'],
  ])('reads the failure in %s', (file, code, message) => {
    const outcome = parseCliResult({ code: 1, stdout: recordedText('2026.9.6', file), stderr: '' })
    expect(outcome).toMatchObject({ ok: false, code, message: expect.stringContaining(message) })
  })

  it('reads the bare failure of 2026.2.17', () => {
    const stderr = recordedText('2026.2.17', 'config-validate.err')
    expect(parseCliResult({ code: 1, stdout: '', stderr })).toMatchObject({
      ok: false,
      message: stderr.trim(),
    })
  })

  it('is started with its own Node.js and hostile arguments stay arguments', () => {
    const command = gatewayCallCommand(program, 'x', { key: `a'; touch /tmp/x; $(id) "` }, 5_000)
    const script = command.shellText.replaceAll('/opt/n/bin/node', '/bin/echo')
    const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
    expect(stdout).toContain(`--params {"key":"a'; touch /tmp/x; $(id) \\""} --timeout 5000 --json`)
  })

  it('is told the state directory only when it is not the usual one', () => {
    expect(openclawCommand(program, ['health']).shellText).not.toContain('STATE_DIR')
    const other = openclawCommand({ ...program, statePath: '~/.openclaw-b c' }, ['health']).shellText
    expect(other).toContain(`OPENCLAW_STATE_DIR="$HOME"/'.openclaw-b c'`)
  })
})

describe('the service', () => {
  it('has the unit that belongs to its profile', () => {
    expect(unitName(null)).toBe('openclaw-gateway.service')
    expect(unitName('/home/oc/.openclaw')).toBe('openclaw-gateway.service')
    expect(unitName('~/.openclaw-work')).toBe('openclaw-gateway-work.service')
  })

  it('is restarted with a runtime directory even where the login has none', () => {
    const script = restartCommand('u.service').shellText.replace('systemctl', '/bin/echo "$XDG_RUNTIME_DIR"')
    const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8', env: { PATH: process.env.PATH } })
    expect(stdout.trim()).toMatch(/^\/run\/user\/\d+ --user restart u\.service$/)
  })

  it('says what a restart would interrupt', () => {
    const idle = parseRestartPreflight(recordedPayload('2026.9.6', 'gateway.restart.preflight'))
    expect(idle).toEqual({ safe: true, work: [], total: 0, blockers: [] })
    const busy = parseRestartPreflight({
      safe: false,
      counts: { cronRuns: 2, totalActive: 3, x: 'y' },
      blockers: [{ a: 1 }],
    })
    expect(busy).toEqual({
      safe: false,
      work: [{ kind: 'cronRuns', count: 2 }],
      total: 3,
      blockers: ['{"a":1}'],
    })
    expect(parseRestartPreflight('no')).toBeNull()
  })
})

describe('the log', () => {
  it('becomes readable in both versions', () => {
    const now = parseLogTail(recordedPayload('2026.9.6', 'logs.tail-limit2'))
    expect(now?.lines[0]).toBe(
      '2026-11-22T09:25:23.949+00:00 INFO [gateway/admission] admission reopened: suspend phase',
    )
    const feb = parseLogTail(recordedPayload('2026.2.17', 'logs.tail'))
    expect(feb?.lines[0]).toBe('2026-11-22T08:45:47.525Z INFO 2026.2.17')
    expect(feb?.lines[1]).toMatch(/INFO \[gateway\/canvas\] canvas host mounted/)
  })

  it('keeps lines that are not OpenClaw’s', () => {
    expect(readableLogLine('plain text')).toBe('plain text')
    expect(readableLogLine('{"odd":1}')).toBe('{"odd":1}')
  })
})

describe('answers of the gateway', () => {
  it('name the agents in both versions', () => {
    const feb = parseAgents(recordedPayload('2026.2.17', 'agents.list'))
    expect(feb?.agents).toEqual([
      { id: 'main', name: null, model: null, isDefault: true, workspace: null },
      { id: 'alpha', name: null, model: null, isDefault: false, workspace: null },
    ])
    const now = parseAgents(recordedPayload('2026.9.6', 'agents.list'))
    expect(now?.agents.find(({ id }) => id === 'beta')).toMatchObject({
      model: 'fakeant/sonnet',
      isDefault: false,
    })
  })

  it('tell health and channels', () => {
    for (const version of VERSIONS) {
      expect(parseHealth(recordedPayload(version, 'health'))?.ok).toBe(true)
      expect(parseChannels(recordedPayload(version, 'channels.status'))).toEqual([])
    }
    expect(
      parseHealth({ ok: false, plugins: { errors: ['x', { id: 'y' }] }, eventLoop: { degraded: true } }),
    ).toEqual({
      ok: false,
      issues: ['plugin:x', 'plugin:y', 'event-loop'],
    })
    const channels = parseChannels({
      channels: { discord: { configured: true }, telegram: { configured: false }, slack: { running: false } },
      channelAccounts: {
        discord: [
          { accountId: 'ops', running: true, connected: false, lastError: 'closed' },
          { accountId: 'off', enabled: false },
        ],
      },
    })
    expect(channels).toEqual([
      { id: 'discord', account: 'ops', running: true, connected: false, error: 'closed' },
      { id: 'slack', account: 'default', running: false, connected: null, error: null },
    ])
  })

  it('describe the machine and the models', () => {
    expect(parseSystemInfo(recordedPayload('2026.9.6', 'system.info'))).toMatchObject({
      hostname: 'vm',
      cpuCount: 2,
    })
    const feb = modelLimits(
      recordedPayload('2026.2.17', 'models.list'),
      recordedPayload('2026.2.17', 'config.get'),
    )
    expect(feb.get('fakeant/sonnet')).toEqual({
      window: 200_000,
      maxTokens: 64_000,
      api: 'anthropic-messages',
    })
    expect(modelLimits(undefined, 'broken').size).toBe(0)
  })

  it('of readiness count only as JSON', () => {
    expect(parseReadiness(200, '{"ready":true,"failing":[],"uptimeMs":5}')).toMatchObject({
      kind: 'ready',
      uptimeMs: 5,
    })
    expect(parseReadiness(503, '{"ready":false,"failing":["startup"]}')).toMatchObject({
      kind: 'not-ready',
      failing: ['startup'],
    })
    expect(parseReadiness(200, '<!doctype html>')).toEqual({ kind: 'other', status: 200 })
  })
})

describe('a failed gateway call', () => {
  it.each([
    ['Gateway not reachable at ws://127.0.0.1:18789 (ECONNREFUSED).', 'not-sent'],
    ['Error: gateway closed (1006): connect ECONNREFUSED 127.0.0.1:18789', 'not-sent'],
    ['gateway closed before ready (1013): starting', 'not-sent'],
    ['gateway timeout after 10000ms\nGateway target: ws://127.0.0.1:18789', 'late'],
    ['gateway request timeout for sessions.compact', 'late'],
    ['gateway closed (1006 abnormal closure (no close frame)): no close reason', 'lost'],
    ["invalid sessions.reset params: at root: unexpected property 'x'", 'refused'],
    ['unknown method: no.such.method', 'refused'],
  ])('says what became of what was asked: %s', (message, expected) => {
    expect(callFailure(message)).toBe(expected)
  })
})
