import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { NodeRecord } from '../../registry/schema.ts'
import { muteAlerts } from '../../src/operations/handle-incident.ts'
import { importRegistry } from '../../src/operations/import-registry.ts'
import { registerNode } from '../../src/operations/register-node.ts'
import { restartNode } from '../../src/operations/restart-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { setRule } from '../../src/operations/set-rule.ts'
import { trustNode } from '../../src/operations/trust-node.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const agents = [{ id: 'main', sessions: [] }]
const adminOfA = actor('admin', ['team-a'])
const fleetAdmin = actor('admin')

let fleet: Fleet
let records: Map<string, NodeRecord>

beforeAll(async () => {
  fleet = await startFleet([
    { id: 'alpha', name: 'Alpha', version: '2026.9.6', agents, tags: ['team-a'] },
    { id: 'beta', name: 'Beta', version: '2026.9.6', agents, tags: ['team-b'] },
    { id: 'free', name: 'Free', version: '2026.9.6', agents, registered: false },
  ])
})
afterAll(() => fleet.close())
beforeEach(() => {
  records = new Map(fleet.context.registry.list().map((node) => [node.id, node]))
})

const lastAudit = async () => (await fleet.audit()).at(-1)
const address = (id: string) => {
  const node = fleet.node(id)
  return { host: node.host, sshPort: node.sshPort, sshUser: node.user }
}
const restore = async () => {
  for (const [id, record] of records) {
    await fleet.context.registry.update(id, () => record)
    await fleet.context.nodes.forget(id)
  }
}

describe('a node is registered', () => {
  const given = (tags: string[]) => ({ id: 'newcomer', ...address('free'), tags })

  test('only by who is admin of every tag that it gets', async () => {
    for (const tags of [['team-a', 'team-b'], ['team-b'], []]) {
      const asking = planOperation(fleet.context, adminOfA, registerNode, given(tags))
      await expect(asking, tags.join()).rejects.toMatchObject({
        code: 'not-allowed',
        params: { why: 'elsewhere' },
      })
      expect(await lastAudit()).toMatchObject({ operation: 'register-node', result: 'refused' })
    }
    await planOperation(fleet.context, adminOfA, registerNode, given(['team-a']))
    await planOperation(fleet.context, fleetAdmin, registerNode, given(['team-a', 'team-b']))
  })

  test('not by another name of a machine of somebody else', async () => {
    const beta = records.get('beta')
    const given = { id: 'mine', ...address('beta'), sshUser: 'other', tags: ['team-a'] }
    const stolen = planOperation(fleet.context, adminOfA, registerNode, given)
    await expect(stolen).rejects.toMatchObject({
      code: 'host-key-taken',
      params: { fingerprint: beta?.hostKeys[0]?.fingerprint },
    })
    await planOperation(fleet.context, fleetAdmin, registerNode, given)
  })
})

test('a second gateway of a login is a node of its own; the name of a hidden one stays hidden', async () => {
  const alpha = records.get('alpha')
  const given = { id: 'rescue', host: alpha?.host, sshPort: alpha?.sshPort, sshUser: alpha?.sshUser }
  const asking = (who: typeof adminOfA, more: object) =>
    planOperation(fleet.context, who, registerNode, { ...given, tags: ['team-a'], ...more })
  const stateDirectory = { ocPath: '~/.openclaw-rescue' }
  await expect(asking(adminOfA, {})).rejects.toMatchObject({
    code: 'address-exists',
    params: { node: 'alpha' },
  })
  await asking(adminOfA, stateDirectory)
  const hidden = await asking(adminOfA, address('beta')).catch((error: unknown) => error)
  expect(hidden).toMatchObject({ code: 'address-exists' })
  expect(JSON.stringify(hidden)).not.toContain('beta')
})

test('a host key is not approved for a node when it is pinned for one of somebody else', async () => {
  const { registry, nodes } = fleet.context
  await registry.update('alpha', (record) => ({ ...record, ...address('beta'), sshUser: 'other' }))
  await nodes.forget('alpha')
  const asking = (who: typeof adminOfA) => planOperation(fleet.context, who, trustNode, { node: 'alpha' })
  await expect(asking(adminOfA)).rejects.toMatchObject({ code: 'host-key-taken' })
  expect(await lastAudit()).toMatchObject({ operation: 'trust-node', errorCode: 'host-key-taken' })
  await asking(fleetAdmin)
  await restore()
})

test('nodes without tags come in only through who may do so everywhere', async () => {
  const file = join(fleet.folder, 'old.json')
  await writeFile(file, JSON.stringify({ nodes: [{ id: 'old', host: '192.0.2.7' }] }))
  await expect(planOperation(fleet.context, adminOfA, importRegistry, { file })).rejects.toMatchObject({
    code: 'not-allowed',
  })
  await planOperation(fleet.context, fleetAdmin, importRegistry, { file })
})

describe('alerts', () => {
  test.each([
    [{ tag: 'team-b', minutes: 5 }, 'not-allowed'],
    [{ node: 'alpha', tag: 'team-b', minutes: 5 }, 'not-allowed'],
    [{ node: 'beta', minutes: 5 }, 'unknown-node'],
    [{ node: 'alpha', minutes: 5 }, null],
    [{ tag: 'team-a', minutes: 5 }, null],
  ])("are muted as far as one's authority goes: %j", async (input, code) => {
    const muting = runOperation(fleet.context, adminOfA, muteAlerts, input)
    if (code === null) await muting
    else await expect(muting).rejects.toMatchObject({ code })
  })

  test.each([
    [{ name: 'diskWarning', value: 70 }, 'not-allowed'],
    [{ tag: 'team-b', name: 'diskWarning', value: 70 }, 'not-allowed'],
    [{ node: 'beta', name: 'diskWarning', value: 70 }, 'unknown-node'],
    [{ node: 'alpha', tag: 'team-a', name: 'diskWarning', value: 70 }, 'invalid-input'],
    [{ node: 'alpha', name: 'diskWarning', value: 70 }, null],
    [{ tag: 'team-a', name: 'diskWarning', value: 70 }, null],
    [{}, null],
  ])("have their rules set as far as one's authority goes: %j", async (input, code) => {
    const setting = runOperation(fleet.context, adminOfA, setRule, input)
    if (code === null) await setting
    else await expect(setting).rejects.toMatchObject({ code })
  })
})

test('a restart that was confirmed for one machine never restarts the one that took its place', async () => {
  const { context } = fleet
  const confirmed = await planOperation(context, fleetAdmin, restartNode, { node: 'alpha' })
  const [alpha, beta] = [records.get('alpha'), records.get('beta')]
  const placeOf = (record?: NodeRecord) => ({
    sshPort: record?.sshPort ?? 0,
    hostKeys: record?.hostKeys ?? [],
  })
  await context.registry.update('beta', (record) => ({ ...record, sshPort: 1 }))
  await context.registry.update('alpha', (record) => ({ ...record, ...placeOf(beta) }))
  await context.registry.update('beta', (record) => ({ ...record, ...placeOf(alpha) }))
  const pids = () => ['alpha', 'beta'].map((id) => fleet.node(id).facts().pid)
  const before = pids()
  await expect(
    runOperation(context, fleetAdmin, restartNode, { node: 'alpha' }, { confirmed }),
  ).rejects.toMatchObject({ code: 'plan-changed' })
  expect(pids()).toEqual(before)
  expect(await lastAudit()).toMatchObject({ result: 'refused', errorCode: 'plan-changed' })
  await context.registry.update('beta', (record) => ({ ...record, sshPort: 1 }))
  await restore()
})
