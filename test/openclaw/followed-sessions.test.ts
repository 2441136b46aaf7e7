import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { unknown } from '../../src/base/reading.ts'
import { GatewayReader } from '../../src/openclaw/gateway-reader.ts'
import { DEFAULT_CONTEXT_SETTINGS } from '../../src/openclaw/sessions.ts'
import { connectRecorded } from './connect-recorded.ts'
import { type Reply, startRecordedGateway } from './recorded-gateway.ts'

const LIMITS = { deadlineMs: 5_000 }
const MINUTE = 60_000
const noAgents = unknown<never[]>({ code: 'not-read-yet' }, 0)
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Row {
  key: string
  totalTokens: number
  updatedAt: number
  hasActiveRun?: boolean
}

/** A gateway with sessions that were last active at their own times, and a reader whose clock can be set forward. */
async function followed(
  options: { version?: '2026.2.17' | '2026.9.6'; list?: () => Reply | undefined } = {},
) {
  let ahead = 0
  const clock = {
    ...systemClock,
    now: () => systemClock.now() + ahead,
    monotonic: () => systemClock.monotonic() + ahead,
  }
  const rows = new Map<string, Row>()
  const put = (key: string, totalTokens: number, agoMs = 0, more: Partial<Row> = {}) =>
    rows.set(key, { key, totalTokens, updatedAt: clock.now() - agoMs, ...more })
  for (const key of ['agent:a:main', 'agent:b:main', 'agent:c:main']) put(key, 10_000, 60 * MINUTE)
  const gateway = await startRecordedGateway({
    version: options.version ?? '2026.9.6',
    reply({ method, params }) {
      if (method === 'sessions.subscribe') return { payload: { subscribed: true } }
      if (method !== 'sessions.list') return undefined
      const other = 'activeMinutes' in params ? options.list?.() : undefined
      if (other !== undefined) return other
      const since = clock.now() - Number(params.activeMinutes ?? Number.POSITIVE_INFINITY) * MINUTE
      const sessions = [...rows.values()]
        .filter(({ updatedAt }) => updatedAt >= since)
        .map((row) => ({ ...row, totalTokensFresh: true, inputTokens: 1, outputTokens: 1 }))
      return { payload: { sessions: sessions.toSorted((a, b) => b.updatedAt - a.updatedAt) } }
    },
  })
  cleanups.push(() => gateway.stop())
  const client = await connectRecorded(gateway)
  cleanups.push(() => client.close())
  const reader = new GatewayReader(clock, DEFAULT_CONTEXT_SETTINGS)
  const read = async () => {
    const from = gateway.received.length
    const reading = await reader.readSessions(client, noAgents, LIMITS)
    const lists = gateway.received.slice(from).filter(({ method }) => method === 'sessions.list')
    return {
      reading,
      used: Object.fromEntries((reading.value ?? []).map(({ key, context }) => [key, context.used.value])),
      minutes: lists.map(({ params }) => params.activeMinutes ?? 'all'),
    }
  }
  const say = async (payload: object) => {
    const heard = new Promise<void>((resolve) => {
      const stop = client.listen(() => {
        stop()
        resolve()
      })
    })
    gateway.broadcast(JSON.stringify({ type: 'event', event: 'sessions.changed', payload }))
    await heard
  }
  return {
    rows,
    put,
    read,
    say,
    pass: (ms: number) => {
      ahead += ms
    },
    subscriptions: () => gateway.received.filter(({ method }) => method === 'sessions.subscribe').length,
  }
}

const ALL = { 'agent:a:main': 10_000, 'agent:b:main': 10_000, 'agent:c:main': 10_000 }

