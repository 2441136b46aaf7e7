import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import JSON5 from 'json5'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Clock } from '../../../src/base/clock.ts'
import type {
  NodeSpec,
  NodesSandbox,
  OpenClawVersion,
  SandboxNode,
  SessionSpec,
} from '../../../src/sandbox/nodes/control.ts'
import { startNodes } from '../../../src/sandbox/nodes/start-nodes.ts'
import { eventually } from '../../support/until.ts'
import {
  type ConnectOptions,
  type Frame,
  GatewayClient,
  login,
  loginKey,
  shapeOf,
  tunnel,
} from './clients.ts'

const FIXTURES = join(import.meta.dirname, '../../fixtures/sandbox-nodes')
const timings = {
  readyMs: 300,
  stopMs: 10,
  restartSecMs: 60,
  turnMs: 10,
  compactMs: 20,
  agentsSettleMs: 150,
  tickMs: 100,
}
const sessions: SessionSpec[] = [
  { key: 'agent:main:main', totalTokens: 15_000 },
  { key: 'agent:main:discord:channel:123', totalTokens: 120_000 },
  { key: 'agent:main:edge', totalTokens: 165_000 },
  { key: 'agent:main:over', totalTokens: 181_000 },
  { key: 'agent:main:wedged', totalTokens: 181_000, wedged: true },
  { key: 'agent:main:unknown', totalTokens: null },
]
let sandbox: NodesSandbox
let current: SandboxNode
let old: SandboxNode
const open: GatewayClient[] = []

beforeAll(async () => {
  const agents = [{ id: 'main', sessions }, { id: 'alpha' }]
  sandbox = await startNodes({
    authorizedKeys: [loginKey.publicKey],
    nodes: [
      { id: 'new', name: 'claw-new', version: '2026.9.6', agents, timings },
      { id: 'old', name: 'claw-old', version: '2026.2.17', agents, timings },
    ],
  })
  current = sandbox.node('new')
  old = sandbox.node('old')
})

beforeEach(() => {
  for (const client of open.splice(0)) client.close()
})

afterAll(async () => {
  for (const client of open) client.close()
  await sandbox.close()
})

function tokenOf(node: SandboxNode): string {
  const config = JSON5.parse(readFileSync(join(node.home, '.openclaw/openclaw.json'), 'utf8'))
  return config.gateway.auth.token
}

async function client(node: SandboxNode, options: Partial<ConnectOptions> = {}): Promise<GatewayClient> {
  await eventually(() => expect(node.facts().ready).toBe(true))
  const connected = await GatewayClient.connect(node.gatewayPort, { token: tokenOf(node), ...options })
  open.push(connected)
  return connected
}

function recorded(version: OpenClawVersion, name: string): Record<string, unknown> {
  const sample = JSON.parse(readFileSync(join(FIXTURES, version, `${name}.json`), 'utf8'))
  return sample.payload
}

function keysOf(value: unknown): string[] {
  return Object.keys(value as object).sort()
}

function rowsOf(frame: Frame): Record<string, unknown>[] {
  return frame.payload?.sessions as Record<string, unknown>[]
}

