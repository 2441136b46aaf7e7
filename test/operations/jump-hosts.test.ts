import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { NodeRecord } from '../../registry/schema.ts'
import type { Actor } from '../../src/operations/access.ts'
import { editNode } from '../../src/operations/edit-node.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import type { Operation } from '../../src/operations/operation.ts'
import { registerNode } from '../../src/operations/register-node.ts'
import { restartNode } from '../../src/operations/restart-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { setTagJump } from '../../src/operations/set-tag-jump.ts'
import { trustNode } from '../../src/operations/trust-node.ts'
import { type Bastion, startBastion } from '../support/bastion.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const agents = [{ id: 'main', sessions: [] }]
const admin = actor('admin')

let fleet: Fleet
let registered: readonly NodeRecord[]
const bastions: Bastion[] = []

beforeAll(async () => {
  fleet = await startFleet([
    { id: 'alpha', name: 'Alpha', version: '2026.9.6', agents, tags: ['behind', 'team-a'] },
    { id: 'beta', name: 'Beta', version: '2026.9.6', agents, tags: ['behind'] },
    { id: 'direct', name: 'Direct', version: '2026.9.6', agents },
    { id: 'free', name: 'Free', version: '2026.9.6', agents, registered: false },
  ])
  registered = fleet.context.registry.list()
})
afterAll(() => fleet.close())
afterEach(async () => {
  for (const { id } of registered)
    await fleet.context.registry.update(id, (node) => ({ ...node, jump: null, hostKeys: keysOf(id) }))
  await fleet.context.registry.setTagJump('behind', null)
  for (const bastion of bastions.splice(0)) {
    for (const { id } of fleet.context.registry.list()) await fleet.context.nodes.forget(id)
    await bastion.close()
  }
})

const keysOf = (id: string) => registered.find((node) => node.id === id)?.hostKeys ?? []

async function bastion(user?: string): Promise<Bastion> {
  const started = await startBastion(user)
  bastions.push(started)
  return started
}

async function confirmed<Input, Result, Step, Plan>(
  operation: Operation<Input, Result, Step, Plan>,
  input: object,
  who: Actor = admin,
) {
  const plan = await planOperation(fleet.context, who, operation, input)
  return runOperation(fleet.context, who, operation, input, { confirmed: plan })
}
const record = (id: string) => fleet.context.registry.get(id)
const status = async (node: string) =>
  (await runOperation(fleet.context, admin, nodeStatus, { node })).data.snapshot

describe('a jump host of one node', () => {
  test('is set by an edit that shows both host keys, and carries everything from then on', async () => {
    const way = await bastion()
    const { plan } = await planOperation(fleet.context, admin, editNode, { node: 'direct', jump: way.name })
    expect(plan).toMatchObject({
      changes: [{ field: 'jump', from: null, to: way.name }],
      jump: { offered: { fingerprint: way.hostKey.fingerprint }, known: 'new' },
      offered: { fingerprint: fleet.node('direct').fingerprint },
      known: 'same',
      looks: true,
    })
    const { outcome, data } = await confirmed(editNode, { node: 'direct', jump: way.name })
    expect({ outcome, state: data.state }).toEqual({ outcome: 'done', state: 'serving' })
    const { jump, hostKeys } = record('direct')
    expect(jump).toMatchObject({ host: '127.0.0.1', port: way.port, user: 'hop' })
    expect(jump?.hostKeys.map(({ fingerprint }) => fingerprint)).toEqual([way.hostKey.fingerprint])
    expect(hostKeys).toHaveLength(1)
    const before = way.forwards()
    expect((await status('direct')).state).toBe('serving')
    expect(way.forwards()).toBeGreaterThan(before)
    await confirmed(editNode, { node: 'direct', jump: null })
    expect(record('direct').jump).toBeNull()
  })

  test('is named when it is away, and when it shows another key than the approved one', async () => {
    const way = await bastion()
    await confirmed(editNode, { node: 'direct', jump: way.name })
    await fleet.context.registry.update('direct', (node) => ({
      ...node,
      jump: node.jump && { ...node.jump, hostKeys: record('alpha').hostKeys },
    }))
    expect(await status('direct')).toMatchObject({
      state: 'unreachable',
      reason: { code: 'jump-unreachable', params: { jump: way.name, last: 'host-key-changed' } },
    })
    const { plan } = await planOperation(fleet.context, admin, trustNode, { node: 'direct' })
    expect(plan).toMatchObject({
      known: 'same',
      jump: { offered: { fingerprint: way.hostKey.fingerprint }, known: 'new' },
    })
    const { outcome } = await confirmed(trustNode, { node: 'direct' })
    expect(outcome).toBe('done')
    expect(record('direct').jump?.hostKeys[0]?.fingerprint).toBe(way.hostKey.fingerprint)
  })

  test('is part of the address: behind another one the same address is another machine', async () => {
    const way = await bastion()
    const { host, sshPort, user } = fleet.node('direct')
    const input = { id: 'twin', host, sshPort, sshUser: user }
    await expect(planOperation(fleet.context, admin, registerNode, input)).rejects.toMatchObject({
      code: 'address-exists',
    })
    const { plan } = await planOperation(fleet.context, admin, registerNode, { ...input, jump: way.name })
    expect(plan.jump).toMatchObject({ host: '127.0.0.1', port: way.port, user: 'hop' })
  })

  test('lets a node be registered that is reached only through it', async () => {
    const way = await bastion()
    const { host, sshPort, user } = fleet.node('free')
    const input = { id: 'free', host, sshPort, sshUser: user, jump: way.name }
    const { data } = await confirmed(registerNode, input)
    expect(data.snapshot.state).toBe('serving')
    expect(record('free').jump?.hostKeys[0]?.fingerprint).toBe(way.hostKey.fingerprint)
    expect(way.logins.length).toBeGreaterThan(0)
    await fleet.context.registry.remove('free')
    await fleet.context.nodes.forget('free')
  })

  test('is refused with its field where it is no address', async () => {
    for (const jump of ['a b', 'user@', ':22', 'h:99999'])
      await expect(
        planOperation(fleet.context, admin, editNode, { node: 'direct', jump }),
        jump,
      ).rejects.toMatchObject({ code: 'invalid-input', params: { field: 'jump', problem: 'ssh-address' } })
  })

  test('is not saved when ocm may not log in there, unless that is forced', async () => {
    const way = await bastion('other')
    const stranger = way.name.replace('other@', 'nobody@')
    await expect(
      planOperation(fleet.context, admin, editNode, { node: 'direct', jump: stranger }),
    ).rejects.toMatchObject({
      code: 'node-unreachable',
      params: { reason: 'jump-unreachable', last: 'auth-failed' },
    })
    const { outcome } = await confirmed(editNode, { node: 'direct', jump: stranger, force: true })
    expect(outcome).toBe('partial')
  })
})

