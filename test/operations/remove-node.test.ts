import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signalKey } from '../../src/monitor/signal.ts'
import { muteAlerts } from '../../src/operations/handle-incident.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { removeNode } from '../../src/operations/remove-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { setRule } from '../../src/operations/set-rule.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const input = { node: 'alpha' }
const admin = actor('admin')
let fleet: Fleet

beforeAll(async () => {
  const agents = [{ id: 'main', sessions: [] }]
  fleet = await startFleet([
    { id: 'alpha', name: 'Alpha', version: '2026.9.6', agents, tags: ['team-a', 'team-b'] },
    { id: 'beta', name: 'Beta', version: '2026.9.6', agents, tags: ['team-b'] },
  ])
})
afterAll(() => fleet.close())

test('only who is admin of every tag of a node removes it', async () => {
  await expect(
    planOperation(fleet.context, actor('admin', ['team-a']), removeNode, input),
  ).rejects.toMatchObject({ code: 'not-allowed' })
  await planOperation(fleet.context, actor('admin', ['team-a', 'team-b']), removeNode, input)
})

test('the rules and mutes of a removed node go with it, and those of no other', async () => {
  const { context } = fleet
  const set = (scope: object) =>
    runOperation(context, admin, setRule, { ...scope, name: 'diskWarning', value: 70 })
  const mute = (scope: object) => runOperation(context, admin, muteAlerts, { ...scope, minutes: 60 })
  for (const scope of [
    { node: 'alpha' },
    { node: 'alpha', agent: 'main' },
    { node: 'beta' },
    { tag: 'team-b' },
  ]) {
    await set(scope)
    await mute(scope)
  }
  const confirmed = await planOperation(context, admin, removeNode, input)
  const record = context.registry.get('alpha')
  expect((await runOperation(context, admin, removeNode, input, { confirmed })).outcome).toBe('done')
  expect(context.rules.value().overrides.map(({ scope }) => scope)).toEqual([
    { node: 'beta' },
    { tag: 'team-b' },
  ])
  const { mutes } = context.incidents.state()
  expect(mutes.map(({ nodeId, tag }) => nodeId ?? tag).sort()).toEqual(['beta', 'team-b'])
  await context.registry.add(record)
})

test('a removed node is forgotten, its incidents are put aside, and the machine is as it was', async () => {
  const { context } = fleet
  await runOperation(context, admin, nodeStatus, input)
  const subject = { nodeId: 'alpha', agentId: null, sessionKey: null }
  const seen = {
    level: 'critical' as const,
    holdLevel: 'critical' as const,
    cause: 'node-unreachable' as const,
    params: {},
    immediate: true,
  }
  const signal = {
    key: signalKey('availability', subject),
    topic: 'availability' as const,
    subject,
    at: context.clock.now(),
    seen,
  }
  await context.incidents.apply({ kind: 'signals', signals: [signal] })
  const { pid } = fleet.node('alpha').facts()
  const confirmed = await planOperation(context, admin, removeNode, input)
  expect(confirmed.plan).toMatchObject({ id: 'alpha', openIncidents: 1 })
  const { outcome, data } = await runOperation(context, admin, removeNode, input, { confirmed })
  expect({ outcome, id: data.node.id }).toEqual({ outcome: 'done', id: 'alpha' })
  expect(context.registry.list().map(({ id }) => id)).toEqual(['beta'])
  expect(context.snapshots.get('alpha')).toBeUndefined()
  expect(await readFile(join(fleet.folder, 'registry.json'), 'utf8')).not.toContain('"alpha"')
  expect(context.incidents.state().incidents[0]?.paused).not.toBeNull()
  expect(fleet.node('alpha').facts().pid).toBe(pid)
  expect((await fleet.audit()).at(-1)).toMatchObject({
    operation: 'remove-node',
    nodeId: 'alpha',
    result: 'done',
  })
  await expect(runOperation(context, admin, nodeStatus, input)).rejects.toMatchObject({
    code: 'unknown-node',
  })
})
