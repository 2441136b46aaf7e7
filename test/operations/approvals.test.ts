import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { z } from 'zod'
import type { OperatorError } from '../../src/base/errors.ts'
import type { Actor, Grant } from '../../src/operations/access.ts'
import type { AccessToken } from '../../src/operations/access-tokens.ts'
import { type ApprovalsPort, openApprovals } from '../../src/operations/approvals.ts'
import { copyBackup } from '../../src/operations/copy-backup.ts'
import {
  approveRequest,
  listApprovals,
  overrideApproval,
  refuseRequest,
} from '../../src/operations/decide-approval.ts'
import { editNode } from '../../src/operations/edit-node.ts'
import { fleetMaintenance } from '../../src/operations/fleet-maintenance.ts'
import { snoozeIncident } from '../../src/operations/handle-incident.ts'
import { operations } from '../../src/operations/index.ts'
import { revokeToken } from '../../src/operations/manage-tokens.ts'
import { definePlanned } from '../../src/operations/operation.ts'
import { compareWho, type PeopleMap, whoIs } from '../../src/operations/people.ts'
import { removeNode } from '../../src/operations/remove-node.ts'
import { unretireNode } from '../../src/operations/retire-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { APPROVABLE, setApprovalRule } from '../../src/operations/set-approval-rule.ts'
import { setMaintenance } from '../../src/operations/set-maintenance.ts'
import { setRule } from '../../src/operations/set-rule.ts'
import type { SandboxNodeSpec } from '../../src/sandbox/stage/start-sandbox.ts'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { type Fleet, startFleet } from '../support/fleet.ts'
import { keepLog } from '../support/log-keeper.ts'

const ADA = '111111111111111111'
const BEN = '222222222222222222'
const CLEO = '333333333333333333'

const node = (id: string, tags: string[]): SandboxNodeSpec => ({
  id,
  name: id,
  version: '2026.9.6',
  agents: [],
  tags,
  state: 'down',
})

let fleet: Fleet
let world: { running: string[]; did: number }
const ADMIN: readonly Grant[] = [{ level: 'admin', tags: null }]
/** What Discord says of somebody when a run begins. */
let roles: (userId: string) => Promise<readonly Grant[] | null>

beforeAll(async () => {
  fleet = await startFleet(
    [node('alpha', ['prod']), node('beta', ['lab'])],
    { OCM_PEOPLE: `ada=discord:${ADA}+cli:ada, ben=discord:${BEN}+token:t1` },
    (userId) => roles(userId),
  )
})
afterAll(() => fleet.close())
beforeEach(() => {
  world = { running: [], did: 0 }
  roles = async () => ADMIN
})
afterEach(() => vi.restoreAllMocks())

const who = (face: Actor['face'], id: string, level: 'viewer' | 'operator' | 'admin' = 'admin'): Actor => ({
  face,
  id,
  name: id,
  grants: [{ level, tags: null }],
})
const ada = who('discord', ADA)
const ben = who('discord', BEN)
const cleo = who('discord', CLEO)

/** Something dangerous that touches nothing. */
const danger = definePlanned<{ node: string; hard: boolean }, string, never, { shows: string[] }>({
  name: 'restart-node',
  access: 'operator',
  effect: 'change',
  input: z.strictObject({ node: z.string(), hard: z.boolean().default(false) }),
  nodeOf: (input) => input.node,
  planSchema: z.strictObject({ shows: z.array(z.string()) }),
  prepare: async () => ({ plan: { shows: [...world.running] }, seen: null }),
  async run() {
    world.did += 1
    return { outcome: 'done', data: 'did it' }
  },
})

const rule = (operation: string, tag: string | null, minutes: number | null, by = ada) =>
  runOperation(fleet.context, by, setApprovalRule, { operation, tag, minutes })

async function attempt(by: Actor = ada, input: object = { node: 'alpha' }) {
  const confirmed = await planOperation(fleet.context, by, danger, input)
  return runOperation(fleet.context, by, danger, input, { confirmed })
}

/** The id of the request that a run without an approval makes. */
async function requested(work: Promise<unknown>): Promise<string> {
  const error = (await work.then(
    () => new Error('it ran'),
    (thrown: unknown) => thrown,
  )) as OperatorError
  expect(error).toMatchObject({ code: 'approval-needed' })
  return String(error.params.request)
}

const approve = (request: string, by: Actor) => runOperation(fleet.context, by, approveRequest, { request })
const stateOf = (request: string) => fleet.context.approvals.get(request)?.state

