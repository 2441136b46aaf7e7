import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fleetRestart } from '../../src/operations/fleet-restart.ts'
import { muteAlerts } from '../../src/operations/handle-incident.ts'
import { createToken } from '../../src/operations/manage-tokens.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { setApprovalRule } from '../../src/operations/set-approval-rule.ts'
import { setRule } from '../../src/operations/set-rule.ts'
import { setTagJump } from '../../src/operations/set-tag-jump.ts'
import { approvalRuleResult } from '../../src/presenters/approval-words.ts'
import { createPlainInk } from '../../src/presenters/plain-ink.ts'
import { tagJumpPlan } from '../../src/presenters/set-tag-jump.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

let fleet: Fleet
beforeAll(async () => {
  const node = (id: string, tags: string[]) => ({
    ...{ id, name: id, version: '2026.9.6' as const, agents: [], tags },
    state: 'down' as const,
  })
  fleet = await startFleet([node('alpha', ['prod']), node('beta', ['lab'])])
})
afterAll(() => fleet.close())

const admin = actor('admin')
const ink = createPlainInk('en', () => 0)

describe('a tag that no node has', () => {
  it('is no tag to mute, and the one that was meant is named', async () => {
    const mute = (minutes: number) => runOperation(fleet.context, admin, muteAlerts, { tag: 'prdo', minutes })
    await expect(mute(5)).rejects.toMatchObject({ code: 'no-nodes', params: { tag: 'prdo', near: 'prod' } })
    // A mute outlives the last node with its tag, and is then still ended.
    await mute(0)
  })

  it('has no thresholds, unless they were set while nodes had it', async () => {
    const { context } = fleet
    const rule = (tag: string, change: object = {}) =>
      runOperation(context, admin, setRule, { tag, ...change })
    await expect(rule('prdo')).rejects.toMatchObject({ code: 'no-nodes', params: { near: 'prod' } })
    const set = { name: 'diskWarning', value: 70 }
    await expect(rule('prdo', set)).rejects.toMatchObject({ code: 'no-nodes' })
    await rule('lab', set)
    await context.registry.update('beta', (record) => ({ ...record, tags: [] }))
    await rule('lab')
    await rule('lab', { ...set, value: null })
    await expect(rule('lab')).rejects.toMatchObject({ code: 'no-nodes' })
    await context.registry.update('beta', (record) => ({ ...record, tags: ['lab'] }))
  })

  it('may be one for nodes to come in an approval rule, which says that it holds for none', async () => {
    const set = (tag: string) =>
      runOperation(fleet.context, admin, setApprovalRule, { operation: 'restart-node', tag, minutes: 60 })
    const stray = await set('prdo')
    expect(stray.data.stray).toEqual({ tag: 'prdo', near: 'prod' })
    const told = approvalRuleResult(stray, ink)
    expect(told.mood).toBe('warning')
    expect(told.lead).toEqual([
      {
        kind: 'text',
        text: 'No node has the tag prdo: until one gets it, this holds for none. Did you mean prod?',
        mark: 'warning',
      },
    ])
    expect((await set('prod')).data.stray).toBeNull()
  })

  it('may be one for nodes to come of a token, which says so', async () => {
    const input = { name: 'ci', level: 'operator', tags: ['prod', 'zz'], minutes: 5 }
    const { data } = await runOperation(fleet.context, admin, createToken, input)
    expect(data.stray).toEqual([{ tag: 'zz', near: null }])
  })

  it('is refused of a token where it is an operation that there is not', async () => {
    const input = { name: 'ci', level: 'viewer', operations: ['list-nods'], minutes: 5 }
    await expect(runOperation(fleet.context, admin, createToken, input)).rejects.toMatchObject({
      code: 'unknown-operation',
      params: { operation: 'list-nods', near: 'list-nodes' },
    })
  })

  it('is told in the plan of its jump host', async () => {
    const jump = { host: '192.0.2.1', port: 22, user: 'ops', offered: null, known: null }
    const plan = { tag: 'prdo', from: null, to: 'ops@192.0.2.1:22', jump, nodes: [], force: false }
    const told = tagJumpPlan({ ...plan, stray: { tag: 'prdo', near: 'prod' } }, ink)
    expect(told.mood).toBe('warning')
    expect(JSON.stringify(told.parts)).toContain('Did you mean prod?')
    // To go without one is about no node that is still to come.
    const none = planOperation(fleet.context, admin, setTagJump, { tag: 'prdo', jump: null })
    await expect(none).rejects.toMatchObject({ code: 'nothing-to-change' })
  })

  it('is refused by a change of many nodes with the one that was meant, of those that one may see', async () => {
    const restart = (level: Parameters<typeof actor>[0], tags: string[] | null) =>
      planOperation(fleet.context, { ...admin, grants: [{ level, tags }] }, fleetRestart, { tags: ['prdo'] })
    await expect(restart('admin', null)).rejects.toMatchObject({ params: { tag: 'prdo', near: 'prod' } })
    const limited = await restart('admin', ['lab', 'prdo']).catch((error: unknown) => error)
    expect(limited).toMatchObject({ code: 'no-nodes' })
    expect(limited).not.toMatchObject({ params: { near: 'prod' } })
  })
})
