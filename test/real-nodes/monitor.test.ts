import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Incident } from '../../src/incidents/incident.ts'
import { Monitor } from '../../src/monitor/monitor.ts'
import { compactSession } from '../../src/operations/compact-session.ts'
import { preventOverflow } from '../../src/operations/prevent-overflow.ts'
import { resetSession } from '../../src/operations/reset-session.ts'
import { eventually } from './command.ts'
import type { Fleet } from './fleet.ts'
import { openProduct, type Product } from './product.ts'
import { sharedFleet } from './shared-fleet.ts'

const NODES = ['boreas', 'cirrus']
/** One turn of this size adds about 20,000 tokens; the usable window is 165,952. */
const TURN_KB = 80
/** Turns until each level, each a little above its threshold of 65, 80 and 90 per cent. */
const LEVELS = [
  { level: 'notice', turns: 5 },
  { level: 'warning', turns: 1 },
  { level: 'critical', turns: 1 },
] as const

let fleet: Fleet
let product: Product
let monitor: Monitor
const ended = new AbortController()

beforeAll(async () => {
  fleet = await sharedFleet()
  product = await openProduct(fleet, NODES)
  const { context, histories } = product
  monitor = new Monitor({
    context,
    histories,
    rules: () => context.rules.value(),
    report: (input) => context.incidents.apply(input),
  })
  await monitor.sweep(ended.signal)
})

afterAll(async () => {
  ended.abort()
  await monitor?.stop()
  await product?.close()
})

function keyOn(name: string, session: string): string {
  return `agent:${fleet.gateway(name).agents[0]}:${session}`
}

/** The incident about the context of one session, in whatever state. */
function incidentOf(name: string, key: string): Incident | undefined {
  const { incidents } = product.context.incidents.state()
  return incidents.findLast(
    ({ topic, subject }) => topic === 'context' && subject.nodeId === name && subject.sessionKey === key,
  )
}

async function used(name: string, key: string): Promise<number> {
  const row = (await fleet.gateway(name).sessions()).find((session) => session.key === key)
  return row?.totalTokens ?? 0
}

/** Sweeps until the incident is as expected; more than one sweep only where OpenClaw writes its counters late. */
async function sweptUntil(name: string, key: string, is: (incident: Incident) => boolean): Promise<Incident> {
  return eventually(`the incident of ${key} on ${name} is as expected`, 20_000, async () => {
    await monitor.sweep(ended.signal)
    const incident = incidentOf(name, key)
    return incident && is(incident) ? incident : undefined
  })
}

describe.each(NODES)('a session on %s that grows turn by turn', (name) => {
  const grow = (key: string, turns: number) =>
    fleet.gateway(name).talk(fleet.gateway(name).agents[0] ?? '', key, turns, TURN_KB)

  test.each(LEVELS)('is shown as $level within one sweep', async ({ level, turns }) => {
    const key = keyOn(name, 'growing')
    await grow(key, turns)
    await eventually(
      'the node has written the counter',
      10_000,
      async () => (await used(name, key)) > 0 || undefined,
    )
    await sweptUntil(name, key, (incident) => incident.level === level)
    const incident = incidentOf(name, key)
    expect(incident).toMatchObject({
      state: 'open',
      params: { used: await used(name, key), reserve: 34_048 },
    })
  })

  test('is really smaller after compact-session, and the incident ends', async () => {
    const key = keyOn(name, 'growing')
    const before = await used(name, key)
    const { outcome, data } = await product.run(compactSession, { node: name, session: key })
    expect(data).toMatchObject({ before: { value: before }, refusal: null, transcript: { saved: true } })
    expect(outcome).toBe('done')
    const after = await used(name, key)
    expect(after).toBeLessThan(before / 2)
    expect(data.after.value).toBe(after)
    // The next turn works and tells the true size, which closes what the estimate could not.
    await fleet.gateway(name).turn(fleet.gateway(name).agents[0] ?? '', key, 'and now?')
    const incident = await sweptUntil(name, key, ({ state }) => state === 'resolved')
    expect(incident.resolvedAt).not.toBeNull()
  })

  test('is really another one after reset-session, and its incident ends', async () => {
    const key = keyOn(name, 'wedged')
    await fleet
      .gateway(name)
      .grow([{ agent: fleet.gateway(name).agents[0] ?? '', key: 'wedged', tokens: 172_000 }])
    await sweptUntil(name, key, ({ level }) => level === 'critical')
    const { outcome, data } = await product.run(resetSession, { node: name, session: key })
    expect(outcome).toBe('done')
    expect(data).toMatchObject({ before: { value: 172_000 }, transcript: { saved: true } })
    expect(await used(name, key)).toBe(0)
    const turn = await fleet.gateway(name).turn(fleet.gateway(name).agents[0] ?? '', key, 'hello again')
    expect(turn.status).toBe('ok')
    await sweptUntil(name, key, ({ state }) => state === 'resolved')
  })
})

describe('a gateway that pushes events', () => {
  test('raises the alarm within two seconds of the turn and one question, without a sweep', async () => {
    const key = keyOn('boreas', 'pushed')
    const client = fleet.gateway('boreas')
    await client.grow([{ agent: 'main', key: 'pushed', tokens: 20_000 }])
    await monitor.sweep(ended.signal)
    let openedAt = 0
    const stop = product.context.incidents.onChange(() => {
      if (openedAt === 0 && incidentOf('boreas', key)?.level === 'critical') openedAt = Date.now()
    })
    const turn = await client.turn('main', key, 'TOKENS=160000 CACHED=0 OUT=50 hello')
    await eventually('the incident is open', 30_000, async () => openedAt > 0 || undefined, 50)
    stop()
    expect(turn.status).toBe('ok')
    const tookMs = openedAt - turn.endedAt
    // The event names the session, and the gateway is asked for its size: on a busy machine that alone takes its time.
    const asked = performance.now()
    await client.sessions()
    const questionMs = Math.round(performance.now() - asked)
    process.stdout.write(`alarm ${tookMs} ms after the turn, a question takes ${questionMs} ms\n`)
    expect(tookMs).toBeLessThan(2_000 + questionMs)
    await product.run(resetSession, { node: 'boreas', session: key })
  })
})

describe('prevent-overflow', () => {
  test('makes OpenClaw compact before the provider refuses, and reads the setting back', async () => {
    const key = keyOn('boreas', 'main')
    const config = await fleet.gateway('boreas').readConfig()
    try {
      const { outcome, data } = await product.run(preventOverflow, { node: 'boreas', session: key })
      expect(outcome).toBe('done')
      expect(data).toMatchObject({ before: null, verified: data.after })
      expect(data.compactsAt + data.reserve).toBeLessThan(data.window)
      const written = JSON.parse(await fleet.gateway('boreas').readConfig())
      expect(written.models.providers.standin.models[0]).toMatchObject({
        id: 'sonnet',
        contextTokens: data.after,
      })
      // The secrets of the configuration went through our hands and must be what they were.
      expect(written.models.providers.standin.apiKey).toBe('stand-in')
      expect(written.gateway.auth.token).toBe(fleet.gateway('boreas').token)
      // The cap is not the window: what is shown as the limit stays the provider's.
      const link = product.context.nodes.link(product.context.registry.get('boreas'))
      const snapshot = await link.snapshot({ deadlineMs: 10_000 })
      const session = snapshot.sessions.value?.find((one) => one.key === key)
      expect(session?.context.window.value).toBe(200_000)
    } finally {
      await fleet.gateway('boreas').overwriteConfig(config)
      await fleet.gateway('boreas').restart()
    }
  })
})