describe('the handshake', () => {
  test('has the shape that was recorded, on both releases', async () => {
    for (const node of [current, old]) {
      const { hello } = await client(node)
      const sample = recorded(node.version, 'connect')
      const got = hello?.payload ?? {}
      expect(keysOf(got.server)).toEqual(keysOf(sample.server))
      expect(keysOf(got.snapshot)).toEqual(keysOf(sample.snapshot))
      expect(keysOf(got.policy)).toEqual(keysOf(sample.policy))
      expect(got.features).toEqual(sample.features)
      expect(got.protocol).toBe(sample.protocol)
      expect((got.auth as { scopes: string[] }).scopes).toContain('operator.admin')
    }
  })

  test('works through the SSH tunnel', async () => {
    const ssh = await login(current)
    const stream = await tunnel(ssh, current.gatewayPort)
    const connected = await client(current, { stream })
    expect((await connected.request('health')).payload?.ok).toBe(true)
    connected.close()
    ssh.end()
  })

  test('the old release gives scopes only to a device and speaks protocol 3 alone', async () => {
    const nameless = await client(old, { device: false })
    expect(nameless.hello?.payload?.auth).toMatchObject({ scopes: [] })
    const refused = await nameless.request('sessions.list')
    expect(refused.error).toEqual({ code: 'INVALID_REQUEST', message: 'missing scope: operator.read' })
    const { hello } = await client(old, { minProtocol: 4 })
    expect(hello?.error).toMatchObject({ message: 'protocol mismatch', details: { expectedProtocol: 3 } })
  })

  test('the new release trusts the token alone, except from a page', async () => {
    const nameless = await client(current, { device: false })
    expect((await nameless.request('sessions.list')).ok).toBe(true)
    const page = await client(current, { device: false, mode: 'ui' })
    expect((await page.request('health')).ok).toBe(true)
    const refused = await page.request('sessions.reset', { key: 'agent:main:main' })
    expect(refused.error).toMatchObject({ code: 'FORBIDDEN', details: { missingScope: 'operator.admin' } })
  })

  test('refuses in the recorded words: wrong token, nobody, unknown client, a web page', async () => {
    const wrong = await client(current, { token: 'nope', device: false })
    expect(wrong.hello?.error).toEqual({
      code: 'INVALID_REQUEST',
      message: 'unauthorized: gateway token mismatch (provide gateway auth token)',
      details: {
        code: 'AUTH_TOKEN_MISMATCH',
        authReason: 'token_mismatch',
        canRetryWithDeviceToken: false,
        recommendedNextStep: 'update_auth_credentials',
      },
    })
    await eventually(() => expect(wrong.closed?.code).toBe(1008))
    const nobody = await client(current, { token: '', device: false })
    expect(nobody.hello?.error).toMatchObject({ code: 'NOT_PAIRED', message: 'device identity required' })
    const stranger = await client(current, { clientId: 'fleet-bot' })
    expect(stranger.hello?.error?.message).toContain('/client/id')
    const page = await client(current, { headers: { origin: 'https://example.test' } })
    expect(page.hello?.error?.details).toEqual({ code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED' })
  })

  test('a token that was changed is needed from then on', async () => {
    const before = tokenOf(current)
    const after = current.gateway.rotateToken()
    expect(tokenOf(current)).toBe(after)
    expect((await client(current, { token: before, device: false })).hello?.ok).toBe(false)
    expect((await client(current, { token: after })).hello?.ok).toBe(true)
  })
})

describe('answers have the recorded shapes', () => {
  const cases: [OpenClawVersion, string, string, object][] = [
    ['2026.9.6', 'rpc-system.info', 'system.info', {}],
    ['2026.9.6', 'rpc-gateway.restart.preflight', 'gateway.restart.preflight', {}],
    ['2026.9.6', 'rpc-gateway.suspend.prepare', 'gateway.suspend.prepare', { requestId: 'r' }],
    ['2026.9.6', 'rpc-models.list', 'models.list', {}],
    ['2026.9.6', 'rpc-sessions.compact-unknown', 'sessions.compact', { key: 'agent:nope:main' }],
    ['2026.2.17', 'rpc-channels.status', 'channels.status', {}],
    ['2026.2.17', 'rpc-sessions.reset-unknown', 'sessions.reset', { key: 'agent:main:nosuch' }],
    ['2026.2.17', 'rpc-sessions.compact', 'sessions.compact', { key: 'agent:main:main' }],
  ]
  test.each(cases)('%s %s', async (version, sample, method, params) => {
    const connected = await client(version === '2026.9.6' ? current : old)
    const answer = await connected.request(method, params)
    expect(shapeOf(answer.payload)).toEqual(shapeOf(recorded(version, sample)))
  })

  test('the keys of lists, rows, agents, health and the configuration', async () => {
    for (const node of [current, old]) {
      const connected = await client(node)
      const list = await connected.request('sessions.list')
      const sample = recorded(node.version, 'rpc-sessions.list')
      expect(keysOf(list.payload)).toEqual(keysOf(sample))
      const rows = rowsOf(list)
      const main = rows.find((row) => row.key === 'agent:main:main')
      const sampleRows = sample.sessions as Record<string, unknown>[]
      const sampleMain = sampleRows.find((row) => row.key === 'agent:main:main') ?? {}
      const allowed = new Set(sampleRows.flatMap(keysOf))
      expect(keysOf(main).filter((key) => !allowed.has(key))).toEqual([])
      const missing = keysOf(sampleMain).filter((key) => !keysOf(main).includes(key))
      expect(missing.filter((key) => !['hasAutomation', 'spawnDepth'].includes(key))).toEqual([])
      const unknown = rows.find((row) => row.key === 'agent:main:unknown')
      expect(unknown).toMatchObject({ totalTokensFresh: false })
      expect(unknown).not.toHaveProperty('totalTokens')
      const agents = await connected.request('agents.list')
      expect(keysOf(agents.payload)).toEqual(keysOf(recorded(node.version, 'rpc-agents.list')))
      const config = await connected.request('config.get')
      expect(keysOf(config.payload)).toEqual(keysOf(recorded(node.version, 'rpc-config.get')))
      expect(JSON.stringify(config)).not.toContain(tokenOf(node))
      const channels = await connected.request('channels.status')
      expect(keysOf(channels.payload)).toEqual(keysOf(recorded(node.version, 'rpc-channels.status')))
      const status = await connected.request('status')
      expect(keysOf(status.payload)).toEqual(keysOf(recorded(node.version, 'rpc-status')))
    }
  })

  test('unknown methods and parameters are refused in the recorded words', async () => {
    const connected = await client(current)
    expect((await connected.request('no.such.method')).error?.message).toBe('unknown method: no.such.method')
    expect((await connected.request('sessions.reset', { nokey: 1 })).error?.message).toBe(
      "invalid sessions.reset params: must have required property 'key'; at root: unexpected property 'nokey'",
    )
    const connectedOld = await client(old)
    expect((await connectedOld.request('system.info')).error?.message).toBe('unknown method: system.info')
  })

  test('health over HTTP: JSON on the new release, a page for everything on the old one', async () => {
    const ready = await fetch(`http://127.0.0.1:${current.gatewayPort}/readyz`)
    expect(await ready.json()).toMatchObject({ ready: true, failing: [] })
    const page = await fetch(`http://127.0.0.1:${old.gatewayPort}/readyz`)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toContain('text/html')
    const proxied = await fetch(`http://127.0.0.1:${current.gatewayPort}/`, {
      headers: { 'x-forwarded-for': '1.2.3.4' },
    })
    expect(proxied.status).toBe(403)
  })
})

describe('contexts', () => {
  test('grow turn by turn, and the end of a turn is pushed', async () => {
    const connected = await client(current)
    await connected.request('sessions.subscribe', { limit: 100 })
    expect(await current.gateway.grow('agent:main:main', 5000)).toBe('done')
    const end = await connected.event('sessions.changed', (payload) => payload.phase === 'end')
    expect(end.payload).toMatchObject({ sessionKey: 'agent:main:main', totalTokens: 20_000, status: 'done' })
    expect(await connected.event('chat', (payload) => payload.state === 'final')).toBeDefined()
  })

  test('a prompt that the provider refuses fails with the recorded chat event', async () => {
    const connected = await client(current)
    await connected.request('sessions.subscribe')
    expect(await current.gateway.grow('agent:main:edge', 7072)).toBe('failed')
    const error = await connected.event('chat', (payload) => payload.state === 'error')
    expect(error.payload).toMatchObject({
      errorKind: 'context_length',
      errorDetail: {
        failoverReason: 'context_overflow',
        providerErrorMessagePreview: expect.stringContaining('172072 + 34048 > 200000'),
      },
    })
    const row = (await connected.request('sessions.describe', { key: 'agent:main:edge' })).payload?.session
    expect(row).toMatchObject({
      status: 'failed',
      totalTokens: 165_000,
      lastRunError: expect.stringContaining('Context overflow'),
    })
    const connectedOld = await client(old)
    expect(await old.gateway.grow('agent:main:edge', 7072)).toBe('failed')
    const oldError = await connectedOld.event('chat', (payload) => payload.state === 'error')
    expect(oldError.payload?.errorMessage).toContain('exceed context limit: 172072 + 34048 > 200000')
  })

  test('past its own threshold OpenClaw compacts first, unless compaction fails', async () => {
    expect(await current.gateway.grow('agent:main:over', 1000)).toBe('done')
    const over = current.gateway.sessions().find(({ key }) => key === 'agent:main:over')
    expect(over).toMatchObject({ compactions: 1, totalTokens: Math.round(181_000 * 0.1514) + 13_006 + 1000 })
    expect(await current.gateway.grow('agent:main:wedged', 1000)).toBe('failed')
    expect(await current.gateway.grow('agent:main:wedged', 1000)).toBe('failed')
  })

  test('the cap of the configuration moves the threshold below the refusal zone', async () => {
    const connected = await client(current)
    const config = (await connected.request('config.get')).payload ?? {}
    const models = [{ id: 'claude-sonnet-4-5', contextTokens: 180_000 }]
    const raw = JSON.stringify({ models: { providers: { anthropic: { models } } } })
    expect((await connected.request('config.patch', { raw })).error?.message).toContain(
      'config base hash required',
    )
    const patched = await connected.request('config.patch', { raw, baseHash: config.hash })
    expect(patched.ok).toBe(true)
    const stale = await connected.request('config.patch', { raw, baseHash: config.hash })
    expect(stale.error?.message).toContain('config changed since last load')
    const edge = rowsOf(await connected.request('sessions.list')).find((row) => row.key === 'agent:main:edge')
    expect(edge?.contextTokens).toBe(180_000)
    expect(await current.gateway.grow('agent:main:edge', 7072)).toBe('done')
  })

  test('a compaction on the new release is by the model and can have nothing to do', async () => {
    const connected = await client(current)
    const done = await connected.request('sessions.compact', { key: 'agent:main:discord:channel:123' })
    expect(done.payload).toMatchObject({ ok: true, compacted: true, result: { tokensBefore: 120_000 } })
    await connected.request('sessions.create', { key: 'agent:main:empty', agentId: 'main' })
    const empty = await connected.request('sessions.compact', { key: 'agent:main:empty' })
    expect(empty).toMatchObject({ ok: true, payload: recordedEmpty() })
  })

  test('on the old release sessions.compact only cuts lines and loses the header; /compact really compacts', async () => {
    const connected = await client(old)
    const cut = await connected.request('sessions.compact', { key: 'agent:main:over', maxLines: 1 })
    expect(cut.payload).toMatchObject({
      compacted: true,
      kept: 1,
      archived: expect.stringContaining('.jsonl.bak.'),
    })
    const row = rowsOf(await connected.request('sessions.list')).find(({ key }) => key === 'agent:main:over')
    expect(row).not.toHaveProperty('totalTokens')
    const file = join(old.home, '.openclaw/agents/main/sessions', `${row?.sessionId}.jsonl`)
    expect(readFileSync(file, 'utf8')).not.toContain('"type":"session"')
    const key = 'agent:main:discord:channel:123'
    await connected.request('chat.send', { sessionKey: key, message: '/compact', idempotencyKey: 'run-1' })
    const final = await connected.event(
      'chat',
      (payload) => payload.runId === 'run-1' && payload.state === 'final',
    )
    expect(JSON.stringify(final.payload)).toContain('Compacted (120k → 18k) • Context 18k/200k (9%)')
    const waited = await connected.request('agent.wait', { runId: 'run-1', timeoutMs: 50 })
    expect(waited.payload?.status).toBe('timeout')
  })

  test('a reset empties a session, keeps or changes its id by release, and creates an unknown one', async () => {
    for (const node of [current, old]) {
      const connected = await client(node)
      const key = 'agent:main:main'
      const before = node.gateway.sessions().find((session) => session.key === key)
      const answer = await connected.request('sessions.reset', { key })
      expect(answer.payload?.entry).toMatchObject({ totalTokens: 0, totalTokensFresh: true })
      const after = node.gateway.sessions().find((session) => session.key === key)
      expect(after?.sessionId === before?.sessionId).toBe(node.version === '2026.9.6')
      expect((await connected.request('sessions.reset', { key: 'agent:main:typo' })).ok).toBe(true)
      expect(node.gateway.sessions().some((session) => session.key === 'agent:main:typo')).toBe(true)
    }
    const connected = await client(current)
    const guarded = await connected.request('sessions.reset', {
      key: 'agent:main:main',
      expectedSessionId: 'x',
    })
    expect(guarded.error?.details).toEqual({ reason: 'session-changed' })
    expect((await connected.request('sessions.delete', { key: 'agent:main:main' })).error?.message).toBe(
      'Cannot delete the main session (agent:main:main).',
    )
  })
})

function recordedEmpty(): Record<string, unknown> {
  return { ...recorded('2026.9.6', 'rpc-sessions.compact-empty'), key: 'agent:main:empty' }
}

test('turns come by themselves in the rhythm of the clock', async () => {
  const waiting: { ms: number; wake: () => void }[] = []
  const clock: Clock = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        waiting.push({ ms, wake: () => resolve() })
        signal?.addEventListener('abort', () => reject(signal.reason))
      }),
  }
  const key = 'agent:main:main'
  const session = { key, totalTokens: 150_000, growPerTurn: 9000, turnEveryMs: 60_000 }
  const agents = [{ id: 'main', sessions: [session] }]
  const nodes: NodeSpec[] = [{ id: 'a', name: 'claw-a', version: '2026.9.6', agents, timings }]
  const own = await startNodes({ clock, authorizedKeys: [], nodes })
  const seen = () => own.node('a').gateway.sessions()[0]
  waiting[0]?.wake()
  await eventually(() => expect(seen()).toMatchObject({ totalTokens: 159_000, status: 'done' }))
  await eventually(() => expect(waiting).toHaveLength(2))
  expect(waiting[1]?.ms).toBe(60_000)
  waiting[1]?.wake()
  await eventually(() => expect(seen()).toMatchObject({ totalTokens: 159_000, status: 'failed' }))
  await own.close()
})

