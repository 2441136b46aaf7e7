import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { GatewayReader } from '../../src/openclaw/gateway-reader.ts'
import { DEFAULT_CONTEXT_SETTINGS } from '../../src/openclaw/sessions.ts'
import { connectRecorded } from './connect-recorded.ts'
import { type RecordedGatewayOptions, startRecordedGateway } from './recorded-gateway.ts'

const LIMITS = { deadlineMs: 5_000 }
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function readFrom(reply: RecordedGatewayOptions['reply']) {
  const gateway = await startRecordedGateway({ version: '2026.9.6', ...(reply ? { reply } : {}) })
  cleanups.push(() => gateway.stop())
  const client = await connectRecorded(gateway)
  cleanups.push(() => client.close())
  const report = await new GatewayReader(systemClock, DEFAULT_CONTEXT_SETTINGS).read(client, LIMITS)
  const asked = (method: string) =>
    gateway.received.filter((request) => request.method === method).map(({ params }) => params)
  return { report, asked }
}

const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: `agent:main:${index}`, totalTokens: 5_000 }))

test('a gateway that gives a part of its sessions and knows no offset is asked for all (2026.5.12)', async () => {
  const all = rows(203)
  const { report, asked } = await readFrom(({ method, params }) => {
    if (method !== 'sessions.list') return undefined
    if ('offset' in params)
      return { error: { code: 'INVALID_REQUEST', message: "at root: unexpected property 'offset'" } }
    const sessions = all.slice(0, Number(params.limit ?? 100))
    const hasMore = sessions.length < all.length
    return { payload: { sessions, count: sessions.length, totalCount: all.length, hasMore } }
  })
  expect(report.sessions.value).toHaveLength(203)
  expect(asked('sessions.list')).toEqual([{ limit: 100 }, { limit: 203 }])
})

test('a gateway that tells where its list goes on is followed to the end', async () => {
  const all = rows(203)
  const { report, asked } = await readFrom(({ method, params }) => {
    if (method !== 'sessions.list') return undefined
    const from = Number(params.offset ?? 0)
    const sessions = all.slice(from, from + Number(params.limit))
    const nextOffset = from + sessions.length < all.length ? from + sessions.length : null
    return { payload: { sessions, totalCount: all.length, hasMore: nextOffset !== null, nextOffset } }
  })
  expect(report.sessions.value).toHaveLength(203)
  expect(asked('sessions.list')).toEqual([
    { limit: 100 },
    { limit: 100, offset: 100 },
    { limit: 100, offset: 200 },
  ])
})

test('a gateway that promises more and never gives it is not asked for ever', async () => {
  const { report, asked } = await readFrom(({ method }) =>
    method === 'sessions.list' ? { payload: { sessions: rows(3), totalCount: 9, hasMore: true } } : undefined,
  )
  expect(report.sessions.value).toHaveLength(3)
  expect(asked('sessions.list').length).toBeLessThan(25)
})

test('a gateway with several agents is told which one the models are for (2026.8.1, 2026.9.6)', async () => {
  const message =
    'Multiple agents are configured, but this Gateway request has no explicit owner. Set agentId to one of the configured agents.'
  const { report, asked } = await readFrom(({ method, params }) => {
    if (method === 'agents.list')
      return { payload: { defaultId: 'ops', agents: [{ id: 'main' }, { id: 'ops' }] } }
    if (method === 'sessions.list')
      return {
        payload: {
          sessions: [{ key: 'agent:ops:main', model: 'huge', modelProvider: 'p', totalTokens: 5_000 }],
        },
      }
    if (method !== 'models.list') return undefined
    return params.agentId === 'ops'
      ? { payload: { models: [{ id: 'huge', provider: 'p', contextWindow: 1_000_000 }] } }
      : { error: { code: 'INVALID_REQUEST', message } }
  })
  expect(report.sessions.value?.[0]?.context.window.value).toBe(1_000_000)
  expect(asked('models.list')).toEqual([{}, { agentId: 'ops' }])
})