/** Ends a rule in the way that everybody has to. */
async function endRule(operation: string, tag: string | null) {
  await approve(await requested(rule(operation, tag, null)), ben)
  await rule(operation, tag, null)
}

describe('a rule about the thresholds', () => {
  beforeEach(() => rule('set-rule', null, 60))
  afterEach(() => endRule('set-rule', null))

  it('asks for a second person where one is changed, and not where they are looked at', async () => {
    const looked = await runOperation(fleet.context, ada, setRule, { node: 'alpha' })
    expect(looked.outcome).toBe('done')
    expect(await fleet.context.approvals.list()).not.toContainEqual(
      expect.objectContaining({ operation: 'set-rule' }),
    )
    const change = { node: 'alpha', name: 'diskWarning', value: 70 }
    const request = await requested(runOperation(fleet.context, ada, setRule, change))
    await runOperation(fleet.context, ada, refuseRequest, { request })
    expect(looked.data.thresholds.diskWarning).not.toBe(70)
  })
})

describe('a rule for a tag', () => {
  beforeEach(() => rule('restart-node', 'prod', 60))
  afterEach(() => endRule('restart-node', 'prod'))

  it('lets a run begin only when a second person approved it, once', async () => {
    const request = await requested(attempt())
    expect(await requested(attempt())).toBe(request)
    expect(world.did).toBe(0)
    await approve(request, ben)
    const { operationId } = await attempt()
    expect(world.did).toBe(1)
    expect((await fleet.audit()).at(-1)).toMatchObject({
      operationId,
      approval: { request, by: `discord:${BEN}`, name: BEN, emergency: null },
    })
    expect(stateOf(request)).toBe('used')
    expect(await requested(attempt())).not.toBe(request)
    expect(world.did).toBe(1)
  })

  it('is nothing to other nodes, and nothing to what is scheduled', async () => {
    await attempt(ada, { node: 'beta' })
    await attempt({ ...who('monitor', 'schedule', 'operator') })
    expect(world.did).toBe(2)
  })

  it('has an approval hold for the plan that was shown, and take no other', async () => {
    world.running = ['a turn']
    const request = await requested(attempt())
    await approve(request, ben)
    world.running = ['another turn']
    const second = await requested(attempt())
    expect(second).not.toBe(request)
    expect(stateOf(request)).toBe('revoked')
    await expect(approve(request, ben)).rejects.toMatchObject({ code: 'approval-over' })
    expect(world.did).toBe(0)
  })

  it('has an approval hold for this input alone', async () => {
    const request = await requested(attempt())
    await approve(request, ben)
    expect(await requested(attempt(ada, { node: 'alpha', hard: true }))).not.toBe(request)
    await attempt()
    expect(world.did).toBe(1)
  })

  it('has an approval hold for the machine that it was given for', async () => {
    const request = await requested(attempt())
    await approve(request, ben)
    const { registry } = fleet.context
    const before = registry.get('alpha').sshPort
    await registry.update('alpha', (record) => ({ ...record, sshPort: 1 }))
    expect(await requested(attempt())).not.toBe(request)
    expect(stateOf(request)).toBe('revoked')
    await registry.update('alpha', (record) => ({ ...record, sshPort: before }))
  })

  test.each([
    ['in the same face', ada, 'approval-own'],
    ['from their shell', who('cli', 'ada'), 'approval-own'],
    ['in a browser', { ...who('web', ADA), via: 'discord' as const }, 'approval-own'],
    ['in a browser that the shell opened', { ...who('web', 'ada'), via: 'cli' as const }, 'approval-own'],
    ['from a shell account that nobody is named for', who('cli', 'root'), 'approval-person-unknown'],
    ['with a token that nobody is named for', who('http', 'token:zz'), 'approval-person-unknown'],
  ])('is not met by who asked, %s', async (_how, other, code) => {
    const request = await requested(attempt())
    await expect(approve(request, other)).rejects.toMatchObject({ code })
    expect(stateOf(request)).toBe('open')
    expect((await fleet.audit()).at(-1)).toMatchObject({ result: 'refused', errorCode: code })
    await runOperation(fleet.context, ada, refuseRequest, { request })
  })

  it('is met by a person under the names that the settings have for them', async () => {
    const token = { id: 't1', grants: [...ADMIN], revokedAt: null, expiresAt: null } as unknown as AccessToken
    const tokens = vi.spyOn(fleet.context.tokens, 'list').mockReturnValue([token])
    const request = await requested(attempt(who('cli', 'ada')))
    await approve(request, who('http', 'token:t1'))
    // A token that was revoked meanwhile approves nothing.
    tokens.mockReturnValue([{ ...token, revokedAt: 1 }])
    const again = await requested(attempt())
    expect([stateOf(request), world.did]).toEqual(['revoked', 0])
    tokens.mockReturnValue([token])
    await approve(again, who('http', 'token:t1'))
    await attempt()
    expect(world.did).toBe(1)
  })

  test.each<[string, readonly Grant[] | null]>([
    ['has no role any more', []],
    ['has left the server', null],
    ['may only look now', [{ level: 'viewer', tags: null }]],
    ['has the right on other nodes alone', [{ level: 'admin', tags: ['lab'] }]],
  ])('is not met any more where who approved it %s at the run', async (_how, now) => {
    const request = await requested(attempt())
    await approve(request, ben)
    roles = async (userId) => (userId === BEN ? now : ADMIN)
    const second = await requested(attempt())
    expect(second).not.toBe(request)
    expect([stateOf(request), world.did]).toEqual(['revoked', 0])
    await approve(second, cleo)
    await attempt()
    expect(world.did).toBe(1)
    roles = async () => ADMIN
  })

  it('waits where nobody says which roles who approved it has, and keeps the approval', async () => {
    const request = await requested(attempt())
    await approve(request, ben)
    roles = () => Promise.reject(new Error('no answer'))
    await expect(attempt()).rejects.toMatchObject({
      code: 'approver-unread',
      params: { by: `discord:${BEN}` },
    })
    expect([stateOf(request), world.did]).toEqual(['approved', 0])
    roles = async () => ADMIN
    await attempt()
    expect(world.did).toBe(1)
  })

  it('is not gone past in an emergency by who is no admin any more', async () => {
    const request = await requested(attempt())
    await runOperation(fleet.context, ada, overrideApproval, { request, reason: 'nobody answers at all' })
    const confirmed = await planOperation(fleet.context, ada, danger, { node: 'alpha' })
    const lesser = who('discord', ADA, 'operator')
    const run = runOperation(fleet.context, lesser, danger, { node: 'alpha' }, { confirmed })
    await expect(run).rejects.toMatchObject({ code: 'approval-needed' })
    expect([stateOf(request), world.did]).toEqual(['revoked', 0])
  })

  it('is met by nobody with less right than the run takes, and is not shown to who may not see it', async () => {
    const request = await requested(attempt())
    await expect(approve(request, who('discord', BEN, 'viewer'))).rejects.toMatchObject({
      code: 'not-allowed',
    })
    const stranger: Actor = { ...ben, grants: [{ level: 'admin', tags: ['lab'] }] }
    await expect(approve(request, stranger)).rejects.toMatchObject({ code: 'unknown-approval' })
    // Nor does their own line of the audit tell them of it.
    expect((await fleet.audit()).at(-1)).toMatchObject({ input: { request }, nodeId: null })
    expect((await fleet.audit()).at(-1)?.about).toBeUndefined()
    const seen = await runOperation(fleet.context, stranger, listApprovals, {})
    expect(seen.data).toEqual({ requests: [], rules: [] })
    await runOperation(fleet.context, ben, refuseRequest, { request })
    expect(stateOf(request)).toBe('refused')
    await expect(approve(request, cleo)).rejects.toMatchObject({ code: 'approval-over' })
  })

  it('does not help who lost their role between the approval and the run', async () => {
    const request = await requested(attempt())
    await approve(request, ben)
    const confirmed = await planOperation(fleet.context, ada, danger, { node: 'alpha' })
    const run = runOperation(
      fleet.context,
      who('discord', ADA, 'viewer'),
      danger,
      { node: 'alpha' },
      { confirmed },
    )
    await expect(run).rejects.toMatchObject({ code: 'not-allowed' })
    expect([stateOf(request), world.did]).toEqual(['approved', 0])
    await runOperation(fleet.context, ben, refuseRequest, { request })
    await requested(attempt())
  })

  it('is met once where two approve and two run at the same time', async () => {
    const request = await requested(attempt())
    const approvals = await Promise.allSettled([approve(request, ben), approve(request, cleo)])
    expect(approvals.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(approvals.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'approval-decided' },
    })
    const runs = await Promise.allSettled([attempt(), attempt()])
    expect(runs.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(world.did).toBe(1)
  })

  it('can be gone past in an emergency by who asked, with a reason that is marked in the audit', async () => {
    const request = await requested(attempt())
    const override = (by: Actor, reason = 'the fleet is down and nobody answers') =>
      runOperation(fleet.context, by, overrideApproval, { request, reason })
    await expect(override(ben)).rejects.toMatchObject({ code: 'approval-foreign' })
    await expect(override(ada, 'quick')).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(override(who('discord', ADA, 'operator'))).rejects.toMatchObject({ code: 'not-allowed' })
    await override(ada)
    expect((await fleet.audit()).at(-1)).toMatchObject({
      operation: 'override-approval',
      input: { request, reason: 'the fleet is down and nobody answers' },
      nodeId: 'alpha',
      about: { operation: 'restart-node', nodeId: 'alpha', input: { node: 'alpha', hard: false } },
    })
    await attempt()
    expect((await fleet.audit()).at(-1)?.approval).toMatchObject({
      request,
      by: `discord:${ADA}`,
      emergency: 'the fleet is down and nobody answers',
    })
  })

  it('is not got round by taking its tag off the node, or by forgetting the node', async () => {
    const input = { node: 'alpha', tags: [] }
    const planned = await planOperation(fleet.context, ada, editNode, input)
    await requested(runOperation(fleet.context, ada, editNode, input, { confirmed: planned }))
    const removal = await planOperation(fleet.context, ada, removeNode, { node: 'alpha' })
    await requested(runOperation(fleet.context, ada, removeNode, { node: 'alpha' }, { confirmed: removal }))
    expect(fleet.context.registry.get('alpha').tags).toEqual(['prod'])
  })

  it('is loosened only with an approval, and made stricter at once', async () => {
    await requested(rule('restart-node', 'prod', 120))
    await rule('restart-node', 'prod', 30)
    expect(fleet.context.approvals.rules()).toMatchObject([
      { operation: 'restart-node', tag: 'prod', minutes: 30 },
    ])
    await expect(
      rule('restart-node', null, 60, { ...ada, grants: [{ level: 'admin', tags: ['prod'] }] }),
    ).rejects.toMatchObject({ code: 'not-allowed' })
  })
})

