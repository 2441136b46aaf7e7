import { generateKeyPairSync } from 'node:crypto'
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { OperatorError } from '../../src/base/errors.ts'
import type { Reading } from '../../src/base/reading.ts'
import { identityOf } from '../../src/openclaw/device-identity.ts'
import { OpenClawNodeLink } from '../../src/openclaw/node-link.ts'
import { DEFAULT_CONTEXT_SETTINGS } from '../../src/openclaw/sessions.ts'
import type { NodeSnapshot } from '../../src/openclaw/snapshot.ts'
import { recordedPayload, VERSIONS } from './fixtures.ts'
import { type LocalSessionOptions, localSession } from './local-session.ts'
import { type RecordedGatewayOptions, startRecordedGateway } from './recorded-gateway.ts'

const LIMITS = { deadlineMs: 15_000 }
const device = identityOf(generateKeyPairSync('ed25519').privateKey)
const cleanups: (() => unknown)[] = []
let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ocm-node-'))
  cleanups.push(() => rm(home, { recursive: true, force: true }))
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function put(path: string, text: string, mode = 0o600) {
  const file = join(home, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  await chmod(file, mode)
}

function configure(port: number, token = 'tok-1') {
  const config = { gateway: { port, auth: { mode: 'token', token } } }
  return put('.openclaw/openclaw.json', JSON.stringify(config))
}

async function gatewayOf(options: Partial<RecordedGatewayOptions> = {}) {
  const gateway = await startRecordedGateway({ version: '2026.9.6', ...options })
  cleanups.push(() => gateway.stop())
  return gateway
}

function linkTo(gatewayPort: number, options: Partial<LocalSessionOptions> = {}) {
  const tokens: string[] = []
  const session = localSession({ home, ...options })
  const record = { id: 'n1', gatewayPort, ocPath: null } as ConstructorParameters<typeof OpenClawNodeLink>[0]
  const link = new OpenClawNodeLink(record, session, {
    clock: systemClock,
    device: async () => device,
    settings: DEFAULT_CONTEXT_SETTINGS,
    idleMs: 60_000,
    onToken: (token) => tokens.push(token),
  })
  cleanups.push(() => link.dispose())
  return { link, session, tokens }
}

describe('a snapshot', () => {
  it.each(VERSIONS)('of a serving %s node holds everything, over one gateway connection', async (version) => {
    const gateway = await gatewayOf({ version })
    await configure(gateway.port)
    const { link, tokens } = linkTo(gateway.port)
    const snapshot = await link.snapshot({ ...LIMITS, fresh: true })
    expect(snapshot).toMatchObject({ nodeId: 'n1', state: 'serving', reason: null })
    expect(snapshot.gateway).toMatchObject({ ready: { value: true }, health: { value: { ok: true } } })
    expect(snapshot.agents.value?.map(({ id }) => id)).toContain('alpha')
    expect(snapshot.sessions).toMatchObject({ freshness: 'fresh', source: 'rpc' })
    expect(snapshot.sessions.value?.map(({ context }) => context.used.value).sort()).toContain(172_000)
    expect(snapshot.install.configValid.value).toBe(true)
    expect(snapshot.host.hostname.freshness).toBe('fresh')
    expect(tokens).toEqual(['tok-1'])
    await link.snapshot(LIMITS)
    expect(gateway.state.connects).toBe(1)
    expect(JSON.stringify(snapshot)).not.toContain('tok-1')
  })

  it('runs one script after the other: a second one at once would need a second shell', async () => {
    const gateway = await gatewayOf({})
    await configure(gateway.port)
    const { link, session } = linkTo(gateway.port)
    expect((await link.snapshot(LIMITS)).state).toBe('serving')
    expect(session).toMatchObject({ scripts: 2, scriptsAtOnce: 1 })
    await link.snapshot(LIMITS)
    expect(session.scripts).toBe(3)
  })

  it('does not try a node a second time for the probe when its token could not be fetched', async () => {
    const unreachable = new OperatorError('node-unreachable', { node: 'n1', reason: 'connect-refused' })
    const { link, session } = linkTo(1, { unreachable })
    expect((await link.snapshot({ ...LIMITS, fresh: true })).state).toBe('unreachable')
    expect(session.scripts).toBe(1)
  })

  it.each(VERSIONS)(
    'of a %s gateway with too many sessions takes what a node may have and says so',
    async (version) => {
      const asked: object[] = []
      const gateway = await gatewayOf({
        version,
        reply({ method, params }) {
          if (method !== 'sessions.list') return undefined
          asked.push(params)
          const { limit, offset = 0 } = params as { limit: number; offset?: number }
          const sessions = Array.from({ length: limit }, (_, index) => ({ key: `agent:a:${offset + index}` }))
          return { payload: { sessions, hasMore: true, nextOffset: offset + limit, totalCount: 75_000 } }
        },
      })
      await configure(gateway.port)
      const { link } = linkTo(gateway.port)
      const { sessions } = await link.snapshot(LIMITS)
      expect(sessions).toMatchObject({ freshness: 'fresh', limitedTo: 1_000 })
      expect(sessions.value).toHaveLength(1_000)
      expect(asked.length).toBeLessThanOrEqual(10)
    },
  )

  it('of a node that SSH does not reach is unreachable in every value', async () => {
    const unreachable = new OperatorError('node-unreachable', {
      node: 'n1',
      reason: 'backing-off',
      last: 'connect-refused',
      retryInMs: 500,
    })
    const { link } = linkTo(1, { unreachable })
    const snapshot = await link.snapshot(LIMITS)
    expect(snapshot).toMatchObject({ state: 'unreachable', reason: { code: 'connect-refused' } })
    for (const reading of [
      ...Object.values(snapshot.host),
      ...Object.values(snapshot.gateway),
      snapshot.sessions,
    ]) {
      expect(reading).toMatchObject({ freshness: 'unknown', reason: { code: 'connect-refused' } })
    }
  })

  describe('of a node whose probe was late', () => {
    const late = (params: object = {}) => new OperatorError('deadline', { node: 'n1', seconds: 4, ...params })
    const silence = late()

    it('says that it is slow where it was heard meanwhile', async () => {
      const { link } = linkTo(1, { scriptFailure: late({ heard: 'yes' }), tcpFailure: silence })
      const snapshot = await link.snapshot(LIMITS)
      expect(snapshot).toMatchObject({
        state: 'unknown',
        reason: { code: 'node-slow', params: { ms: 4_000 } },
      })
      expect(snapshot.host.load).toMatchObject({ freshness: 'unknown', reason: { code: 'node-slow' } })
    })

    it('says that it is slow where its SSH server still has a word to say', async () => {
      const { link } = linkTo(1, { scriptFailure: silence })
      expect(await link.snapshot(LIMITS)).toMatchObject({ state: 'unknown', reason: { code: 'node-slow' } })
    })

    it('says that it is not reached where nothing at all was heard', async () => {
      const { link } = linkTo(1, { scriptFailure: silence, tcpFailure: silence })
      expect(await link.snapshot(LIMITS)).toMatchObject({
        state: 'unreachable',
        reason: { code: 'deadline' },
      })
    })
  })

  it('of a node whose login was too slow a moment ago says that, and no time in which it would be tried', async () => {
    const unreachable = new OperatorError('node-unreachable', {
      node: 'n1',
      reason: 'backing-off',
      last: 'node-slow',
      retryInMs: 12_000,
    })
    const { link } = linkTo(1, { unreachable })
    const snapshot = await link.snapshot(LIMITS)
    expect([snapshot.state, snapshot.reason]).toEqual(['unknown', { code: 'node-slow' }])
  })

  it('of a frozen gateway comes within the deadline and says that it hangs', async () => {
    const gateway = await gatewayOf({ mute: true })
    await configure(gateway.port)
    const { link } = linkTo(gateway.port)
    const started = performance.now()
    const snapshot = await link.snapshot({ deadlineMs: 6_000 })
    expect(performance.now() - started).toBeLessThan(20_000)
    expect(snapshot.state).toBe('not-serving')
    // The port's owner is the test runner itself, which is rightly no OpenClaw.
    expect(['gateway-hung', 'port-held-by-other']).toContain(snapshot.reason?.code)
  })

  it('of a gateway that froze after the handshake drops the dead connection', async () => {
    let frozen = false
    const gateway = await gatewayOf({
      reply: ({ method }) => (frozen && method !== 'connect' ? null : undefined),
    })
    await configure(gateway.port)
    const { link } = linkTo(gateway.port)
    expect((await link.snapshot(LIMITS)).state).toBe('serving')
    frozen = true
    expect((await link.snapshot({ deadlineMs: 6_000 })).state).toBe('not-serving')
    frozen = false
    expect((await link.snapshot(LIMITS)).state).toBe('serving')
    expect(gateway.state.connects).toBeGreaterThanOrEqual(2)
  })

  it('of a gateway that greets us and then needs too long says that it serves, and what is missing', async () => {
    let slow = true
    const gateway = await gatewayOf({
      reply: ({ method }) => (slow && method !== 'connect' ? null : undefined),
    })
    await configure(gateway.port)
    const { link } = linkTo(gateway.port)
    const snapshot = await link.snapshot({ deadlineMs: 3_000 })
    expect(snapshot).toMatchObject({ state: 'serving', reason: { code: 'deadline' } })
    expect(snapshot.sessions).toMatchObject({ freshness: 'unknown', reason: { code: 'deadline' } })
    slow = false
    expect(await link.snapshot(LIMITS)).toMatchObject({ state: 'serving', reason: null })
    expect(gateway.state.connects).toBe(1)
  })

  it('of a node whose token changed reads the new one and goes on', async () => {
    const gateway = await gatewayOf()
    await configure(gateway.port)
    const { link, tokens } = linkTo(gateway.port)
    await link.snapshot(LIMITS)
    gateway.state.token = 'tok-2'
    await configure(gateway.port, 'tok-2')
    gateway.drop(1012, 'service restart')
    await expect.poll(() => gateway.openSockets()).toBe(0)
    expect(await link.snapshot(LIMITS)).toMatchObject({ state: 'serving', reason: null })
    expect(tokens).toEqual(['tok-1', 'tok-2'])
  })

  it.each(VERSIONS)('of a %s gateway that refuses us still says that it serves', async (version) => {
    const gateway = await gatewayOf({ version, token: 'other' })
    await configure(gateway.port)
    const snapshot = await linkTo(gateway.port).link.snapshot(LIMITS)
    expect(snapshot).toMatchObject({ state: 'serving', reason: { code: 'gateway-auth-failed' } })
    expect(snapshot.sessions).toMatchObject({ freshness: 'unknown', reason: { code: 'gateway-auth-failed' } })
  })

  it('says when the token is kept where it cannot be read', async () => {
    const gateway = await gatewayOf()
    await put('.openclaw/openclaw.json', '{"gateway":{"auth":{"token":{"source":"exec","id":"vault"}}}}')
    const snapshot = await linkTo(gateway.port).link.snapshot(LIMITS)
    expect(snapshot).toMatchObject({ state: 'serving', reason: { code: 'gateway-token-missing' } })
  })

  it('finds a token that stands in the .env of the state directory', async () => {
    const gateway = await gatewayOf({ token: 'from env' })
    await put('.openclaw/openclaw.json', `{"gateway":{"auth":{"token":"$\{GW}"}}}`)
    await put('.openclaw/.env', 'A=1\nexport GW="from env"\n')
    expect((await linkTo(gateway.port).link.snapshot(LIMITS)).state).toBe('serving')
  })

  it('reads the store of 2026.2.17 while its gateway is down, and calls it stale', async () => {
    await configure(9)
    const store = new URL('../fixtures/openclaw/2026.2.17/sessions-store.json', import.meta.url)
    await mkdir(join(home, '.openclaw/agents/alpha/sessions'), { recursive: true })
    await cp(store, join(home, '.openclaw/agents/alpha/sessions/sessions.json'))
    await put('.npm-global/bin/openclaw', '#!/bin/sh\necho 2026.2.17\n', 0o755)
    const snapshot = await linkTo(9).link.snapshot(LIMITS)
    expect(snapshot.state).toBe('service-down')
    expect(snapshot.sessions).toMatchObject({
      freshness: 'stale',
      source: 'store-file',
      reason: { code: 'gateway-offline' },
    })
    expect(snapshot.sessions.value?.[0]?.context.used).toMatchObject({ freshness: 'stale', value: 172_000 })
  })

  it('reads a sessions.json wherever there is one, whatever the version (2026.6.8, 2026.7.1)', async () => {
    await configure(9)
    const entry = { sessionId: 's-1', totalTokens: 172_000, totalTokensFresh: true, contextTokens: 200_000 }
    await put('.openclaw/agents/main/sessions/sessions.json', JSON.stringify({ 'agent:main:main': entry }))
    await put('.npm-global/bin/openclaw', '#!/bin/sh\necho "OpenClaw 2026.7.1 (2d2ddc4)"\n', 0o755)
    const { sessions } = await linkTo(9).link.snapshot(LIMITS)
    expect(sessions).toMatchObject({ freshness: 'stale', source: 'store-file' })
    expect(sessions.value?.[0]?.context.used.value).toBe(172_000)
  })

  it('asks OpenClaw where a database took a sessions.json over', async () => {
    await configure(9)
    await put('.openclaw/agents/main/sessions/sessions.json', '{"agent:main:old":{"totalTokens":1}}')
    await put('.openclaw/agents/main/agent/openclaw-agent.sqlite', '')
    const listed = JSON.stringify({ sessions: [{ key: 'agent:main:new', totalTokens: 5_000 }] })
    const script = `#!/bin/sh\ncase $1 in --version) echo 2026.8.1 ;; *) printf '%s' '${listed}' ;; esac\n`
    await put('.npm-global/bin/openclaw', script, 0o755)
    const { sessions } = await linkTo(9).link.snapshot(LIMITS)
    expect(sessions).toMatchObject({ freshness: 'stale', source: 'cli' })
    expect(sessions.value?.map(({ key }) => key)).toEqual(['agent:main:new'])
  })

  it('says that the agents may not be listed instead of showing none', async () => {
    await configure(9)
    await put('.npm-global/bin/openclaw', '#!/bin/sh\necho 2026.6.8\n', 0o755)
    // A file in its place can no more be listed than a folder without the right, which root would have.
    await put('.openclaw/agents', '')
    const { sessions } = await linkTo(9).link.snapshot(LIMITS)
    expect(sessions).toMatchObject({ freshness: 'unknown', reason: { code: 'permission-denied' } })
  })

  it('counts a session of a gateway that is down as a live one, by the same configuration', async () => {
    const model = { id: 'gpt', contextWindow: 200_000, maxTokens: 64_000 }
    const models = { providers: { p: { api: 'openai-completions', apiKey: 'k', models: [model] } } }
    const row = {
      key: 'agent:main:main',
      model: 'gpt',
      modelProvider: 'p',
      totalTokens: 150_000,
      totalTokensFresh: true,
      inputTokens: 150_000,
      contextTokens: 200_000,
    }
    const parsed = { agents: { defaults: { thinkingDefault: 'high' } }, models }
    const gateway = await gatewayOf({
      reply({ method }) {
        if (method === 'sessions.list') return { payload: { sessions: [row] } }
        if (method === 'config.get') return { payload: { hash: 'h', parsed } }
        return method === 'models.list' ? { payload: { models: [] } } : undefined
      },
    })
    await configure(gateway.port)
    const online = (await linkTo(gateway.port).link.snapshot(LIMITS)).sessions.value?.[0]?.context
    const { key, ...entry } = row
    await put('.openclaw/agents/main/sessions/sessions.json', JSON.stringify({ [key]: entry }))
    const config = { gateway: { port: 9, auth: { mode: 'token', token: 'tok-1' } }, ...parsed }
    await put('.openclaw/openclaw.json', JSON.stringify(config))
    await put('.npm-global/bin/openclaw', '#!/bin/sh\necho 2026.6.8\n', 0o755)
    const offline = (await linkTo(9).link.snapshot(LIMITS)).sessions.value?.[0]?.context
    expect(online).toMatchObject({ reserve: 64_000, reserveFrom: 'model' })
    expect(online?.usablePercent.value).toBeCloseTo(110.3, 1)
    expect(offline).toMatchObject({ reserve: 64_000, reserveFrom: 'model' })
    expect(offline?.window.value).toBe(online?.window.value)
    expect(offline?.usablePercent.value).toBe(online?.usablePercent.value)
    expect(offline?.headroom).toMatchObject({ freshness: 'stale', value: online?.headroom.value })
  })

  it('is cancelled when the caller gives up', async () => {
    const { link } = linkTo(9)
    const signal = AbortSignal.abort()
    await expect(link.snapshot({ ...LIMITS, signal })).rejects.toMatchObject({ code: 'cancelled' })
  })
})

describe('a link', () => {
  it('falls back to the CLI where forwarding is forbidden, and says so', async () => {
    const tcpFailure = new OperatorError('gateway-unreachable', { node: 'n1', reason: 'permission-denied' })
    await configure(9)
    const script =
      '#!/bin/sh\ncase $1 in --version) echo 2026.9.6 ;; *) echo "{\\"got\\":\\"$3\\"}" ;; esac\n'
    await put('.npm-global/bin/openclaw', script, 0o755)
    const { link } = linkTo(9, { tcpFailure })
    const answer = await link.rpc('sessions.list', {}, LIMITS)
    expect(answer).toMatchObject({ source: 'cli', payload: { got: 'sessions.list' } })
  })

  it('keeps long work alive when a look finds the gateway silent, and hears its answer', async () => {
    const held: (() => void)[] = []
    const gateway = await gatewayOf({
      reply({ id, method }, socket) {
        if (method === 'connect' && held.length === 0) return undefined
        if (method === 'sessions.compact')
          held.push(() =>
            socket.send(JSON.stringify({ type: 'res', id, ok: true, payload: { compacted: true } })),
          )
        return null
      },
    })
    await configure(gateway.port)
    const { link } = linkTo(gateway.port)
    const work = link.rpc('sessions.compact', { key: 'k' }, { deadlineMs: 120_000 })
    await expect.poll(() => held.length).toBe(1)
    const snapshot = await link.snapshot({ deadlineMs: 1_500, fresh: true })
    expect(snapshot).toMatchObject({ state: 'not-serving', reason: { code: 'gateway-busy' } })
    held[0]?.()
    expect((await work).payload).toEqual({ compacted: true })
  })

  it('calls a time-out before anything was sent by that name, and the result not in doubt', async () => {
    const gateway = await gatewayOf({ mute: true })
    await configure(gateway.port)
    const { link } = linkTo(gateway.port)
    await expect(link.rpc('sessions.reset', { key: 'k' }, { deadlineMs: 300 })).rejects.toMatchObject({
      code: 'gateway-unreachable',
      kind: 'failed',
      params: { reason: 'deadline' },
    })
  })

  it('hands on events and tells once that they ended', async () => {
    const gateway = await gatewayOf()
    await configure(gateway.port)
    const { link } = linkTo(gateway.port)
    const heard: string[] = []
    let closed = 0
    link.events(
      ({ event }) => heard.push(event),
      () => closed++,
    )
    await link.hello(LIMITS)
    await expect.poll(() => gateway.state.connects).toBe(1)
    await systemClock.sleep(0)
    gateway.broadcast(JSON.stringify({ type: 'event', event: 'sessions.changed', payload: {} }))
    await expect.poll(() => heard).toEqual(['sessions.changed'])
    gateway.drop(1012, 'service restart')
    await expect.poll(() => closed).toBe(1)
  })
})

type Part =
  | 'agents'
  | 'sessions'
  | 'service'
  | 'install'
  | `host.${keyof NodeSnapshot['host']}`
  | `gateway.${keyof NodeSnapshot['gateway']}`

function partOf(snapshot: NodeSnapshot, path: Part): unknown {
  return path.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], snapshot)
}

