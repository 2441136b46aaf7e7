import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Context } from '../../src/operations/context.ts'
import { DECOMMISSION_STEPS, type DecommissionStepName } from '../../src/operations/decommission-journal.ts'
import { type DecommissionStep, decommissionNode } from '../../src/operations/decommission-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { sampleOf } from '../support/sample.ts'

const TIMINGS = { readyMs: 100, stopMs: 50, restartSecMs: 100, crashAfterMs: 100, drainMs: 200 }
const id = 'one'
const admin = actor('admin')

let fleet: Fleet

beforeAll(async () => {
  const agents = [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 50_000 }] }]
  fleet = await startFleet(
    [{ id, name: 'One', version: '2026.9.6', agents, tags: ['prod'], timings: TIMINGS }],
    {
      OCM_BACKUP_FREE_MB: '1',
      OCM_STATUS_DEADLINE_MS: '8000',
      OCM_RESTART_DEADLINE_MS: '15000',
    },
  )
})
afterAll(() => fleet.close())

const home = () => fleet.node(id).home
const state = () => join(home(), '.openclaw')
const unit = () => join(home(), '.config', 'systemd', 'user', 'openclaw-gateway.service')
const retired = () =>
  [home(), join(unit(), '..')].flatMap((folder) =>
    readdirSync(folder).filter((name) => name.includes('.retired-')),
  )

async function decommission(
  onStep: (step: DecommissionStep) => void = () => undefined,
  context: Context = fleet.context,
) {
  const input = { node: id, confirm: id }
  const confirmed = await planOperation(context, admin, decommissionNode, input)
  const report = await runOperation(context, admin, decommissionNode, input, {
    confirmed,
    onProgress: onStep,
  })
  return { ...report, plan: confirmed.plan }
}

/** Runs once, as soon as a step begins. */
function at(step: DecommissionStepName, act: () => void) {
  let done = false
  return (told: DecommissionStep) => {
    if (done || told.step !== step) return
    done = true
    act()
  }
}

/** The fleet's own, but for a journal that ends the process at a step: before it is written, or after. */
function killed(step: DecommissionStepName, when: 'begun' | 'verified'): Context {
  const { decommissions } = fleet.context
  let dead = false
  return {
    ...fleet.context,
    decommissions: {
      ...decommissions,
      async put(record) {
        if (dead) throw new Error('the process is gone')
        await decommissions.put(record)
        const verified = record.done.some((one) => one.step === step)
        dead = when === 'begun' ? record.step === step : verified
        if (dead) throw new Error('the process is gone')
      },
      async end(nodeId) {
        if (dead) throw new Error('the process is gone')
        await decommissions.end(nodeId)
      },
    },
  }
}

let whole: { state: string; unit: string } | null = null

/** As the node was before: what a person does who installs it again with its old state. */
beforeEach(async () => {
  whole ??= { state: join(fleet.folder, 'state-before'), unit: readFileSync(unit(), 'utf8') }
  if (!existsSync(whole.state)) cpSync(state(), whole.state, { recursive: true, verbatimSymlinks: true })
  for (const name of retired()) {
    rmSync(join(home(), name), { recursive: true, force: true })
    rmSync(join(unit(), '..', name), { force: true })
  }
  if (!existsSync(state())) cpSync(whole.state, state(), { recursive: true, verbatimSymlinks: true })
  writeFileSync(unit(), whole.unit)
  await fleet.context.decommissions.end(id)
  await fleet.context.decommissions.setSuspect(id, null)
  await fleet.context.registry.update(id, (node) => ({ ...node, state: 'active', retiredAt: null }))
  if (!fleet.node(id).facts().ready) await fleet.node(id).gateway.restartService()
  while (!fleet.node(id).facts().ready) await fleet.context.clock.sleep(20)
})