it('asks nobody to approve what would be refused anyway', async () => {
  const names = ['every-change', 'set-maintenance', 'set-rule', 'copy-backup', 'snooze-incident']
  for (const name of names) await rule(name, null, 60)
  const before = fleet.context.approvals.list().length
  const { context } = fleet
  const refused: [() => Promise<unknown>, string][] = [
    [() => runOperation(context, ada, setMaintenance, { node: 'beta', on: true }), 'reason-needed'],
    [
      () => runOperation(context, ada, setMaintenance, { node: 'beta', on: false }),
      'node-not-in-maintenance',
    ],
    [() => runOperation(context, ada, unretireNode, { node: 'beta' }), 'node-not-retired'],
    [() => runOperation(context, ada, copyBackup, { node: 'beta' }), 'offsite-off'],
    [() => runOperation(context, ada, snoozeIncident, { incident: 'I-999', minutes: 5 }), 'unknown-incident'],
    [() => runOperation(context, ada, setRule, { name: 'diskWarning', value: 0.99 }), 'rules-contradict'],
  ]
  for (const [run, code] of refused) await expect(run()).rejects.toMatchObject({ code })
  expect(fleet.context.approvals.list()).toHaveLength(before)
  for (const name of names) await endRule(name, null)
})

it('has an approval hold on where the run was refused before it did anything', async () => {
  await rule('revoke-token', null, 60)
  const revoke = () => runOperation(fleet.context, ada, revokeToken, { token: 'nobody' })
  const request = await requested(revoke())
  await approve(request, ben)
  for (let times = 0; times < 2; times++) {
    await expect(revoke()).rejects.toMatchObject({ code: 'unknown-token' })
    expect(stateOf(request)).toBe('approved')
    expect((await fleet.audit()).at(-1)).toMatchObject({ operation: 'revoke-token', result: 'refused' })
    expect((await fleet.audit()).at(-1)?.approval).toBeUndefined()
  }
  await endRule('revoke-token', null)
})

