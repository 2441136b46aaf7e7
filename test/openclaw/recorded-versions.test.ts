import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { parseHello } from '../../src/openclaw/gateway-frames.ts'
import { parseAgents } from '../../src/openclaw/methods/agents.ts'
import { takesParam, unexpectedProperties } from '../../src/openclaw/methods/call-method.ts'
import { parseChatEnd } from '../../src/openclaw/methods/chat-event.ts'
import { compactionWay } from '../../src/openclaw/methods/compaction.ts'
import { parseLogTail } from '../../src/openclaw/methods/logs.ts'
import { modelLimits } from '../../src/openclaw/methods/models.ts'
import { parseRestartPreflight } from '../../src/openclaw/methods/restart.ts'
import { parseChannels, parseHealth, parseSystemInfo } from '../../src/openclaw/methods/status.ts'
import { parseSessionPage, sessionFacts } from '../../src/openclaw/session-rows.ts'
import { DEFAULT_CONTEXT_SETTINGS } from '../../src/openclaw/sessions.ts'
import { showsCompaction } from '../../src/operations/compaction-verdict.ts'

/**
 * What real gateways of these versions answered, each on one node with two agents: `main` at 160,000 tokens, compacted and
 * then spoken to, and `ops` at 120,000, then reset.
 */
const RECORDED = ['2026.3.31', '2026.4.14', '2026.5.12', '2026.6.8', '2026.7.1', '2026.8.1'] as const
type Version = (typeof RECORDED)[number]
const NEAR = 'agent:main:main'
const OTHER = 'agent:ops:main'

const pathOf = (version: Version, name: string) =>
  fileURLToPath(new URL(`../fixtures/openclaw/${version}/${name}`, import.meta.url))
const read = (version: Version, name: string) => JSON.parse(readFileSync(pathOf(version, name), 'utf8'))
const isRecorded = (version: Version, name: string) => existsSync(pathOf(version, name))
const isSince = (version: Version, first: Version) => RECORDED.indexOf(version) >= RECORDED.indexOf(first)

/** The facts of a session as a look would have had them. */
function sessionIn(version: Version, list: string, key: string) {
  const models = read(version, 'rpc-models.list.json').payload
  const config = read(version, 'rpc-config.get.json').payload
  const sources = {
    models: modelLimits(models, config),
    defaultWindow: null,
    settings: DEFAULT_CONTEXT_SETTINGS,
    protocol: isSince(version, '2026.5.12') ? 4 : 3,
    source: 'rpc',
    observedAt: 0,
    compactionFloor: null,
  } as const
  const row = parseSessionPage(read(version, list).payload)?.rows.find((one) => one.key === key)
  if (!row) throw new Error(`${version} ${list} holds no ${key}`)
  return sessionFacts(row, sources, 'main')
}

