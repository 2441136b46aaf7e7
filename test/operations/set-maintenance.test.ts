import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Monitor } from '../../src/monitor/monitor.ts'
import { type Signal, signalKey } from '../../src/monitor/signal.ts'
import type { AccessLevel } from '../../src/operations/access.ts'
import type { Context } from '../../src/operations/context.ts'
import { listNodes } from '../../src/operations/list-nodes.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { endOverdueMaintenance, setMaintenance } from '../../src/operations/set-maintenance.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const HOUR = 3_600_000

let fleet: Fleet
/** The fleet's context by a clock that can be set ahead. */
let context: Context
let ahead: number
/** When a test began. */
let start: number

beforeEach(async () => {
  const agents = [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 160_000 }] }]
  fleet = await startFleet([
    { id: 'web', name: 'Web', version: '2026.9.6', agents },
    { id: 'mail', name: 'Mail', version: '2026.9.6', agents },
  ])
  ahead = 0
  start = fleet.context.clock.now()
  const { clock } = fleet.context
  context = {
    ...fleet.context,
    clock: {
      now: () => clock.now() + ahead,
      monotonic: () => clock.monotonic(),
      sleep: (ms, signal) => clock.sleep(ms, signal),
    },
  }
})
afterEach(() => fleet.close())

const set = (input: object, level: AccessLevel = 'operator') =>
  runOperation(context, actor(level), setMaintenance, { node: 'web', ...input })
const on = (more: object = {}) => set({ on: true, reason: 'new disk', ...more })
const record = () => context.registry.get('web')

/** One pass of the monitor; returns the nodes that it looked at. */
async function sweep(): Promise<string[]> {
  const looked: string[] = []
  const monitor = new Monitor({
    context,
    histories: {
      get: () => undefined,
      observe: ({ nodeId }: { nodeId: string }) => looked.push(nodeId),
      save: async () => undefined,
    } as unknown as ConstructorParameters<typeof Monitor>[0]['histories'],
    rules: () => context.rules.value(),
    report: (input) => context.incidents.apply(input),
  })
  await monitor.sweep(new AbortController().signal)
  await monitor.stop()
  return looked.sort()
}

describe('set-maintenance', () => {
  test('writes down who, why, since when and until when, and touches nothing on the node', async () => {
    const { pid, commands } = fleet.node('web').facts()
    const { outcome, data } = await on({ minutes: 120 })
    expect(outcome).toBe('done')
    expect(data.node).toEqual(record())
    expect(record()).toMatchObject({
      state: 'maintenance',
      stateReason: 'new disk',
      maintenance: { by: 'operator' },
    })
    const { since = '', until } = record().maintenance ?? {}
    expect(Date.parse(since)).toBeGreaterThanOrEqual(start)
    expect(Date.parse(until ?? '') - Date.parse(since)).toBe(2 * HOUR)
    expect(fleet.node('web').facts()).toMatchObject({ pid, commands })
    const line = (await fleet.audit()).find(({ operation }) => operation === 'set-maintenance')
    expect(line).toMatchObject({
      nodeId: 'web',
      actorId: 'operator',
      result: 'done',
      input: { on: true, reason: 'new disk', minutes: 120 },
    })
  })

  test('is shown by the list and the status, with everything that is known of it', async () => {
    await on()
    const list = await runOperation(context, actor('viewer'), listNodes, { state: 'maintenance' })
    expect(list.data.rows).toMatchObject([
      { id: 'web', recordState: 'maintenance', stateReason: 'new disk', maintenance: { by: 'operator' } },
    ])
    const status = await runOperation(context, actor('viewer'), nodeStatus, { node: 'web' })
    expect(status.data).toMatchObject({
      node: { state: 'maintenance', maintenance: { until: null } },
      snapshot: { state: 'serving' },
    })
  })

  test('changes the reason and the end of one that lasts, not its beginning', async () => {
    const { data } = await on()
    ahead = HOUR
    await set({ on: true, reason: 'new disk, and memory', minutes: 30 }, 'admin')
    expect(record().stateReason).toBe('new disk, and memory')
    expect(record().maintenance).toMatchObject({ by: 'admin', since: data.node.maintenance?.since })
    expect(record().maintenance?.until).not.toBeNull()
  })

  test('ends when someone ends it, and only then once', async () => {
    await on()
    const { data } = await set({ on: false })
    expect(data.node).toMatchObject({ state: 'active', stateReason: null, maintenance: null })
    await expect(set({ on: false })).rejects.toMatchObject({
      code: 'node-not-in-maintenance',
      kind: 'refused',
    })
  })

  test.each([
    ['no reason', { on: true }, 'reason-needed'],
    ['a blank reason', { on: true, reason: '  ' }, 'reason-needed'],
    ['a time for its end', { on: false, minutes: 5 }, 'invalid-input'],
    ['no time at all', { on: true, reason: 'x', minutes: 0 }, 'invalid-input'],
    ['a year', { on: true, reason: 'x', minutes: 525_600 }, 'invalid-input'],
  ])('is refused with %s', async (_name, input, code) => {
    await expect(set(input)).rejects.toMatchObject({ code, kind: 'usage' })
    expect(record().state).toBe('active')
  })

  test('is refused to a viewer and for a retired node', async () => {
    await expect(set({ on: true, reason: 'x' }, 'viewer')).rejects.toMatchObject({ code: 'not-allowed' })
    await context.registry.update('web', (node) => ({ ...node, state: 'retired' }))
    await expect(on()).rejects.toMatchObject({ code: 'node-retired' })
    expect(record().state).toBe('retired')
  })
})