it('asks once for many nodes where one of them is ruled, and does each of them on that approval', async () => {
  await rule('set-maintenance', 'prod', 60)
  const input = { tags: [], on: true, reason: 'new racks', minutes: 30 }
  const change = async () => {
    const confirmed = await planOperation(fleet.context, ada, fleetMaintenance, input)
    return runOperation(fleet.context, ada, fleetMaintenance, input, { confirmed })
  }
  const request = await requested(change())
  await approve(request, ben)
  expect((await change()).data.rows.map(({ state }) => state)).toEqual(['done', 'done'])
  const single = { node: 'alpha', on: false, reason: null, minutes: null }
  await approve(await requested(runOperation(fleet.context, ada, setMaintenance, single)), ben)
  await runOperation(fleet.context, ada, setMaintenance, single)
  await endRule('set-maintenance', 'prod')
})

it('counts two accounts of Discord as two people, and anything else only where the settings say whose it is', () => {
  const people: PeopleMap = new Map([
    ['ada', [`discord:${ADA}`, 'cli:ada']],
    ['odd', ['cli:odd']],
  ])
  const of = (face: Actor['face'], id: string) => whoIs({ face, id }, people)
  const pairs = [
    [of('discord', BEN), of('discord', CLEO), 'different'],
    [of('cli', 'ada'), of('discord', BEN), 'different'],
    [of('cli', 'ada'), of('discord', ADA), 'same'],
    [of('cli', 'odd'), of('discord', BEN), 'unknown'],
    [of('cli', 'odd'), of('cli', 'ada'), 'different'],
    [of('cli', 'root'), of('cli', 'other'), 'unknown'],
  ] as const
  for (const [a, b, expected] of pairs)
    expect(compareWho(a, b, people), `${a.identity} ${b.identity}`).toBe(expected)
})