describe('a decommission', () => {
  it('backs up, takes away what is OpenClaw’s own, leaves the rest, and retires the node', async () => {
    const outside = join(home(), 'bots')
    mkdirSync(join(outside, 'news'), { recursive: true })
    writeFileSync(join(outside, 'news', 'SOUL.md'), 'not of OpenClaw alone')
    symlinkSync(outside, join(state(), 'link-out'))
    mkdirSync(join(home(), '.Trash', '.fs-safe-trash-1'), { recursive: true })
    const { outcome, data, plan } = await decommission()
    expect(plan.items.map(({ path }) => path)).toEqual([state(), unit()])
    expect([outcome, data.fault, data.state]).toEqual(['done', null, 'gone'])
    expect(data.steps.map(({ step }) => step)).toEqual([...DECOMMISSION_STEPS])
    expect([existsSync(state()), existsSync(unit()), retired()]).toEqual([false, false, []])
    expect(readFileSync(join(outside, 'news', 'SOUL.md'), 'utf8')).toBe('not of OpenClaw alone')
    expect(data.stays).toContain(join(home(), '.Trash', '.fs-safe-trash-1'))
    expect(existsSync(join(home(), '.Trash', '.fs-safe-trash-1'))).toBe(true)
    expect(fleet.node(id).facts().ready).toBe(false)
    expect(fleet.context.registry.get(id).state).toBe('retired')
    expect(await fleet.context.decommissions.get(id)).toBeUndefined()
    const backup = (await fleet.context.backups.list(id)).find((one) => one.id === data.backup)
    expect(backup?.verified?.sound).toBe(true)
    rmSync(outside, { recursive: true })
  })

  it('is refused without the id typed by hand, and to whoever is no admin of each of its tags', async () => {
    const plan = (confirm: string, who = admin) =>
      planOperation(fleet.context, who, decommissionNode, { node: id, confirm })
    await expect(plan('two')).rejects.toMatchObject({ code: 'id-mistyped' })
    await expect(plan(id, actor('admin', ['dev']))).rejects.toMatchObject({
      kind: expect.stringMatching(/usage|refused/),
    })
    await expect(plan(id, actor('operator'))).rejects.toMatchObject({ code: 'not-allowed' })
  })

  it('is refused where the state directory is a link', async () => {
    const elsewhere = join(home(), 'elsewhere')
    renameSync(state(), elsewhere)
    symlinkSync(elsewhere, state())
    const run = decommission()
    await expect(run).rejects.toMatchObject({ code: 'decommission-impossible', params: { why: 'link' } })
    rmSync(state())
    renameSync(elsewhere, state())
  })

  it('deletes nothing when there is no sound backup, and the gateway serves again', async () => {
    const { backups } = fleet.context
    let looks = 0
    const verify: typeof backups.verify = async (...args) => {
      const found = await backups.verify(...args)
      looks += 1
      return looks === 2 ? { ...found, sound: false, problemCount: 1 } : found
    }
    const { outcome, data } = await decommission(undefined, {
      ...fleet.context,
      backups: { ...backups, verify },
    })
    expect([outcome, data.state, data.fault, data.serving]).toEqual(['failed', 'as-before', 'backup', true])
    expect([existsSync(state()), existsSync(unit()), retired()]).toEqual([true, true, []])
    expect(fleet.context.registry.get(id).state).toBe('active')
  })

  it('deletes nothing when the backup is no longer sound by then', async () => {
    const { backups } = fleet.context
    let looks = 0
    const verify: typeof backups.verify = async (...args) => {
      const found = await backups.verify(...args)
      looks += 1
      return looks >= 4 ? { ...found, sound: false } : found
    }
    const { outcome, data } = await decommission(undefined, {
      ...fleet.context,
      backups: { ...backups, verify },
    })
    expect([outcome, data.state, data.fault, data.endedAt]).toEqual(['failed', 'cut', 'not-proven', 'delete'])
    expect(retired()).toHaveLength(2)
  })

  it('leaves what somebody put in the place of what was found', async () => {
    const { outcome, data } = await decommission(
      at('rename', () => {
        renameSync(state(), join(home(), 'moved-away'))
        mkdirSync(state())
        writeFileSync(join(state(), 'mine.txt'), 'mine')
      }),
    )
    expect([outcome, data.state, data.fault, data.foreign]).toEqual([
      'failed',
      'cut',
      'not-as-found',
      [state()],
    ])
    expect(readFileSync(join(state(), 'mine.txt'), 'utf8')).toBe('mine')
    rmSync(state(), { recursive: true })
    renameSync(join(home(), 'moved-away'), state())
  })

  it('says that something new came up where it deleted, and leaves it', async () => {
    const { outcome, data } = await decommission(at('delete', () => mkdirSync(state())))
    expect([outcome, data.foreign]).toEqual(['partial', [state()]])
    expect(existsSync(state())).toBe(true)
    rmSync(state(), { recursive: true })
  })
})

