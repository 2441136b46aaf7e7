import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import type { IncidentInput } from '../../src/incidents/engine.ts'
import { Histories } from '../../src/monitor/histories.ts'
import { Monitor } from '../../src/monitor/monitor.ts'
import type { Signal } from '../../src/monitor/signal.ts'
import type { GatewayEvent } from '../../src/openclaw/ports.ts'
import { nodeRecord } from '../discord/extremes.ts'
import { createFakeContext, type FakeContext } from '../discord/fake-context.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { healthySnapshot } from '../support/snapshots.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'

let clock: FakeClock
let fake: FakeContext
let monitor: Monitor
let started: { id: string; at: number }[]
let reported: IncidentInput[]
let ended: AbortController
let stores: StoreFolder
/** Whether nothing can be written. */
let full = false

async function fleet(count: number, isSuspect?: (id: string) => boolean): Promise<void> {
  clock = createFakeClock()
  const nodes = Array.from({ length: count }, (_, index) => nodeRecord({ id: `n${index}` }))
  fake = createFakeContext(nodes, clock)
  for (const { id } of nodes) answer(id, async () => {})
  const store = await stores.open()
  monitor = new Monitor({
    context: fake.context,
    histories: new Histories({ store, clock, log: stores.log }),
    rules: () => ({ version: 1, overrides: [] }),
    report: async (input) => {
      if (full) throw new OperatorError('data-disk-full', { file: 'ocm.db' })
      reported.push(input)
    },
    ...(isSuspect ? { isSuspect } : {}),
  })
}

/** Lets a node answer once `wait` has ended, and notes when it was asked. */
function answer(id: string, wait: () => Promise<void>): void {
  fake.answers.set(id, async () => {
    started.push({ id, at: clock.monotonic() })
    await wait()
    return healthySnapshot({ nodeId: id, observedAt: clock.now() })
  })
}

beforeEach(async () => {
  stores = await storeFolder()
  started = []
  reported = []
  full = false
  ended = new AbortController()
})

afterEach(async () => {
  await monitor.stop()
  await stores.remove()
})

describe('a sweep', () => {
  it('tells of a suspect node that answers, and of nothing while it does not', async () => {
    await fleet(3, (id) => id !== 'n2')
    fake.answers.set('n1', async () => ({
      ...healthySnapshot({ nodeId: 'n1', observedAt: clock.now() }),
      state: 'unreachable' as const,
    }))
    const sweep = monitor.sweep(ended.signal)
    await clock.advance(1_000)
    await sweep
    const told = reported
      .flatMap((input) => (input.kind === 'signals' ? input.signals : []))
      .filter(({ topic }) => topic === 'suspect')
      .map(({ subject, seen }) => [subject.nodeId, seen && [seen.cause, seen.level]])
    expect(told).toEqual([
      ['n0', ['suspect-answers', 'warning']],
      ['n1', null],
      ['n2', ['suspect-answers', null]],
    ])
  })

  it('begins its nodes one after the other, so that a command comes in between', async () => {
    await fleet(10)
    const sweep = monitor.sweep(ended.signal)
    await clock.advance(1_000)
    expect(await sweep).toMatchObject({ nodes: 10, reached: 10, blind: false })
    expect(started.map(({ id }) => id)).toEqual(fake.nodes.map(({ id }) => id))
    expect(new Set(started.map(({ at }) => at)).size).toBe(10)
  })

  it('begins a few nodes of a larger fleet at a time, in their order, with the same time for each', async () => {
    await fleet(100)
    const sweep = monitor.sweep(ended.signal)
    await clock.advance(1_000)
    expect(await sweep).toMatchObject({ nodes: 100, reached: 100 })
    expect(started.map(({ id }) => id)).toEqual(fake.nodes.map(({ id }) => id))
    const times = started.map(({ at }) => at)
    const together = [...new Set(times)].map((at) => times.filter((other) => other === at).length)
    expect(together).toEqual([...Array(12).fill(8), 4])
    expect(Math.max(...times) - Math.min(...times)).toBe(12 * 8 * 5)
  })

  it('does not let a node that hangs hold up the next', async () => {
    await fleet(4)
    answer('n0', () => clock.sleep(2_000))
    const sweep = monitor.sweep(ended.signal)
    await clock.advance(1_000)
    expect(started.map(({ id }) => id)).toEqual(['n0', 'n1', 'n2', 'n3'])
    expect(reported).toEqual([])
    await clock.advance(1_000)
    expect(await sweep).toMatchObject({ nodes: 4, reached: 4 })
  })

  it('has begun with the last of 1,000 nodes well before the next sweep is due', async () => {
    await fleet(1_000)
    const sweep = monitor.sweep(ended.signal)
    await clock.advance(15_000)
    expect(await sweep).toMatchObject({ nodes: 1_000, reached: 1_000 })
    expect(started.at(-1)?.at).toBeLessThanOrEqual(10_000)
  })

  it('reports what explains the most first, and then some nodes at a time, nothing twice', async () => {
    await fleet(250)
    const sweep = monitor.sweep(ended.signal)
    await clock.advance(15_000)
    await sweep
    const steps = reported.map((input) => (input.kind === 'signals' ? input.signals : []))
    expect(steps[0]?.map(({ topic }) => topic)).toEqual(['blind', ...Array(250).fill('availability')])
    const nodesOf = (signals: readonly Signal[]) => [...new Set(signals.map(({ subject }) => subject.nodeId))]
    expect(steps.slice(1).map((signals) => nodesOf(signals).length)).toEqual([100, 100, 50])
    const keys = steps.flat().map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(nodesOf(steps.slice(1).flat()).sort()).toEqual(fake.nodes.map(({ id }) => id).sort())
  })

  it('ends at once when it is told to, and reports nothing', async () => {
    await fleet(100)
    const sweep = monitor.sweep(ended.signal)
    const failed = expect(sweep).rejects.toThrow('enough')
    await clock.advance(100)
    ended.abort(new Error('enough'))
    await failed
    expect(reported).toEqual([])
  })

  it('tells of a prompt that was refused until that is written, and then no more', async () => {
    await fleet(1)
    const { link } = fake.context.nodes
    let tell: (event: GatewayEvent) => void = () => {}
    fake.context.nodes.link = (node) => ({
      ...link(node),
      events(listener) {
        tell = listener
        return () => {}
      },
      rpc: async () => ({}) as never,
      hello: async () => ({ methods: new Set(['sessions.subscribe']) }) as never,
    })
    await monitor.sweep(ended.signal)
    const { key } = healthySnapshot().sessions.value?.[0] ?? { key: '' }
    tell({
      event: 'chat',
      payload: { sessionKey: key, state: 'error', errorKind: 'context_length' },
    } as GatewayEvent)
    const told = () =>
      reported
        .splice(0)
        .flatMap((input) => (input.kind === 'signals' ? input.signals : []))
        .filter(({ seen }) => seen?.cause === 'context-overflow').length
    full = true
    await expect(monitor.sweep(ended.signal)).rejects.toMatchObject({ code: 'data-disk-full' })
    told()
    full = false
    await monitor.sweep(ended.signal)
    expect(told()).toBe(1)
    await monitor.sweep(ended.signal)
    expect(told()).toBe(0)
  })
})