describe.each(RECORDED)('a gateway of %s', (version) => {
  const hello = parseHello(read(version, 'hello.json'))?.hello

  test('is greeted, tells its version and what it offers', () => {
    expect(hello).toMatchObject({
      serverVersion: version,
      protocol: isSince(version, '2026.5.12') ? 4 : 3,
    })
    expect(hello?.bootId !== null).toBe(isSince(version, '2026.8.1'))
    expect(hello?.methods.has('sessions.subscribe')).toBe(true)
    const since = isSince(version, '2026.5.12')
    expect(hello?.methods.has('gateway.restart.request')).toBe(since)
    expect(hello?.methods.has('gateway.restart.preflight')).toBe(since)
    expect(hello?.methods.has('system.info')).toBe(isSince(version, '2026.7.1'))
  })

  test('answers in shapes that are understood', () => {
    const payload = (method: string) => read(version, `rpc-${method}.json`).payload
    expect(parseAgents(payload('agents.list'))).toMatchObject({ defaultId: 'main' })
    expect(parseAgents(payload('agents.list'))?.agents.map(({ id }) => id)).toEqual(['main', 'ops'])
    expect(parseHealth(payload('health'))).toMatchObject({ ok: true })
    expect(parseChannels(payload('channels.status'))).toEqual([])
    expect(parseLogTail(payload('logs.tail'))?.lines.length).toBeGreaterThan(0)
    if (isRecorded(version, 'rpc-system.info.json'))
      expect(parseSystemInfo(payload('system.info'))?.memoryTotalBytes).toBeGreaterThan(1e9)
    if (isRecorded(version, 'rpc-gateway.restart.preflight.json'))
      expect(parseRestartPreflight(payload('gateway.restart.preflight'))).toMatchObject({
        safe: true,
        total: 0,
      })
  })

  test('is near the refusal', () => {
    const { context, compactionCount } = sessionIn(version, 'rpc-sessions.list.json', NEAR)
    // One more turn was counted before that list of 2026.5.12.
    const used = version === '2026.5.12' ? 164_228 : 160_000
    expect(context.used).toMatchObject({ freshness: 'fresh', value: used })
    expect(context).toMatchObject({
      reserve: 34_048,
      reserveFrom: 'model',
      headroom: { value: 165_952 - used },
    })
    expect(compactionCount ?? 0).toBe(0)
  })

  test('refuses the guard of a reset in words that are understood, and is not sent it', () => {
    const { error } = read(version, 'refused-sessions.reset.json')
    const refused = new OperatorError('gateway-refused', {}, { detail: error })
    expect(unexpectedProperties(refused)).toEqual(['expectedSessionId'])
    expect(takesParam(version, 'sessions.reset', 'expectedSessionId')).toBe(false)
  })

  test('gives a conversation that was reset another id, until it keeps it', () => {
    const before = sessionIn(version, 'rpc-sessions.list.json', OTHER)
    const after = sessionIn(version, 'rpc-sessions.list-reset.json', OTHER)
    const { entry } = read(version, 'rpc-sessions.reset.json').payload
    expect(entry.sessionId).toBe(after.sessionId)
    const kept = after.sessionId === before.sessionId
    expect(kept).toBe(isSince(version, '2026.8.1'))
    // One of the two proves the reset: another id, or an empty context that is counted.
    expect(!kept || after.context.used.value === 0).toBe(true)
  })

  test('shows that a session was compacted', () => {
    const before = sessionIn(version, 'rpc-sessions.list.json', NEAR)
    const said = isRecorded(version, 'rpc-sessions.compact.json')
      ? read(version, 'rpc-sessions.compact.json').payload.compacted
      : true
    expect(said).toBe(true)
    if (isRecorded(version, 'rpc-sessions.list-compacted.json')) {
      const after = sessionIn(version, 'rpc-sessions.list-compacted.json', NEAR)
      expect(showsCompaction(before, after, true)).toBe(true)
      // Its own estimate of the history, without the system prompt and the tools: no fact.
      expect(after.context.used).toMatchObject({
        freshness: 'stale',
        reason: { code: 'counter-after-compaction' },
      })
    }
    const counted = sessionIn(version, 'rpc-sessions.list-next-turn.json', NEAR)
    expect(counted.context.used.freshness).toBe('fresh')
    // From 2026.4.14 on the count alone proves it, also when no answer came.
    expect(showsCompaction(before, counted, null)).toBe(isSince(version, '2026.4.14'))
  })

  test('is asked to compact in the way that summarises', () => {
    const way = isSince(version, '2026.4.14') ? 'rpc' : 'chat'
    expect(compactionWay({ methods: hello?.methods ?? new Set() }, version)).toBe(way)
    expect(compactionWay({ methods: hello?.methods ?? new Set() }, null)).toBe(way)
  })
})

test('the answer to /compact is the end of its run, in words that are understood (2026.3.31)', () => {
  const { event, payload, runId } = read('2026.3.31', 'event-chat-compacted.json')
  expect(parseChatEnd({ event, payload })).toMatchObject({ runId, sessionKey: NEAR, state: 'final' })
  expect(parseChatEnd({ event, payload })?.text).toMatch(/Compacted \(160k → 21k\)/)
})

test('a gateway whose agents own nothing by default asks for which one the models are (2026.8.1)', () => {
  expect(read('2026.8.1', 'rpc-models.list.json').error).toMatch(/no explicit owner\. Set agentId/)
  expect(read('2026.8.1', 'hello.json').snapshot.sessionDefaults.selectionRequired).toBe(true)
})