it('can be asked of every operation that changes something, save the approvals and what is one’s own', () => {
  const own = ['approve-request', 'refuse-request', 'override-approval', 'set-approval-rule', 'web-login']
  const others = ['acknowledge-incident', 'keep-addition', 'test-alerts', ...own]
  const changing = operations.filter(({ effect }) => effect !== 'read').map(({ name }) => name)
  expect([...APPROVABLE].sort()).toEqual(
    ['every-change', ...changing.filter((name) => !others.includes(name))].sort(),
  )
})

describe('a request', () => {
  const clock = createFakeClock()
  const log = keepLog()
  let folder: string
  let store: Store
  let approvals: ApprovalsPort
  let ids = 0
  const people: PeopleMap = new Map()

  async function open() {
    store = await openSqliteStore({ path: join(folder, 'ocm.db'), log })
    approvals = await openApprovals(store, { clock, newId: () => `r${++ids}`, people })
  }
  async function close() {
    await approvals.close()
    await store.close()
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ocm-approvals-'))
    await open()
  })
  afterEach(async () => {
    await close()
    await rm(folder, { recursive: true, force: true })
  })

  const ask = () =>
    approvals.ask(
      ada,
      {
        operation: 'restart-node',
        nodeId: 'alpha',
        access: 'operator',
        tags: null,
        input: { node: 'alpha' },
        plan: null,
        fingerprint: 'f',
        reason: null,
      },
      10,
    )

  it('is over after its time, also once it was approved', async () => {
    const [open, approved] = [await ask(), await ask()]
    await approvals.approve(approved.id, ben)
    await clock.advance(10 * 60_000)
    await expect(approvals.approve(open.id, ben)).rejects.toMatchObject({ code: 'approval-over' })
    await expect(approvals.use(approved.id, 'run')).rejects.toMatchObject({ code: 'approval-over' })
    expect(approvals.pending(ada, 'restart-node', { node: 'alpha' })).toEqual([])
  })

  it('is as it was after a restart, and an approval that was begun upon is spent', async () => {
    const { id } = await ask()
    await approvals.approve(id, ben)
    await close()
    await open()
    expect(approvals.get(id)).toMatchObject({ state: 'approved', decided: { id: BEN } })
    await approvals.use(id, 'run-1')
    await close()
    await open()
    expect(approvals.usedBy('run-1')?.id).toBe(id)
    await expect(approvals.use(id, 'run-2')).rejects.toMatchObject({ code: 'approval-over' })
  })

  it('is used by one of two processes', async () => {
    const { id } = await ask()
    await approvals.approve(id, ben)
    const other = await openSqliteStore({ path: join(folder, 'ocm.db'), log })
    const elsewhere = await openApprovals(other, { clock, newId: () => 'x', people })
    const used = await Promise.allSettled([approvals.use(id, 'a'), elsewhere.use(id, 'b')])
    expect(used.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await elsewhere.close()
    await other.close()
  })

  it('is refused where one person has too many that wait', async () => {
    for (let count = 0; count < 50; count++) await ask()
    await expect(ask()).rejects.toMatchObject({ code: 'too-many-requests' })
  })
})
