import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { StoppedBy } from '../../src/base/abort.ts'
import { OperatorError } from '../../src/base/errors.ts'
import { defineOperation, definePlanned, type Operation } from '../../src/operations/operation.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import type { SandboxNodeSpec } from '../../src/sandbox/stage/start-sandbox.ts'
import { openJobsIn } from '../support/audit.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const input = z.strictObject({ node: z.string(), times: z.int().max(3).default(1) })
type Input = z.infer<typeof input>

const node = (id: string, tags: string[]): SandboxNodeSpec => ({
  id,
  name: id,
  version: '2026.9.6',
  agents: [],
  tags,
  state: 'down',
})

let fleet: Fleet
let world: { running: string[] }

beforeAll(async () => {
  fleet = await startFleet([node('alpha', ['prod']), node('beta', ['lab'])])
})
afterAll(() => fleet.close())
beforeEach(() => {
  world = { running: [] }
})

type Plan = { shows: string[] }
type Tried = Operation<Input, string, number, Plan>

const common = {
  name: 'node-status',
  access: 'operator',
  effect: 'change',
  input,
  nodeOf: (given: Input) => given.node,
  run: async () => ({ outcome: 'done' as const, data: 'did it' }),
} as const

/** An operation that touches nothing. */
const operation = (changes: Partial<Parameters<typeof defineOperation<Input, string, number>>[0]> = {}) =>
  defineOperation<Input, string, number>({ ...common, ...changes })

/** One that shows first what runs in the world. */
const planned = (
  changes: Partial<Parameters<typeof definePlanned<Input, string, number, Plan, string>>[0]> = {},
) =>
  definePlanned<Input, string, number, Plan, string>({
    ...common,
    planSchema: z.strictObject({ shows: z.array(z.string()) }),
    prepare: async () => ({ plan: { shows: [...world.running] }, seen: `saw ${world.running}` }),
    ...changes,
  })

const operator = actor('operator')
const run = (
  what: ReturnType<typeof operation> | Tried,
  given: unknown = { node: 'alpha' },
  who = operator,
) => runOperation(fleet.context, who, what, given)
const lastAudit = async () => (await fleet.audit()).at(-1)

