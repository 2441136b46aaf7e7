import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { trustNode } from '../../src/operations/trust-node.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const input = { node: 'web' }
let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet([{ id: 'web', name: 'Web', version: '2026.9.6', agents: [{ id: 'main' }] }], {
    OCM_LIST_DEADLINE_MS: '4000',
    OCM_STATUS_DEADLINE_MS: '4000',
  })
})
afterAll(() => fleet.close())

const pinned = () => fleet.context.registry.get('web').hostKeys
const plan = () => planOperation(fleet.context, actor('admin'), trustNode, input)
const look = async () => {
  const { data } = await runOperation(fleet.context, actor('viewer'), nodeStatus, input)
  return data.snapshot
}
/** The machine as a reinstall leaves it. */
const reinstall = async () => {
  await fleet.node('web').ssh.changeHostKey()
  fleet.node('web').ssh.dropConnections()
}

describe('trust-node', () => {
  test('approves the key of a reinstalled node, which then serves again', async () => {
    const old = pinned().map(({ fingerprint }) => fingerprint)
    await reinstall()
    expect(await look()).toMatchObject({ state: 'unreachable', reason: { code: 'host-key-changed' } })
    const planned = await plan()
    const { fingerprint } = fleet.node('web')
    expect(planned.plan).toMatchObject({ known: 'new', pinned: old, offered: { fingerprint } })
    expect(old).not.toContain(fingerprint)
    const { outcome, data } = await runOperation(fleet.context, actor('admin'), trustNode, input, {
      confirmed: planned,
    })
    expect({ outcome, state: data.state }).toEqual({ outcome: 'done', state: 'serving' })
    expect(pinned()).toMatchObject([{ fingerprint, approvedBy: expect.stringMatching(/^\w+:/) }])
    expect((await look()).state).toBe('serving')
    expect((await plan()).plan.known).toBe('same')
  })

  test('approves the first key of a node that was imported without one', async () => {
    await fleet.context.registry.update('web', (record) => ({ ...record, hostKeys: [] }))
    await fleet.context.nodes.forget('web')
    expect(await look()).toMatchObject({ state: 'unreachable', reason: { code: 'host-key-unknown' } })
    const confirmed = await plan()
    expect(confirmed.plan).toMatchObject({ known: 'new', pinned: [] })
    const { data } = await runOperation(fleet.context, actor('admin'), trustNode, input, { confirmed })
    expect(data.state).toBe('serving')
  })

  test('approves nothing when the node offers another key than the one that was confirmed', async () => {
    const before = pinned()
    const confirmed = await plan()
    await reinstall()
    await expect(
      runOperation(fleet.context, actor('admin'), trustNode, input, { confirmed }),
    ).rejects.toMatchObject({ code: 'plan-changed' })
    expect(pinned()).toEqual(before)
  })

  test('is for admins only', async () => {
    await expect(planOperation(fleet.context, actor('operator'), trustNode, input)).rejects.toMatchObject({
      code: 'not-allowed',
    })
  })
})
