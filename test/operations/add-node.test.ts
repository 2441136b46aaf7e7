import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createInk } from '../../src/cli/ink.ts'
import { questionText, resultText } from '../../src/cli/views/told.ts'
import { type AddPlan, type AddStep, addNode } from '../../src/operations/add-node.ts'
import type { Context } from '../../src/operations/context.ts'
import { keepAddition } from '../../src/operations/keep-addition.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { undoAddNode } from '../../src/operations/undo-add-node.ts'
import { addNodePlan, keepAdditionResult, undoAddNodeResult } from '../../src/presenters/add-node.ts'
import { writeArchives } from '../../src/sandbox/nodes/archives.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const admin = actor('admin')
const INK = createInk('en', false, Date.now)
const KEY = 'sk-ant-api03-the-key-of-the-provider'

let fleet: Fleet
let input: Record<string, unknown>
let programs: string

beforeEach(async () => {
  programs = mkdtempSync(join(tmpdir(), 'ocm-programs-'))
  await writeArchives(programs, '2026.9.6')
  const timings = { readyMs: 60, stopMs: 20, restartSecMs: 40, crashAfterMs: 40 }
  fleet = await startFleet(
    [{ id: 'bare', name: 'Bare', version: '2026.9.6', agents: [], tags: [], bare: true, timings }],
    { OCM_BACKUP_FREE_MB: '1', OCM_STATUS_DEADLINE_MS: '20000', OCM_PROGRAM_SOURCE: programs },
  )
  mkdirSync(join(fleet.folder, 'secrets'))
  writeFileSync(join(fleet.folder, 'secrets', 'ANTHROPIC_API_KEY'), `${KEY}\n`, { mode: 0o600 })
  // The machine is there, and nobody knows of it.
  await fleet.context.registry.remove('bare')
  const { host, sshPort, user, gatewayPort } = fleet.node('bare')
  input = { id: 'fresh', host: `${user}@${host}:${sshPort}`, gatewayPort, secret: 'ANTHROPIC_API_KEY' }
})
afterEach(async () => {
  await fleet.close()
  rmSync(programs, { recursive: true, force: true })
})

async function add(given: Record<string, unknown>, onProgress: (step: AddStep) => void = () => undefined) {
  const confirmed = await planOperation(fleet.context, admin, addNode, given)
  return runOperation(fleet.context, admin, addNode, given, { confirmed, onProgress })
}

/** The same machines, which let nobody in any more. */
function unreached(): Context {
  const { nodes } = fleet.context
  const away: typeof nodes = {
    ...nodes,
    withFullKey: () => away,
    temporary: (node) => nodes.temporary({ ...node, sshUser: 'nobody' }),
  }
  return { ...fleet.context, nodes: away }
}

it('makes a registered, backed-up node of a bare machine and remembers its host key', async () => {
  const ended: string[] = []
  const report = await add(input, ({ step, phase }) => phase === 'ended' && ended.push(step))
  expect(report.data.fault).toBeNull()
  expect(report.outcome).toBe('done')
  expect(ended).toHaveLength(13)
  const node = fleet.context.registry.get('fresh')
  expect(node.hostKeys.map(({ fingerprint }) => fingerprint)).toEqual([fleet.node('bare').fingerprint])
  expect(node.agents.map(({ id }) => id)).toEqual(['main'])
  const [backup] = await fleet.context.backups.list('fresh')
  expect(backup?.verified?.sound).toBe(true)
  const written = JSON.stringify([await fleet.audit(), fleet.log.lines, report])
  expect(written).not.toContain(KEY)
}, 120_000)

it('stops where a step fails, goes on by the id alone, and is taken back', async () => {
  fleet.node('bare').gateway.failStarts(1)
  const first = await add(input)
  expect(first).toMatchObject({
    outcome: 'failed',
    data: { fault: { step: 'readiness', code: 'gateway-failed' } },
  })
  expect(fleet.context.registry.list()).toEqual([])
  await expect(add({ ...input, host: 'oc@127.0.0.2' })).rejects.toMatchObject({ code: 'addition-unfinished' })
  fleet.node('bare').gateway.failStarts(null)
  const plan = await planOperation(fleet.context, admin, addNode, { id: 'fresh' })
  expect(plan.plan).toMatchObject({ known: 'pinned' })
  const confirmed = await planOperation(fleet.context, admin, undoAddNode, { id: 'fresh' })
  expect(confirmed.plan.paths).toContain('.openclaw')
  const undone = await runOperation(fleet.context, admin, undoAddNode, { id: 'fresh' }, { confirmed })
  expect(undone).toMatchObject({ outcome: 'done', data: { left: [], fault: null } })
  await expect(add({ id: 'fresh' })).rejects.toMatchObject({ code: 'unknown-addition' })
}, 120_000)