describe('who may', () => {
  test.each([
    ['viewer', null, 'not-allowed'],
    ['operator', ['lab'], 'unknown-node'],
    ['operator', ['prod'], null],
    ['admin', null, null],
  ] as const)('a %s with tags %j gets %s', async (level, tags, code) => {
    const work = run(operation(), undefined, actor(level, tags === null ? null : [...tags]))
    if (code === null) expect((await work).data).toBe('did it')
    else await expect(work).rejects.toMatchObject({ code })
  })

  test('a node that one may not see is as unknown as one that does not exist', async () => {
    const stranger = actor('admin', ['lab'])
    const hidden = await run(operation(), { node: 'alpha' }, stranger).catch((error: unknown) => error)
    const missing = await run(operation(), { node: 'nowhere' }, stranger).catch((error: unknown) => error)
    for (const error of [hidden, missing])
      expect(error).toMatchObject({ code: 'unknown-node', kind: 'usage' })
    expect(Object.keys((hidden as OperatorError).params)).toEqual(
      Object.keys((missing as OperatorError).params),
    )
  })

  test('a viewer of one tag and operator of another is no operator there', async () => {
    const mixed = {
      ...operator,
      grants: [
        { level: 'viewer' as const, tags: ['prod'] },
        { level: 'operator' as const, tags: ['lab'] },
      ],
    }
    await expect(run(operation(), { node: 'alpha' }, mixed)).rejects.toMatchObject({ code: 'not-allowed' })
    await run(operation(), { node: 'beta' }, mixed)
  })

  test('tags decide where there is no node yet', async () => {
    const newcomer = operation({ nodeOf: () => null, tagsOf: () => ['lab'] })
    await run(newcomer, undefined, actor('operator', ['lab']))
    await expect(run(newcomer, undefined, actor('operator', ['prod']))).rejects.toMatchObject({
      code: 'not-allowed',
    })
  })

  test('where several tags are touched, authority over every one is needed', async () => {
    const sharing = operation({ nodeOf: () => null, tagsOf: () => ['lab', 'prod'] })
    await run(sharing, undefined, actor('operator', ['lab', 'prod']))
    await run(sharing)
    await expect(run(sharing, undefined, actor('operator', ['lab']))).rejects.toMatchObject({
      code: 'not-allowed',
    })
    const handing = operation({ tagsOf: () => ['lab'] })
    await expect(run(handing, undefined, actor('operator', ['prod']))).rejects.toMatchObject({
      code: 'not-allowed',
    })
    await expect(run(handing, undefined, actor('operator', ['lab']))).rejects.toMatchObject({
      code: 'unknown-node',
    })
    await run(handing, undefined, actor('operator', ['lab', 'prod']))
  })

  test('what touches the fleet as a whole needs authority over all of it', async () => {
    const wide = operation({ nodeOf: () => null, tagsOf: () => [] })
    await run(wide)
    await expect(run(wide, undefined, actor('operator', ['lab', 'prod']))).rejects.toMatchObject({
      code: 'not-allowed',
    })
  })

  test('nothing is done to a retired node unless the operation says so', async () => {
    const { registry } = fleet.context
    await registry.update('beta', (record) => ({
      ...record,
      state: 'retired',
      retiredAt: new Date().toISOString(),
    }))
    await expect(run(operation(), { node: 'beta' })).rejects.toMatchObject({ code: 'node-retired' })
    await run(operation({ allowRetired: true }), { node: 'beta' })
    await registry.update('beta', (record) => ({ ...record, state: 'active', retiredAt: null }))
  })
})

describe('a run', () => {
  test('gives its id away before it begins, and waits until that is taken', async () => {
    const order: string[] = []
    const telling = operation({
      async run() {
        order.push('runs')
        return { outcome: 'done', data: '' }
      },
    })
    const report = await runOperation(
      fleet.context,
      operator,
      telling,
      { node: 'alpha' },
      {
        async onBegin(id) {
          await new Promise((resolve) => setImmediate(resolve))
          order.push(id)
        },
      },
    )
    expect(order).toEqual([report.operationId, 'runs'])
  })

  test('that is refused has no beginning', async () => {
    let begun = false
    const refused = runOperation(
      fleet.context,
      actor('viewer'),
      operation(),
      { node: 'alpha' },
      {
        onBegin: () => {
          begun = true
        },
      },
    )
    await expect(refused).rejects.toMatchObject({ code: 'not-allowed' })
    expect(begun).toBe(false)
  })

  test('works on the record that it was authorised for, however the node was spelt', async () => {
    let seen: unknown = null
    const looking = operation({
      async run(_context, _input, call) {
        seen = call.node().id
        return { outcome: 'done', data: '' }
      },
    })
    await run(looking, { node: 'ALPHA' })
    expect(seen).toBe('alpha')
    expect(await lastAudit()).toMatchObject({ nodeId: 'alpha', result: 'done' })
  })
})

describe('what it is given', () => {
  test.each([
    [{ node: 'alpha', times: 9 }, 'times'],
    [{ node: 7 }, 'node'],
    [{ node: 'alpha', extra: true }, 'input'],
    [null, 'input'],
  ])('%j is refused by the name of the field', async (given, field) => {
    await expect(run(operation(), given)).rejects.toMatchObject({ code: 'invalid-input', params: { field } })
    expect(await lastAudit()).toMatchObject({ result: 'refused', errorCode: 'invalid-input', input: {} })
  })
})