describe('sessions that a gateway tells of', () => {
  it('are read whole once, and then only as far as they moved', async () => {
    const gateway = await followed()
    expect(await gateway.read()).toMatchObject({ used: ALL, minutes: ['all'] })
    gateway.pass(30_000)
    gateway.put('agent:b:main', 20_000)
    const second = await gateway.read()
    expect(second).toMatchObject({ used: { ...ALL, 'agent:b:main': 20_000 }, minutes: [2] })
    expect(second.reading.value?.[0]?.key).toBe('agent:b:main')
    gateway.pass(95_000)
    gateway.put('agent:d:main', 5_000)
    expect(await gateway.read()).toMatchObject({
      used: { ...ALL, 'agent:b:main': 20_000, 'agent:d:main': 5_000 },
      minutes: [3],
    })
    expect(gateway.subscriptions()).toBe(1)
  })

  it('are as old as the last answer of the gateway, and each as old as its own row', async () => {
    const gateway = await followed()
    const first = await gateway.read()
    gateway.pass(30_000)
    const second = await gateway.read()
    expect(second.reading.observedAt - first.reading.observedAt).toBeGreaterThanOrEqual(30_000)
    expect(second.reading.value?.[0]?.context.used).toEqual(first.reading.value?.[0]?.context.used)
  })

  it('are read whole at once when one is gone of which an event told', async () => {
    const gateway = await followed()
    await gateway.read()
    gateway.rows.delete('agent:b:main')
    await gateway.say({ sessionKey: 'agent:b:main', reason: 'delete' })
    const after = await gateway.read()
    expect(after.minutes).toEqual([2, 'all'])
    expect(Object.keys(after.used)).toEqual(['agent:a:main', 'agent:c:main'])
  })

  it('are read whole at once when one moved without a new time (a heartbeat)', async () => {
    const gateway = await followed()
    await gateway.read()
    gateway.put('agent:a:main', 44_000, 60 * MINUTE)
    await gateway.say({ sessionKey: 'agent:a:main', phase: 'end' })
    expect(await gateway.read()).toMatchObject({ used: { 'agent:a:main': 44_000 }, minutes: [2, 'all'] })
    expect(await gateway.read()).toMatchObject({ minutes: [2] })
  })

  it('are read whole when an event does not say of which session it is', async () => {
    const gateway = await followed()
    await gateway.read()
    await gateway.say({ reason: 'cleanup' })
    expect(await gateway.read()).toMatchObject({ minutes: ['all'] })
  })

  it('are read whole while one was running that has not been active since', async () => {
    const gateway = await followed()
    gateway.put('agent:a:main', 10_000, 10 * MINUTE, { hasActiveRun: true })
    await gateway.read()
    expect((await gateway.read()).minutes).toEqual([2, 'all'])
    gateway.put('agent:a:main', 10_000, 10 * MINUTE, { hasActiveRun: false })
    expect((await gateway.read()).reading.value?.every(({ running }) => running !== true)).toBe(true)
  })

  it('are read whole after five minutes, whatever was told', async () => {
    const gateway = await followed()
    await gateway.read()
    gateway.put('agent:c:main', 99_000, 60 * MINUTE)
    gateway.pass(4 * MINUTE - 1_000)
    expect(await gateway.read()).toMatchObject({ used: ALL, minutes: [5] })
    gateway.pass(MINUTE + 1_000)
    expect(await gateway.read()).toMatchObject({ used: { 'agent:c:main': 99_000 }, minutes: ['all'] })
  })

  it('are read whole where the gateway knows no activeMinutes', async () => {
    const gateway = await followed({
      list: () => ({
        error: { code: 'INVALID_REQUEST', message: "at root: unexpected property 'activeMinutes'" },
      }),
    })
    await gateway.read()
    expect(await gateway.read()).toMatchObject({ used: ALL, minutes: [2, 'all'] })
  })

  it('are unknown, and not the same as before, when the gateway does not answer', async () => {
    const gateway = await followed({ list: () => null })
    await gateway.read()
    const { reading } = await gateway.read()
    expect(reading).toMatchObject({ freshness: 'unknown', reason: { code: 'deadline' } })
    expect((await gateway.read()).minutes).toEqual(['all'])
  }, 20_000)

  it('are read whole by the earlier of two readings that overlap, and both tell the same', async () => {
    const gateway = await followed()
    await gateway.read()
    gateway.put('agent:a:main', 44_000, 60 * MINUTE)
    await gateway.say({ sessionKey: 'agent:a:main', phase: 'end' })
    const [one, other] = await Promise.all([gateway.read(), gateway.read()])
    expect(one.used['agent:a:main']).toBe(44_000)
    expect(other.used['agent:a:main']).toBe(44_000)
    expect(await gateway.read()).toMatchObject({ used: { 'agent:a:main': 44_000 } })
  })
})

describe('sessions of a gateway that tells nothing (2026.2.17)', () => {
  it('are read whole each time', async () => {
    const gateway = await followed({ version: '2026.2.17' })
    await gateway.read()
    gateway.put('agent:b:main', 20_000)
    expect(await gateway.read()).toMatchObject({ used: { 'agent:b:main': 20_000 }, minutes: ['all'] })
    expect(gateway.subscriptions()).toBe(0)
  })
})