it('is kept as it stopped, with what stays told by a look, and can still go on or be taken back', async () => {
  const { gateway } = fleet.node('bare')
  const keep = () => runOperation(fleet.context, admin, keepAddition, { id: 'fresh' })
  await expect(keep()).rejects.toMatchObject({ code: 'unknown-addition' })
  gateway.failStarts(1)
  const { data: stopped } = await add(input)
  const commands = fleet.node('bare').facts().commands.length
  const kept = await keep()
  expect(kept).toMatchObject({
    outcome: 'done',
    data: { fault: stopped.fault, steps: stopped.steps, changed: true, registered: false },
  })
  expect(kept.data.stays?.places).toEqual(expect.arrayContaining(['.openclaw', '.local/share/ocm']))
  expect(kept.data.stays?.unit).toMatch(/^(?:activ|fail)/)
  expect(fleet.node('bare').facts().commands.length - commands).toBeLessThanOrEqual(1)
  await expect(
    runOperation(fleet.context, actor('operator'), keepAddition, { id: 'fresh' }),
  ).rejects.toMatchObject({ code: expect.stringMatching(/unknown-addition|not-allowed/) })

  const blind = await runOperation(unreached(), admin, keepAddition, { id: 'fresh' })
  expect(blind).toMatchObject({ outcome: 'partial', data: { stays: null, changed: true } })
  expect(resultText(keepAdditionResult(blind, INK), blind, INK)).toContain('could not be looked at')

  const plan = await planOperation(fleet.context, admin, undoAddNode, { id: 'fresh' })
  const undone = await runOperation(fleet.context, admin, undoAddNode, { id: 'fresh' }, { confirmed: plan })
  expect(undone).toMatchObject({ outcome: 'done', data: { left: [] } })
  await expect(keep()).rejects.toMatchObject({ code: 'unknown-addition' })
}, 120_000)

it('leaves the entry alone that somebody else made of the same id meanwhile', async () => {
  const address = { host: '192.0.2.7', sshPort: 22, sshUser: 'oc', gatewayPort: 18_789, ocPath: null }
  const other = { id: 'fresh', name: 'Other', ...address, tags: [], hostKeys: [] }
  let registering: Promise<unknown> | undefined
  const stopped = await add(input, ({ step }) => {
    if (step === 'readiness') registering ??= fleet.context.registry.add(other)
  })
  await registering
  expect(stopped).toMatchObject({
    outcome: 'failed',
    data: { fault: { step: 'registry', code: 'not-registered' }, registered: false },
  })
  await expect(add({ id: 'fresh' })).rejects.toMatchObject({ code: 'node-exists' })
  const confirmed = await planOperation(fleet.context, admin, undoAddNode, { id: 'fresh' })
  expect(confirmed.plan.registered).toBe(false)
  const undone = await runOperation(fleet.context, admin, undoAddNode, { id: 'fresh' }, { confirmed })
  expect(undone).toMatchObject({ outcome: 'done', data: { left: [], fault: null } })
  expect(fleet.context.registry.get('fresh').host).toBe('192.0.2.7')
}, 120_000)

it('is not done when the last reading finds no gateway that serves', async () => {
  const { gateway } = fleet.node('bare')
  let stopping: Promise<void> | undefined
  const failed = await add(input, ({ step, phase }) => {
    if (step === 'first-backup' && phase === 'acting') stopping ??= gateway.stopService()
  })
  await stopping
  expect(failed).toMatchObject({
    outcome: 'failed',
    data: { fault: { step: 'first-backup', code: 'gateway-failed' }, registered: true },
  })
  await gateway.startService()
  expect(await add({ id: 'fresh' })).toMatchObject({ outcome: 'done', data: { fault: null } })
}, 120_000)

it('refuses what cannot end well before anything is done', async () => {
  await expect(add({ ...input, secret: 'NOT_THERE' })).rejects.toMatchObject({ code: 'secret-missing' })
  await expect(planOperation(fleet.context, actor('operator'), addNode, input)).rejects.toMatchObject({
    code: 'not-allowed',
  })
  expect(fleet.node('bare').facts().commands).toEqual([])
}, 60_000)

