import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Severity } from '../../src/monitor/conditions.ts'
import { Monitor } from '../../src/monitor/monitor.ts'
import { listNodes } from '../../src/operations/list-nodes.ts'
import { listSessions } from '../../src/operations/list-sessions.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { registerNode } from '../../src/operations/register-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { setRule } from '../../src/operations/set-rule.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const KEY = 'agent:main:main'
/** 55 % of 168,000 usable tokens. */
const USED = 92_400
const SPEC = {
  version: '2026.9.6' as const,
  agents: [{ id: 'main', sessions: [{ key: KEY, totalTokens: USED, maxTokens: 32_000 }] }],
  disk: { totalBytes: 100e9, usedPercent: 90 },
  timings: { readyMs: 150, stopMs: 50 },
}

type Levels = [context: Severity | null, disk: Severity | null]

let fleet: Fleet
let monitor: Monitor

beforeAll(async () => {
  fleet = await startFleet([
    { id: 'alpha', name: 'Alpha', tags: ['prod'], ...SPEC },
    { id: 'beta', name: 'Beta', registered: false, ...SPEC },
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

/** Sets thresholds for a part of the fleet, the most tolerant first so that they never contradict each other. */
async function setRules(scope: object, rules: Record<string, number | null>): Promise<void> {
  for (const [name, value] of Object.entries(rules))
    await runOperation(fleet.context, actor('admin'), setRule, { ...scope, name, value })
}

function named(anomalies: readonly { code: string; severity: Severity }[]): Levels {
  const severityOf = (code: string) => anomalies.find((anomaly) => anomaly.code === code)?.severity ?? null
  return [severityOf('context-level'), severityOf('disk-full')]
}

/** What each way to look at alpha says of its context and of its disk. */
async function everyView(): Promise<Record<string, Levels>> {
  const { context } = fleet
  const viewer = actor('viewer')
  // What is sampled counts, and is over, after two looks.
  for (let look = 0; look < 2; look += 1) await monitor.sweep(new AbortController().signal)
  const open = context.incidents
    .state()
    .incidents.filter(({ state, subject }) => state !== 'resolved' && subject.nodeId === 'alpha')
  const levelOf = (topic: string) => open.find((incident) => incident.topic === topic)?.level ?? null
  const { data: status } = await runOperation(context, viewer, nodeStatus, { node: 'alpha' })
  const { data: list } = await runOperation(context, viewer, listNodes, {})
  const { data: memory } = await runOperation(context, viewer, listNodes, { live: false })
  const { data: sessions } = await runOperation(context, viewer, listSessions, { node: 'alpha' })
  const live = list.rows.find(({ id }) => id === 'alpha')
  const remembered = memory.rows.find(({ id }) => id === 'alpha')
  return {
    incidents: [levelOf('context'), levelOf('disk')],
    status: named(status.anomalies),
    'meters of the status': [status.levels.contexts[KEY] ?? null, status.levels.disk],
    list: named(live?.anomalies ?? []),
    'meters of the list': [live?.levels.context ?? null, live?.levels.disk ?? null],
    'meters of the list from memory': [remembered?.levels.context ?? null, remembered?.levels.disk ?? null],
    'meters of the sessions': [sessions.sessions[0]?.level ?? null, status.levels.disk],
  }
}

function allOf(levels: Levels): Record<string, Levels> {
  return {
    incidents: levels,
    status: levels,
    'meters of the status': levels,
    list: levels,
    'meters of the list': levels,
    'meters of the list from memory': levels,
    'meters of the sessions': levels,
  }
}

describe('a session at 55 % and a disk at 90 %', { timeout: 60_000 }, () => {
  test('say the same in every place under the rules that nobody changed', async () => {
    expect(await everyView()).toEqual(allOf([null, 'warning']))
  })

  test('say the same in every place under the rules of the fleet', async () => {
    await setRules({}, { contextNotice: 30, contextWarning: 40, contextCritical: 50 })
    await setRules({}, { diskCritical: 99, diskWarning: 96 })
    expect(await everyView()).toEqual(allOf(['critical', null]))
  })

  test('say so when the node is registered, too', async () => {
    const node = fleet.node('beta')
    const given = { id: 'beta', host: '127.0.0.1', sshPort: node.sshPort, sshUser: node.user }
    const confirmed = await planOperation(fleet.context, actor('admin'), registerNode, given)
    const { data } = await runOperation(fleet.context, actor('admin'), registerNode, given, { confirmed })
    expect(named(data.anomalies)).toEqual(['critical', null])
  })

  test('name the incident in the row, worst first', async () => {
    const { data } = await runOperation(fleet.context, actor('viewer'), listNodes, { live: false })
    const row = data.rows.find(({ id }) => id === 'alpha')
    expect(row?.incidents).toEqual([{ id: expect.stringMatching(/^I-\d+$/), level: 'critical' }])
  })

  test('say the same in every place under the rules of a tag, a node and an agent', async () => {
    await setRules({ tag: 'prod' }, { diskWarning: 80 })
    await setRules({ node: 'alpha' }, { contextCritical: 90, contextWarning: 80 })
    await setRules({ node: 'alpha', agent: 'main' }, { contextWarning: 52 })
    expect(await everyView()).toEqual(allOf(['warning', 'warning']))
    await setRules({ node: 'alpha', agent: 'main' }, { contextWarning: null, contextNotice: 70 })
    await setRules({ node: 'alpha' }, { diskWarning: 97 })
    expect(await everyView()).toEqual(allOf([null, null]))
  })
})