describe('a plan', () => {
  test('must have been confirmed', async () => {
    await expect(run(planned())).rejects.toMatchObject({ code: 'confirmation-needed' })
  })

  test('runs as confirmed, and not for another input or after the world changed', async () => {
    const what = planned()
    const confirmed = await planOperation(fleet.context, operator, what, { node: 'alpha' })
    const go = (given: unknown, plan = confirmed) =>
      runOperation(fleet.context, operator, what, given, { confirmed: plan })
    expect((await go({ node: 'alpha' })).outcome).toBe('done')
    await expect(go({ node: 'beta' })).rejects.toMatchObject({ code: 'plan-changed' })
    await expect(go({ node: 'alpha' }, { ...confirmed, plan: { shows: ['else'] } })).rejects.toMatchObject({
      code: 'plan-changed',
    })
    world.running.push('a turn')
    await expect(go({ node: 'alpha' })).rejects.toMatchObject({ code: 'plan-changed', kind: 'refused' })
  })

  test('may hold although the world moved, if the operation says so', async () => {
    let used: unknown = null
    const what = planned({
      holds: (confirmed, now) => now.shows.every((one) => confirmed.shows.includes(one)),
      async run(_context, _input, _call, prepared) {
        used = prepared
        return { outcome: 'done', data: '' }
      },
    })
    world.running = ['one', 'two']
    const confirmed = await planOperation(fleet.context, operator, what, { node: 'alpha' })
    const go = () => runOperation(fleet.context, operator, what, { node: 'alpha' }, { confirmed })
    world.running = ['two']
    await go()
    expect(used).toEqual({ plan: { shows: ['two'] }, seen: 'saw two' })
    world.running = ['two', 'three']
    await expect(go()).rejects.toMatchObject({ code: 'plan-changed' })
  })

  test('that was made leaves no audit line; one that was refused does', async () => {
    const before = (await fleet.audit()).length
    await planOperation(fleet.context, operator, planned(), { node: 'alpha' })
    expect(await fleet.audit()).toHaveLength(before)
    await expect(
      planOperation(
        fleet.context,
        actor('viewer'),
        planned(),
        { node: 'alpha', times: 2 },
        { reason: 'why' },
      ),
    ).rejects.toMatchObject({ code: 'not-allowed' })
    expect(await fleet.audit()).toHaveLength(before + 1)
    expect(await lastAudit()).toMatchObject({
      operation: 'node-status',
      actorId: 'viewer',
      nodeId: 'alpha',
      input: { node: 'alpha', times: 2 },
      reason: 'why',
      result: 'refused',
      errorCode: 'not-allowed',
    })
  })

  test('that comes back from a file in another shape is no confirmation', async () => {
    const what = planned()
    const confirmed = await planOperation(fleet.context, operator, what, { node: 'alpha' })
    for (const plan of [null, {}, { shows: 'nothing' }, { ...confirmed.plan, more: true }])
      await expect(
        runOperation(fleet.context, operator, what, { node: 'alpha' }, { confirmed: { ...confirmed, plan } }),
      ).rejects.toMatchObject({ code: 'plan-changed' })
  })

  test('that could not be read back is not given out', async () => {
    const unreadable = planned({
      prepare: async () => ({ plan: { shows: [undefined as unknown as string] }, seen: '' }),
    })
    await expect(planOperation(fleet.context, operator, unreadable, { node: 'alpha' })).rejects.toMatchObject(
      { code: 'internal' },
    )
  })

  test.each([
    ['host', { host: '127.0.0.2' }],
    ['port', { sshPort: 2 }],
    ['login', { sshUser: 'somebody' }],
    ['state directory', { ocPath: '/srv/rescue' }],
    ['host key', { hostKeys: [] }],
  ])('is for one machine: not run once the %s of its node is another', async (_what, moved) => {
    const { registry } = fleet.context
    const what = planned()
    const confirmed = await planOperation(fleet.context, operator, what, { node: 'alpha' })
    const before = registry.get('alpha')
    await registry.update('alpha', (record) => ({ ...record, ...moved }))
    const go = () => runOperation(fleet.context, operator, what, { node: 'alpha' }, { confirmed })
    await expect(go()).rejects.toMatchObject({ code: 'plan-changed', kind: 'refused' })
    await registry.update('alpha', () => before)
    expect((await go()).outcome).toBe('done')
  })
})

