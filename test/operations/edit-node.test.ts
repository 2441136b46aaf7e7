import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createInk } from '../../src/cli/ink.ts'
import { questionText } from '../../src/cli/views/told.ts'
import type { Actor } from '../../src/operations/access.ts'
import { editNode } from '../../src/operations/edit-node.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { editPlan } from '../../src/presenters/edit-node.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const agents = [{ id: 'main', sessions: [] }]
const admin = actor('admin')
const adminOfA = actor('admin', ['team-a'])

let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet([
    { id: 'alpha', name: 'Alpha', version: '2026.9.6', agents, tags: ['team-a', 'team-b'] },
    { id: 'beta', name: 'Beta', version: '2026.9.6', agents, tags: ['team-b'] },
    { id: 'free', name: 'Free', version: '2026.9.6', agents, registered: false },
    { id: 'next', name: 'Next', version: '2026.9.6', agents, registered: false },
  ])
})
afterAll(() => fleet.close())

const alpha = () => fleet.context.registry.get('alpha')
const address = (id: string) => {
  const node = fleet.node(id)
  return { host: node.host, sshPort: node.sshPort, sshUser: node.user, gatewayPort: node.gatewayPort }
}
const plan = (change: object, who: Actor = admin) =>
  planOperation(fleet.context, who, editNode, { node: 'alpha', ...change })
async function edit(change: object, who: Actor = admin) {
  const confirmed = await plan(change, who)
  return runOperation(fleet.context, who, editNode, { node: 'alpha', ...change }, { confirmed })
}

describe('edit-node', () => {
  test('changes name and tags without a look at the node', async () => {
    const { outcome, data } = await edit({ name: 'First', tags: ['team-a', 'team-b', 'new'] })
    expect({ outcome, state: data.state }).toEqual({ outcome: 'done', state: null })
    expect(data.changes).toEqual([
      { field: 'name', from: 'Alpha', to: 'First' },
      { field: 'tags', from: 'team-a, team-b', to: 'team-a, team-b, new' },
    ])
    expect(alpha()).toMatchObject({ name: 'First', tags: ['team-a', 'team-b', 'new'] })
    await edit({ tags: ['team-a', 'team-b'] })
  })

  test('says which other node has the name already, to whom may see that one', async () => {
    expect((await plan({ name: 'beta' })).plan).toMatchObject({ namesake: 'beta' })
    expect((await plan({ name: 'Beta' }, adminOfA)).plan).toMatchObject({ namesake: null })
    const { plan: shown } = await plan({ name: 'Nobody else' })
    expect(shown).toMatchObject({ namesake: null })
    const ink = createInk('en', false, Date.now)
    expect(questionText(editPlan({ ...shown, namesake: 'beta' }, ink), ink)).toContain(
      'beta is shown under the same name',
    )
  })

  test('says when there is nothing to change', async () => {
    await expect(plan({})).rejects.toMatchObject({ code: 'nothing-to-change', kind: 'usage' })
    await expect(plan({ name: alpha().name })).rejects.toMatchObject({ code: 'nothing-to-change' })
  })

  test('gives and takes only tags that the actor has authority over', async () => {
    for (const tags of [['team-a'], ['team-a', 'team-b', 'team-c'], []])
      await expect(plan({ tags }, adminOfA), tags.join()).rejects.toMatchObject({ code: 'not-allowed' })
    await plan({ tags: ['team-b'] }, adminOfA)
    await plan({ name: 'Mine' }, adminOfA)
  })

  test('shows the host key of a new address, and moves there once it is approved', async () => {
    const moved = address('free')
    const { plan: shown } = await plan(moved)
    expect(shown).toMatchObject({
      known: 'new',
      looks: true,
      offered: { fingerprint: fleet.node('free').fingerprint },
    })
    const { outcome, data } = await edit(moved)
    expect({ outcome, state: data.state }).toEqual({ outcome: 'done', state: 'serving' })
    expect(alpha()).toMatchObject(moved)
    expect(alpha().hostKeys.map(({ fingerprint }) => fingerprint)).toEqual([fleet.node('free').fingerprint])
  })

  test('does not move to a machine of somebody else, and not to an address that is taken', async () => {
    const theirs = { ...address('beta'), sshUser: 'other' }
    await expect(plan(theirs, adminOfA)).rejects.toMatchObject({ code: 'host-key-taken' })
    await expect(plan(address('beta'))).rejects.toMatchObject({
      code: 'address-exists',
      params: { node: 'beta' },
    })
  })

  test('saves nothing that cannot be reached, unless that is forced, and then says so', async () => {
    const before = alpha()
    await expect(edit({ sshUser: 'nobody-here' })).rejects.toMatchObject({ code: 'auth-failed' })
    await expect(plan({ sshPort: 1 })).rejects.toMatchObject({ code: 'node-unreachable' })
    expect(alpha()).toEqual(before)
    const { outcome, data } = await edit({ sshPort: 1, force: true })
    expect({ outcome, state: data.state }).toEqual({ outcome: 'partial', state: 'unreachable' })
    // What was approved for another address counts no longer.
    expect(alpha()).toMatchObject({ sshPort: 1, hostKeys: [] })
  })

  test('saves nothing when another key is offered than the one that was confirmed', async () => {
    const moved = address('next')
    const confirmed = await plan(moved)
    await fleet.node('next').ssh.changeHostKey()
    const input = { node: 'alpha', ...moved }
    await expect(runOperation(fleet.context, admin, editNode, input, { confirmed })).rejects.toMatchObject({
      code: 'plan-changed',
    })
    expect(alpha().sshPort).toBe(1)
  })

  test('takes over the port that a gateway was found on', async () => {
    const found = fleet.node('beta').gatewayPort
    await fleet.context.registry.update('beta', (node) => ({ ...node, gatewayPort: 1 }))
    const look = async () =>
      (await runOperation(fleet.context, admin, nodeStatus, { node: 'beta' })).data.anomalies
    expect(await look()).toContainEqual({
      code: 'port-moved',
      severity: 'notice',
      params: { found, registered: 1 },
    })
    const input = { node: 'beta', gatewayPort: found }
    const confirmed = await planOperation(fleet.context, admin, editNode, input)
    await runOperation(fleet.context, admin, editNode, input, { confirmed })
    expect((await look()).map(({ code }) => code)).not.toContain('port-moved')
  })

  test('is for admins, and leaves a line in the audit', async () => {
    await expect(plan({ name: 'Other' }, actor('operator'))).rejects.toMatchObject({ code: 'not-allowed' })
    expect((await fleet.audit()).at(-1)).toMatchObject({ operation: 'edit-node', result: 'refused' })
    await edit({ name: 'Last' })
    expect((await fleet.audit()).at(-1)).toMatchObject({
      operation: 'edit-node',
      nodeId: 'alpha',
      input: { name: 'Last' },
      result: 'done',
    })
  })
})