describe('a decommission that is killed', () => {
  // What was verified at one step is what the next one begins with; only the last deletions and records differ.
  const cases: [DecommissionStepName, 'begun' | 'verified'][] = [
    ...DECOMMISSION_STEPS.map((step): [DecommissionStepName, 'begun'] => [step, 'begun']),
    ['backup', 'verified'],
    ['delete', 'verified'],
    ['retire', 'verified'],
  ]
  it.each(sampleOf(cases))('when %s was %s goes on to the end', async (step, when) => {
    const first = await decommission(undefined, killed(step, when)).catch((error: unknown) => error)
    expect(first).not.toMatchObject({ outcome: 'done' })
    const taken = DECOMMISSION_STEPS.indexOf(step)
    if (taken < DECOMMISSION_STEPS.indexOf('rename')) expect(existsSync(state())).toBe(true)
    const again = await decommission()
    expect([again.outcome, again.data.state, again.data.fault]).toEqual(['done', 'gone', null])
    const goesOn = taken >= DECOMMISSION_STEPS.indexOf('uninstall')
    expect(again.plan.resumes?.step ?? null).toBe(goesOn ? step : null)
    expect([existsSync(state()), existsSync(unit()), retired()]).toEqual([false, false, []])
    expect(fleet.context.registry.get(id).state).toBe('retired')
  })
})

describe('a decommission whose connection is cut', () => {
  it.each(['uninstall', 'rename', 'delete'] as const)(
    'while %s goes on and is proven all the same',
    async (step) => {
      const { outcome, data } = await decommission(at(step, () => fleet.node(id).ssh.dropConnections()))
      expect([outcome, data.state]).toEqual(['done', 'gone'])
      expect([existsSync(state()), existsSync(unit()), retired()]).toEqual([false, false, []])
    },
  )

  it('for good is unknown, the node becomes suspect, and a later run ends it', async () => {
    const dark: Promise<void>[] = []
    const cut = await decommission(at('rename', () => dark.push(fleet.node(id).ssh.goDark('refused'))))
    await Promise.all(dark)
    expect([cut.outcome, cut.data.state, cut.data.fault, cut.data.endedAt]).toEqual([
      'unknown',
      'cut',
      'silent',
      'rename',
    ])
    const suspect = await decommission()
    expect([suspect.outcome, suspect.data.state]).toEqual(['unknown', 'suspect'])
    expect(suspect.plan).toMatchObject({ reachable: false, items: [] })
    expect(await fleet.context.decommissions.suspect(id)).toBeDefined()
    expect(fleet.context.registry.get(id).state).toBe('active')
    expect(existsSync(state())).toBe(true)
    await fleet.node(id).ssh.comeBack()
    const again = await decommission()
    expect([again.outcome, again.data.state]).toEqual(['done', 'gone'])
    expect(await fleet.context.decommissions.suspect(id)).toBeUndefined()
    // Half a minute passes before silence counts; a busy machine needs more for the rest.
  }, 120_000)
})