describe('a change', () => {
  test('that was made is told also when its end cannot be written down', async () => {
    const { journal } = fleet.context
    const full = async (id: string) => {
      await journal.end(id)
      throw new OperatorError('data-disk-full', { file: 'ocm.db' })
    }
    const context = {
      ...fleet.context,
      journal: { ...journal, end: full },
    }
    const made = await runOperation(context, operator, operation(), { node: 'alpha' })
    expect(made).toMatchObject({ outcome: 'done', data: 'did it' })
    const failing = operation({ run: async () => Promise.reject(new OperatorError('node-busy', {})) })
    const failed = runOperation(context, operator, failing, { node: 'alpha' })
    await expect(failed).rejects.toMatchObject({ code: 'node-busy' })
  })

  test('is alone on its node, and free again afterwards', async () => {
    let open: () => void = () => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    let inside: () => void = () => {}
    const entered = new Promise<void>((resolve) => {
      inside = resolve
    })
    const slow = operation({
      async run() {
        inside()
        await opened
        return { outcome: 'done', data: '' }
      },
    })
    const first = run(slow)
    await entered
    await expect(run(operation())).rejects.toMatchObject({
      code: 'node-busy',
      params: { operation: 'node-status' },
    })
    await expect(run(operation(), { node: 'Alpha' })).rejects.toMatchObject({ code: 'node-busy' })
    await run(operation(), { node: 'beta' })
    await run(operation({ effect: 'read' }))
    open()
    await first
    await run(operation())
  })

  test('is in the journal while it runs, and gone from it also when it throws', async () => {
    let during: readonly string[] = []
    const seen = operation({
      async run() {
        during = await openJobs()
        throw new Error('broke in the middle')
      },
    })
    await expect(run(seen)).rejects.toMatchObject({ code: 'internal' })
    expect(during).toHaveLength(1)
    expect(await openJobs()).toEqual([])
    expect(fleet.context.journal.unfinished()).toEqual([])
  })
})

/** What a next process would find if this one died now. */
function openJobs(): string[] {
  return openJobsIn(fleet.folder)
}

