import { afterAll, beforeAll, expect, test } from 'vitest'
import { Monitor } from '../../src/monitor/monitor.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { preventOverflow } from '../../src/operations/prevent-overflow.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const KEY = 'agent:main:main'

let fleet: Fleet
let monitor: Monitor

beforeAll(async () => {
  fleet = await startFleet([
    {
      id: 'alpha',
      name: 'Alpha',
      version: '2026.9.6',
      agents: [{ id: 'main', sessions: [{ key: KEY, totalTokens: 155_000, maxTokens: 32_000 }] }],
      timings: { readyMs: 150, stopMs: 50, turnMs: 20, compactMs: 20 },
    },
  ])
  monitor = new Monitor({
    context: fleet.context,
    histories: fleet.histories,
    rules: () => fleet.context.rules.value(),
    report: (input) => fleet.context.incidents.apply(input),
  })
})

afterAll(async () => {
  await monitor.stop()
  await fleet.close()
})

/** Levels and causes of what is open. */
async function afterSweep(): Promise<string[]> {
  await monitor.sweep(new AbortController().signal)
  return fleet.context.incidents
    .state()
    .incidents.filter(({ state }) => state !== 'resolved')
    .map(({ level, cause }) => `${level} ${cause}`)
}

test('after Prevent a session that fills up is compacted below its critical level and calls nobody', {
  timeout: 60_000,
}, async () => {
  expect(await afterSweep()).toEqual(['critical context-level'])
  const input = { node: 'alpha', session: KEY }
  const confirmed = await planOperation(fleet.context, actor('admin'), preventOverflow, input)
  const { outcome, data } = await runOperation(fleet.context, actor('admin'), preventOverflow, input, {
    confirmed,
  })
  expect(outcome).toBe('done')
  expect(data.compactsAt).toBeLessThan(168_000 * 0.9)
  expect(await afterSweep()).toEqual(['notice compaction-ahead'])
  const levels = new Set<string>()
  const { gateway } = fleet.node('alpha')
  for (let turn = 0; turn < 12; turn += 1) {
    await gateway.grow(KEY, 20_000)
    for (const found of await afterSweep()) levels.add(found.split(' ')[0] ?? '')
    const { data: status } = await runOperation(fleet.context, actor('viewer'), nodeStatus, { node: 'alpha' })
    expect(status.levels.contexts[KEY]).not.toBe('critical')
  }
  expect([...levels]).not.toContain('critical')
})