function readAt(snapshot: NodeSnapshot, path: Part): number {
  return (partOf(snapshot, path) as Reading<unknown>).observedAt
}

describe('a pass', () => {
  const recent = { ...LIMITS, pass: { movingMs: 60_000, restingMs: 60_000 } }
  const sweep = { ...LIMITS, pass: { movingMs: 0, restingMs: 60_000 } }

  async function served(
    options: Partial<RecordedGatewayOptions> = {},
    node: Partial<LocalSessionOptions> = {},
  ) {
    const gateway = await gatewayOf(options)
    await configure(gateway.port)
    const { link, session } = linkTo(gateway.port, node)
    const first = await link.snapshot(recent)
    expect(first.state).toBe('serving')
    const asked = gateway.received.length
    return { gateway, link, session, first, asked: () => gateway.received.length - asked }
  }

  it('renews the figures that move and keeps the rest with its own age', async () => {
    const { link, first, asked } = await served()
    const second = await link.snapshot(recent)
    expect(asked()).toBe(0)
    expect(second.state).toBe('serving')
    expect(second.observedAt).toBeGreaterThan(first.observedAt)
    expect(second.host.load.observedAt).toBeGreaterThan(first.host.load.observedAt)
    expect(second.host.disk).toEqual(first.host.disk)
    expect(second.sessions).toEqual(first.sessions)
  })

  it('asks for what it shows when the recent one is not accepted, and for all when a person waits', async () => {
    const { gateway, link, asked } = await served()
    const methods = () => gateway.received.slice(-asked()).map(({ method }) => method)
    await link.snapshot(LIMITS)
    expect(methods().sort()).toEqual(['agents.list', 'sessions.list'])
    const listed = asked()
    const whole = await link.snapshot({ ...recent, fresh: true })
    expect(methods().slice(listed).sort()).toEqual([
      'agents.list',
      'channels.status',
      'config.get',
      'health',
      'sessions.list',
    ])
    expect(whole.gateway.health.value).toMatchObject({ ok: true })
    // What a quick look does not renew it keeps.
    expect((await link.snapshot(recent)).gateway.health).toEqual(whole.gateway.health)
  })

  it('reads what moves once the recent one is too old, and keeps what rarely moves', async () => {
    const { gateway, link, first, asked } = await served()
    const second = await link.snapshot(sweep)
    expect(gateway.received.slice(-asked()).map(({ method }) => method)).toEqual([
      'sessions.subscribe',
      'sessions.list',
    ])
    for (const read of ['sessions', 'host.disk', 'host.load', 'gateway.ready'] as const)
      expect(readAt(second, read)).toBeGreaterThan(readAt(first, read))
    for (const kept of ['agents', 'service', 'install', 'host.hostname', 'gateway.bootId'] as const)
      expect(partOf(second, kept)).toEqual(partOf(first, kept))
    expect(second.sessions.value?.map(({ key }) => key)).toEqual(first.sessions.value?.map(({ key }) => key))
  })

  it('asks anew for all once what rarely moves is too old', async () => {
    const { gateway, link, asked } = await served()
    const second = await link.snapshot({ ...LIMITS, pass: { movingMs: 0, restingMs: 0 } })
    const methods = gateway.received.slice(-asked()).map(({ method }) => method)
    expect(methods.sort()).toEqual(['agents.list', 'sessions.list'])
    expect(second.gateway.health).toMatchObject({ freshness: 'unknown', reason: { code: 'not-read-yet' } })
  })

  it('sees within one pass that a gateway is being stopped under a running turn', async () => {
    const show = (state: string) => put('bin/systemctl', `#!/bin/sh\necho ActiveState=${state}\n`, 0o755)
    await show('active')
    let running = false
    const { link } = await served(
      {
        reply({ method }) {
          if (method !== 'sessions.list') return undefined
          const list = recordedPayload('2026.9.6', method) as { sessions: object[] }
          return {
            payload: { ...list, sessions: list.sessions.map((row) => ({ ...row, hasActiveRun: running })) },
          }
        },
      },
      { env: { PATH: `${join(home, 'bin')}:${process.env.PATH}` } },
    )
    await show('deactivating')
    expect((await link.snapshot(sweep)).state).toBe('serving')
    running = true
    expect(await link.snapshot(sweep)).toMatchObject({
      state: 'not-serving',
      reason: { code: 'service-stopping' },
    })
  })

  it('lets a gateway that floods alone for a while and says so, until a person asks', async () => {
    const { gateway, link } = await served()
    const brackets = `{"type":"event","event":"x","payload":${'['.repeat(8 * 1024 * 1024)}`
    for (let frame = 0; frame < 3; frame++) gateway.broadcast(brackets)
    await expect.poll(() => gateway.openSockets()).toBe(0)
    for (let look = 0; look < 2; look++)
      expect(await link.snapshot(sweep)).toMatchObject({
        state: 'serving',
        reason: { code: 'over-budget' },
        sessions: { freshness: 'unknown', reason: { code: 'over-budget' } },
      })
    expect(gateway.state.connects).toBe(1)
    expect(await link.snapshot({ ...LIMITS, fresh: true })).toMatchObject({ state: 'serving', reason: null })
  })

  it.each([['sh'], ['bash', '--posix']])(
    'looks properly when the gateway says that it is not ready, asked from %s',
    async (...shell) => {
      let ready = true
      const { link } = await served(
        {
          http(_request, response) {
            const failing = ready ? [] : ['gateway-draining']
            response.statusCode = ready ? 200 : 503
            response.end(JSON.stringify({ ready, failing, uptimeMs: 5 }))
          },
        },
        { shell },
      )
      ready = false
      const second = await link.snapshot(sweep)
      expect(second).toMatchObject({
        state: 'serving',
        reason: { code: 'gateway-not-ready', params: { failing: 'gateway-draining' } },
      })
    },
  )

  it('has the shell of the node ask whether the gateway is ready, where it can', async () => {
    const { link, session, first } = await served({}, { shell: ['bash', '--posix'] })
    const askedOverSsh = session.asked
    expect(readAt(await link.snapshot(sweep), 'gateway.ready')).toBeGreaterThan(
      readAt(first, 'gateway.ready'),
    )
    expect(session.asked).toBe(askedOverSsh)
  })

  it('does not take a frozen gateway for one that serves', async () => {
    let freeze = () => {}
    const { link } = await served({
      reply(_request, socket) {
        freeze = () => socket.pause()
        return undefined
      },
    })
    freeze()
    const second = await link.snapshot({ ...recent, deadlineMs: 10_000 })
    expect(second.state).toBe('not-serving')
  })

  it('looks properly when the gateway has hung up', async () => {
    const { gateway, link, first } = await served()
    gateway.drop(1012, 'service restart')
    await expect.poll(() => gateway.openSockets()).toBe(0)
    const second = await link.snapshot(recent)
    expect(gateway.state.connects).toBe(2)
    expect(second.sessions.observedAt).toBeGreaterThan(first.sessions.observedAt)
  })

  it('asks once more when the gateway became ready while it was looked at', async () => {
    const details = { reason: 'startup-sidecars' }
    const error = { code: 'UNAVAILABLE', message: 'starting', details, retryAfterMs: 500 }
    let refusals = 1
    const { first, gateway } = await served({
      reply: ({ method }) => (method === 'connect' && refusals-- > 0 ? { error, close: 1013 } : undefined),
    })
    expect(first).toMatchObject({ reason: null, sessions: { freshness: 'fresh' } })
    expect(gateway.state.connects).toBe(2)
  })
})
