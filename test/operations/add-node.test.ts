import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AddStep, addNode } from '../../src/operations/add-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { undoAddNode } from '../../src/operations/undo-add-node.ts'
import { writeArchives } from '../../src/sandbox/nodes/archives.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const admin = actor('admin')
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

it('backs up a machine also where a backup of another one that had its id is kept', async () => {
  const first = await add(input)
  expect(first.data.steps.at(-1)?.evidence).toContain(', 1 agent, serving')
  await fleet.context.registry.remove('fresh')
  const [kept] = await fleet.context.backups.list('fresh')
  while (Date.now() < (kept?.takenAt ?? 0) + 1_000) await new Promise((resolve) => setTimeout(resolve, 50))
  const second = await add(input)
  expect(second).toMatchObject({ outcome: 'done', data: { fault: null } })
  expect(second.data.steps.at(-1)).toMatchObject({ name: 'first-backup', state: 'done' })
  const [newest] = await fleet.context.backups.list('fresh')
  expect(newest?.id).not.toBe(kept?.id)
  expect(second.data.steps.at(-1)?.evidence).toContain(newest?.id)
}, 120_000)