describe('a node in maintenance', () => {
  test('is not looked at until someone ends it', async () => {
    await on()
    expect(await sweep()).toEqual(['mail'])
    await set({ on: false })
    expect(await sweep()).toEqual(['mail', 'web'])
  })

  test('is looked at again by itself when its time is up, and the audit says so', async () => {
    await on({ minutes: 60 })
    ahead = HOUR - 60_000
    await endOverdueMaintenance(context)
    expect(await sweep()).toEqual(['mail'])
    expect(record().state).toBe('maintenance')
    ahead = HOUR + 60_000
    expect(await sweep()).toEqual(['mail', 'web'])
    const { data } = await runOperation(context, actor('viewer'), listNodes, { live: false })
    expect(data.maintenance).toBe(0)
    await endOverdueMaintenance(context)
    await endOverdueMaintenance(context)
    expect(record()).toMatchObject({ state: 'active', stateReason: null, maintenance: null })
    const lines = (await fleet.audit()).filter(({ face }) => face === 'schedule')
    expect(lines).toMatchObject([{ nodeId: 'web', operation: 'set-maintenance', input: { on: false } }])
  })

  test('has its incidents put aside at once, and they end by what is seen afterwards', async () => {
    const subject = { nodeId: 'web', agentId: null, sessionKey: null }
    const full: Signal = {
      key: signalKey('disk', subject),
      topic: 'disk',
      subject,
      at: context.clock.now(),
      seen: { level: 'critical', holdLevel: 'critical', cause: 'disk-full', params: {}, immediate: true },
    }
    await context.incidents.apply({ kind: 'signals', signals: [full] })
    const incident = () => context.incidents.state().incidents.find(({ topic }) => topic === 'disk')
    expect((await on()).data.openIncidents).toBe(1)
    expect(incident()).toMatchObject({ state: 'open', paused: { why: 'maintenance' } })
    await sweep()
    expect(incident()?.paused).not.toBeNull()
    const ended = await set({ on: false })
    expect(ended.data.openIncidents).toBe(1)
    expect(incident()).toMatchObject({ state: 'open', paused: { why: 'maintenance' } })
    await sweep()
    expect(incident()?.paused).toBeNull()
  })
})