it.each([
  [{ gatewayPort: 18_790 }, 'gatewayPort'],
  [{ sshUser: 'oc' }, 'sshUser'],
  [{ tags: ['prod'] }, 'tags'],
  [{ version: '2026.9.6' }, 'version'],
])('says of %j without a host that it belongs to one', async (given, field) => {
  await expect(add({ id: 'fresh', ...given })).rejects.toMatchObject({
    code: 'invalid-input',
    params: { field, problem: 'needs-host' },
  })
  await expect(add({ id: 'fresh', tags: [] })).rejects.toMatchObject({ code: 'unknown-addition' })
})

it('looks at login and port before it asks, where somebody vouches for the host key, and says else that it did not', async () => {
  const machine = fleet.node('bare')
  const ask = (given: Record<string, unknown>) => planOperation(fleet.context, admin, addNode, given)
  const said = (plan: AddPlan) => questionText(addNodePlan(plan, INK), INK)
  const unknown = await ask(input)
  expect(unknown.plan).toMatchObject({ known: 'new', looked: { login: 'not-tried', portTaken: null } })
  expect(said(unknown.plan)).toContain('Neither the login nor the gateway port')
  expect(machine.facts().commands).toEqual([])

  const vouched = {
    ...fleet.context,
    nodes: {
      ...fleet.context.nodes,
      withFullKey: () => vouched.nodes,
      knownHostKeys: () => [unknown.plan.hostKey],
    },
  } as Context
  const plan = async (given: Record<string, unknown>) =>
    (await planOperation(vouched, admin, addNode, given)).plan
  const free = await plan(input)
  expect(free).toMatchObject({ known: 'known-hosts', looked: { login: 'works', portTaken: false } })
  expect(said(free)).toContain('The login works.')
  const stranger = await plan({ ...input, host: `nobody@${machine.host}:${machine.sshPort}` })
  expect(stranger.looked).toMatchObject({ login: 'failed', reason: { code: 'auth-failed' }, portTaken: null })
  expect(said(stranger)).toMatch(/The login does not work: \S.*\n.*was not checked/)
  // What a look finds is no part of what is confirmed: the steps look again.
  expect(addNode.question?.holds?.(free, { ...free, looked: { ...free.looked, portTaken: true } })).toBe(true)
  expect(addNode.question?.holds?.(free, { ...free, name: 'Other' })).toBe(false)
})

it('says of an undo what it did: nothing to do, nothing done, and what was there before', async () => {
  const machine = fleet.node('bare')
  const undo = async () => {
    const confirmed = await planOperation(fleet.context, admin, undoAddNode, { id: 'fresh' })
    const report = await runOperation(fleet.context, admin, undoAddNode, { id: 'fresh' }, { confirmed })
    return { ...report, said: resultText(undoAddNodeResult(report, INK), report, INK) }
  }
  await add({ ...input, host: `nobody@${machine.host}:${machine.sshPort}` })
  const nothing = await undo()
  expect(nothing).toMatchObject({ outcome: 'done', data: { changed: false, taken: [] } })
  expect(nothing.said).toContain('Nothing had been changed on fresh')

  mkdirSync(join(machine.home, '.openclaw'))
  writeFileSync(join(machine.home, '.openclaw', 'notes.md'), 'mine')
  machine.gateway.failStarts(1)
  await add(input)
  const confirmed = await planOperation(fleet.context, admin, undoAddNode, { id: 'fresh' })
  const failed = await runOperation(unreached(), admin, undoAddNode, { id: 'fresh' }, { confirmed })
  expect(failed).toMatchObject({ outcome: 'failed', data: { taken: [], fault: { code: 'unreachable' } } })
  expect(resultText(undoAddNodeResult(failed, INK), failed, INK)).toContain(
    'Nothing on fresh could be taken back',
  )

  const undone = await undo()
  expect(undone).toMatchObject({
    outcome: 'done',
    data: { changed: true, stayed: expect.arrayContaining(['.openclaw']), left: [] },
  })
  expect(undone.said).toContain('There before, and still there: ~/.openclaw')
  expect(undone.said).not.toContain('as it was before')
}, 120_000)

it('backs up a machine also where a backup of another one that had its id is kept', async () => {
  const first = await add(input)
  expect(first.data.steps.at(-1)?.evidence).toContain(', 1 agent, serving')
  await fleet.context.registry.remove('fresh')
  const [kept] = await fleet.context.backups.list('fresh')
  const second = await add(input)
  expect(second).toMatchObject({ outcome: 'done', data: { fault: null } })
  expect(second.data.steps.at(-1)).toMatchObject({ name: 'first-backup', state: 'done' })
  const [newest] = await fleet.context.backups.list('fresh')
  expect(newest?.id).not.toBe(kept?.id)
  expect(second.data.steps.at(-1)?.evidence).toContain(newest?.id)
}, 120_000)