describe('the audit', () => {
  test('has who, what, why, result and duration of what was done', async () => {
    await runOperation(
      fleet.context,
      operator,
      operation(),
      { node: 'alpha', times: 2 },
      { reason: 'because' },
    )
    const line = await lastAudit()
    expect(line).toMatchObject({
      operation: 'node-status',
      face: 'cli',
      actorId: 'operator',
      actorName: 'operator',
      nodeId: 'alpha',
      input: { node: 'alpha', times: 2 },
      reason: 'because',
      result: 'done',
      errorCode: null,
    })
    expect(line?.durationMs).toBeGreaterThanOrEqual(0)
    expect(Date.parse(line?.at ?? '')).toBeGreaterThan(Date.now() - 60_000)
  })

  test.each([
    [new OperatorError('plan-changed'), 'refused', 'plan-changed'],
    [new OperatorError('gateway-refused'), 'failed', 'gateway-refused'],
    [new OperatorError('deadline'), 'unknown', 'deadline'],
    [new TypeError('a bug'), 'failed', 'internal'],
    [new DOMException('stopped', 'AbortError'), 'unknown', 'cancelled'],
  ])('tells %s from the others', async (error, result, errorCode) => {
    const broken = operation({
      run: async () => {
        throw error
      },
    })
    await expect(run(broken)).rejects.toMatchObject({ code: errorCode })
    expect(await lastAudit()).toMatchObject({ result, errorCode, nodeId: 'alpha' })
  })

  test.each([
    ['a look is stopped', { effect: 'read' as const }, 'stopped'],
    ['a change is unknown', {}, 'unknown'],
  ])('is told of what whoever asked broke off: %s', async (_what, changes, result) => {
    const leaving = new AbortController()
    const what = operation({
      ...changes,
      async run() {
        leaving.abort()
        throw new DOMException('stopped', 'AbortError')
      },
    })
    const { signal } = leaving
    const asked = runOperation(fleet.context, operator, what, { node: 'alpha', times: 2 }, { signal })
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' })
    await expect.poll(async () => (await lastAudit())?.input.times).toBe(2)
    expect(await lastAudit()).toMatchObject({ result, errorCode: 'cancelled' })
  })

  test('is unknown of a look that nobody broke off', async () => {
    const what = operation({ effect: 'read', run: async () => ({ outcome: 'unknown', data: 'nothing' }) })
    await runOperation(fleet.context, operator, what, { node: 'alpha', times: 3 })
    await expect.poll(async () => (await lastAudit())?.input.times).toBe(3)
    expect((await lastAudit())?.result).toBe('unknown')
  })

  test('says of what was stopped before it began that it was, and by whom, and of what works what came of it', async () => {
    const stop = new AbortController()
    stop.abort(new StoppedBy('Mira'))
    const looks = planned({
      async prepare(_context, _input, { signal }) {
        signal.throwIfAborted()
        return { plan: { shows: [] }, seen: '' }
      },
    })
    const { signal } = stop
    const confirmed = await planOperation(fleet.context, operator, looks, { node: 'alpha' })
    const stopped = { code: 'stopped', kind: 'stopped', params: { by: 'Mira' } }
    const late = runOperation(fleet.context, operator, looks, { node: 'alpha' }, { confirmed, signal })
    await expect(late).rejects.toMatchObject(stopped)
    expect(await lastAudit()).toMatchObject({ result: 'stopped', errorCode: 'stopped' })
    const plan = planOperation(fleet.context, operator, looks, { node: 'alpha' }, { signal })
    await expect(plan).rejects.toMatchObject(stopped)
    const works = operation({ run: async (_context, _input, call) => call.signal.throwIfAborted() as never })
    const broken = runOperation(fleet.context, operator, works, { node: 'alpha' }, { signal })
    await expect(broken).rejects.toMatchObject({ code: 'cancelled', kind: 'unknown' })
    const refused = runOperation(
      fleet.context,
      actor('viewer'),
      looks,
      { node: 'alpha' },
      { confirmed, signal },
    )
    await expect(refused).rejects.toMatchObject({ code: 'not-allowed', kind: 'refused' })
  })

  test.each(['partial', 'failed', 'unknown'] as const)('keeps an outcome of %s', async (outcome) => {
    await run(operation({ run: async () => ({ outcome, data: '' }) }))
    expect(await lastAudit()).toMatchObject({ result: outcome, errorCode: null })
  })
})

describe('what breaks inside', () => {
  test('comes out as one error with the id of the run, and its cause goes to the log', async () => {
    const cause = new RangeError('a bug')
    const broken = operation({
      run: async () => {
        throw cause
      },
    })
    const error = await run(broken).catch((thrown: unknown) => thrown)
    const line = await lastAudit()
    expect(error).toMatchObject({ code: 'internal', incident: line?.operationId, cause })
    expect(fleet.log.lines.at(-1)).toMatchObject({
      level: 'error',
      fields: { err: cause, operationId: line?.operationId },
    })
  })

  test('is not the end of a run when it is only the face that failed to show progress', async () => {
    const telling = operation({
      async run(_context, _input, call) {
        call.progress(1)
        return { outcome: 'done', data: 'all the same' }
      },
    })
    const report = await runOperation(
      fleet.context,
      operator,
      telling,
      { node: 'alpha' },
      {
        onProgress: () => {
          throw new Error('no screen')
        },
      },
    )
    expect(report).toMatchObject({ outcome: 'done', data: 'all the same' })
  })
})