describe('a jump host of a tag', () => {
  const set = (jump: string | null, change: object = {}, who: Actor = admin) =>
    confirmed(setTagJump, { tag: 'behind', jump, ...change }, who)

  test('is the way to every node with the tag, over one connection', async () => {
    const way = await bastion()
    const input = { tag: 'behind', jump: way.name }
    const { plan } = await planOperation(fleet.context, admin, setTagJump, input)
    expect(plan).toMatchObject({ from: null, to: way.name, nodes: ['alpha', 'beta'], jump: { known: 'new' } })
    const { outcome, data } = await set(way.name)
    expect({ outcome, ...data }).toMatchObject({ outcome: 'done', nodes: 2, looked: 2, reached: 2 })
    expect(fleet.context.registry.jumps().behind?.hostKeys[0]?.fingerprint).toBe(way.hostKey.fingerprint)
    expect((await status('alpha')).state).toBe('serving')
    expect((await status('beta')).state).toBe('serving')
    expect(way.open()).toBe(1)
    await expect(set(way.name)).rejects.toMatchObject({ code: 'nothing-to-change' })
    await set(null)
    expect(fleet.context.registry.jumps()).toEqual({})
    expect((await status('alpha')).state).toBe('serving')
    await expect.poll(() => way.open()).toBe(0)
  })

  test('keeps its approved key while it is silent', async () => {
    const way = await bastion()
    await set(way.name)
    await confirmed(editNode, { node: 'direct', jump: way.name })
    const { jump } = record('direct')
    expect(jump?.hostKeys).toHaveLength(1)
    await way.close()
    await expect(set(way.name, { force: true })).rejects.toMatchObject({ code: 'nothing-to-change' })
    await confirmed(editNode, { node: 'direct', jump: way.name, name: 'Renamed', force: true })
    expect(record('direct')).toMatchObject({ name: 'Renamed', jump })
    await fleet.context.registry.update('direct', (node) => ({ ...node, name: 'Direct' }))
  })

  test('needs authority over the tag', async () => {
    const way = await bastion()
    const adminOfA = actor('admin', ['team-a'])
    await expect(set(way.name, {}, adminOfA)).rejects.toMatchObject({ code: 'not-allowed' })
  })

  test('is not saved when no node is found behind it', async () => {
    const way = await bastion()
    const port = fleet.node('alpha').sshPort
    await fleet.context.registry.updateMany(['alpha', 'beta'], (node) => ({
      ...node,
      sshPort: 1 + Number(node.id === 'beta'),
    }))
    try {
      await expect(set(way.name)).rejects.toMatchObject({
        code: 'node-unreachable',
        params: { reason: 'jump-cannot-connect', jump: way.name },
      })
      expect(fleet.context.registry.jumps()).toEqual({})
      const { outcome, data } = await set(way.name, { force: true })
      expect({ outcome, reached: data.reached }).toEqual({ outcome: 'partial', reached: 0 })
    } finally {
      await fleet.context.registry.update('alpha', (node) => ({ ...node, sshPort: port }))
      const beta = fleet.node('beta').sshPort
      await fleet.context.registry.update('beta', (node) => ({ ...node, sshPort: beta }))
    }
  })

  test('binds what was confirmed: with another way a plan holds no more', async () => {
    const plan = await planOperation(fleet.context, admin, restartNode, { node: 'alpha' })
    const way = await bastion()
    await set(way.name)
    await expect(
      runOperation(fleet.context, admin, restartNode, { node: 'alpha' }, { confirmed: plan }),
    ).rejects.toMatchObject({ code: 'plan-changed' })
  })

  test('shows as a change of its own when a node gets the tag', async () => {
    const way = await bastion()
    await set(way.name)
    const { plan } = await planOperation(fleet.context, admin, editNode, { node: 'direct', tags: ['behind'] })
    expect(plan).toMatchObject({
      changes: [
        { field: 'jump', from: null, to: way.name },
        { field: 'tags', from: null, to: 'behind' },
      ],
      looks: true,
      known: 'same',
    })
  })
})