describe('agents and the process', () => {
  test('an agent that was created or deleted shows up late', async () => {
    const connected = await client(current)
    const ids = async () => {
      const { payload } = await connected.request('agents.list')
      return ((payload?.agents ?? []) as { id: string }[]).map(({ id }) => id)
    }
    const made = await connected.request('agents.create', { name: 'Eps Bot' })
    expect(made.payload).toMatchObject({ ok: true, agentId: 'eps-bot', name: 'Eps Bot' })
    expect(await ids()).not.toContain('eps-bot')
    await eventually(async () => expect(await ids()).toContain('eps-bot'))
    const again = await connected.request('agents.create', { name: 'Eps Bot' })
    expect(again.error?.message).toBe('agent "eps-bot" already exists')
    expect((await connected.request('agents.delete', { agentId: 'eps-bot' })).payload).toMatchObject({
      ok: true,
    })
    expect(await ids()).toContain('eps-bot')
    await eventually(async () => expect(await ids()).not.toContain('eps-bot'))
    const onOld = await (await client(old)).request('agents.create', { name: 'delta' })
    expect(onOld.error?.message).toContain("must have required property 'workspace'")
  })

  test('a restart over RPC tells the clients, closes with 1012 and comes back as another process', async () => {
    const connected = await client(current)
    const before = current.facts()
    const answer = await connected.request('gateway.restart.request', { reason: 'test' })
    expect(shapeOf(answer.payload)).toEqual(shapeOf(recorded('2026.9.6', 'rpc-gateway.restart.request')))
    const goodbye = await connected.event('shutdown')
    expect(goodbye.payload).toEqual({ reason: 'gateway restarting', restartExpectedMs: 1500 })
    await eventually(() => expect(connected.closed).toEqual({ code: 1012, reason: 'service restart' }))
    await eventually(() => expect(current.facts().bootId).not.toBe(before.bootId))
    await eventually(() => expect(current.facts()).toMatchObject({ ready: true, restarts: 1 }))
    expect(current.facts().pid).not.toBe(before.pid)
  })

  test('the preflight names running turns', async () => {
    const connected = await client(current)
    current.gateway.startTurn('agent:main:main')
    const busy = await connected.request('gateway.restart.preflight')
    expect(busy.payload).toMatchObject({ safe: false, counts: { embeddedRuns: 1, totalActive: 1 } })
    current.gateway.endTurn()
    expect((await connected.request('gateway.restart.preflight')).payload).toMatchObject({ safe: true })
  })

  test('while it starts it says so', async () => {
    await eventually(() => expect(old.facts().ready).toBe(true))
    await current.gateway.restartService()
    const starting = await eventually(async () => {
      const answer = await fetch(`http://127.0.0.1:${current.gatewayPort}/readyz`)
      expect(answer.status).toBe(503)
      return answer.json()
    })
    expect(starting).toMatchObject({ ready: false })
  })

  test('frozen, it accepts and stays silent; thawed, it answers what was asked', async () => {
    const connected = await client(current)
    current.gateway.freeze()
    const late = connected.request('health')
    const silence = new Promise((resolve) => setTimeout(() => resolve('silence'), 200))
    expect(await Promise.race([late, silence])).toBe('silence')
    current.gateway.thaw()
    expect((await late).ok).toBe(true)
  })

  test('ticks come with growing sequence numbers', async () => {
    const connected = await client(current)
    await eventually(() =>
      expect(connected.events.filter(({ event }) => event === 'tick').length).toBeGreaterThan(1),
    )
    const numbers = connected.events.flatMap(({ seq }) => (seq === undefined ? [] : [seq]))
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  })
})
