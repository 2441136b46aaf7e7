import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import { type RestoreStep, restoreNode } from '../../src/operations/restore-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const TIMINGS = { readyMs: 100, stopMs: 50, restartSecMs: 100, crashAfterMs: 100, drainMs: 200 }
const FROM = 'first'
const TO = 'second'
const input = { node: TO, from: FROM }

let fleet: Fleet

beforeAll(async () => {
  const sessions = [{ key: 'agent:main:main', totalTokens: 50_000 }]
  fleet = await startFleet(
    [
      {
        ...{ id: FROM, name: 'First', version: '2026.9.6', tags: ['prod'], timings: TIMINGS },
        agents: [{ id: 'main', sessions }, { id: 'ops' }],
      },
      {
        ...{ id: TO, name: 'Second', version: '2026.9.6', tags: ['lab'], timings: TIMINGS },
        agents: [{ id: 'other' }],
      },
    ],
    {
      OCM_BACKUP_FREE_MB: '1',
      OCM_STATUS_DEADLINE_MS: '8000',
      OCM_RESTART_DEADLINE_MS: '15000',
      OCM_CONNECT_TIMEOUT_MS: '500',
    },
  )
  writeFileSync(join(stateOf(FROM), '.env'), 'SOME_KEY=kept\nOPENCLAW_GATEWAY_TOKEN=of-the-original\n')
  const { outcome } = await runOperation(fleet.context, admin, backupNode, { node: FROM })
  expect(outcome).toBe('done')
}, 60_000)
afterAll(() => fleet?.close())
beforeEach(() => fleet.node(FROM).gateway.stopService())
afterEach(async () => {
  const node = fleet.node(TO)
  node.gateway.failStarts(null)
  const [aside] = namesOf(/^\.openclaw\.before-restore-/)
  if (aside !== undefined) {
    await node.gateway.stopService()
    rmSync(stateOf(TO), { recursive: true })
    renameSync(join(node.home, aside), stateOf(TO))
    await node.gateway.startService()
  }
  for (const name of namesOf(/-restore-/)) rmSync(join(node.home, name), { recursive: true })
  await expect.poll(() => node.facts().ready).toBe(true)
})

const admin = actor('admin')
const stateOf = (id: string) => join(fleet.node(id).home, '.openclaw')
const configOf = (id: string) => JSON.parse(readFileSync(join(stateOf(id), 'openclaw.json'), 'utf8'))
const namesOf = (pattern: RegExp) => readdirSync(fleet.node(TO).home).filter((name) => pattern.test(name))
const plan = (more: object = {}) => planOperation(fleet.context, admin, restoreNode, { ...input, ...more })

async function restore(more: object = {}, onProgress: (step: RestoreStep) => void = () => undefined) {
  const confirmed = await plan(more)
  return runOperation(fleet.context, admin, restoreNode, { ...input, ...more }, { confirmed, onProgress })
}

describe('a restore onto another node', () => {
  it('tells what becomes another there, and that the original has stopped', async () => {
    const { plan: told } = await plan()
    const [before, after] = [fleet.node(FROM).home, fleet.node(TO).home]
    expect(told.move).toMatchObject({
      from: FROM,
      fromName: 'First',
      original: 'stopped',
      startsAtBoot: true,
      home: { before, after },
      agentsThere: 1,
      variables: ['OPENCLAW_GATEWAY_TOKEN'],
      notRewritten: ['databases'],
    })
    const paths = told.move?.rewritten.map(({ path }) => path)
    expect(paths).toEqual(expect.arrayContaining(['gateway.port', 'gateway.auth']))
    expect(told.replaced.map(({ path }) => path)).toContain(stateOf(TO))
    expect(JSON.stringify(told)).not.toContain(configOf(TO).gateway.auth.token)
    expect(JSON.stringify(told)).not.toContain(configOf(FROM).gateway.auth.token)
  })

  it('gives it the agents and sessions of the original, with its own port and token', async () => {
    const { gateway } = configOf(TO)
    const rows = () =>
      fleet
        .node(TO)
        .gateway.sessions()
        .map(({ key, totalTokens }) => [key, totalTokens])
    const { outcome, data } = await restore()
    expect(data).toMatchObject({
      state: 'restored',
      serving: true,
      fault: null,
      moved: { from: FROM, suspect: false },
      compared: { agentsMissing: [], fewer: [], unusable: [], unread: false },
    })
    expect(outcome).toBe('done')
    expect(fleet.node(TO).gateway.agents()).toEqual(['main', 'ops'])
    expect(rows()).toEqual([['agent:main:main', 50_000]])
    expect(configOf(TO).gateway).toMatchObject({ port: gateway.port, auth: gateway.auth })
    expect(JSON.stringify(configOf(TO))).not.toContain(fleet.node(FROM).home)
    expect(readFileSync(join(stateOf(TO), '.env'), 'utf8')).toBe('SOME_KEY=kept\n')
    expect(data.asides).toHaveLength(1)
    expect(existsSync(join(data.asides[0]?.path ?? '', 'openclaw.json'))).toBe(true)
    expect(fleet.context.decommissions.isSuspect(FROM)).toBe(false)
  })

  it('is refused while the original runs, also one that was started after the question', async () => {
    await fleet.node(FROM).gateway.startService()
    const refused = { code: 'restore-impossible', params: { node: FROM, why: 'original-runs' } }
    await expect(plan()).rejects.toMatchObject(refused)
    await fleet.node(FROM).gateway.stopService()
    const starts = fleet.node(TO).facts().starts
    let begun: Promise<void> | null = null
    const late = restore({}, ({ step }) => {
      if (step === 'staging') begun ??= fleet.node(FROM).gateway.startService()
    })
    await expect(late).rejects.toMatchObject(refused)
    await begun
    expect(fleet.node(TO).facts().starts).toBe(starts)
    expect(fleet.node(TO).gateway.agents()).toEqual(['other'])
    expect(namesOf(/restore/)).toEqual([])
  })

  it('of an original that cannot be asked needs its id, and goes back like any other', async () => {
    await fleet.node(FROM).ssh.goDark('refused')
    try {
      const unreachable = { code: 'restore-impossible', params: { node: FROM, why: 'original-unreachable' } }
      await expect(plan()).rejects.toMatchObject(unreachable)
      await expect(plan({ confirm: 'frist' })).rejects.toMatchObject({ code: 'id-mistyped' })
      expect((await plan({ confirm: FROM })).plan.move?.original).toBe('suspect')
      fleet.node(TO).gateway.failStarts(1)
      const failed = await restore({ confirm: FROM }, ({ step }) => {
        if (step === 'rolling-back') fleet.node(TO).gateway.failStarts(null)
      })
      expect(failed.data).toMatchObject({ state: 'before', serving: true })
      expect(fleet.node(TO).gateway.agents()).toEqual(['other'])
      expect(fleet.context.decommissions.isSuspect(FROM)).toBe(false)
    } finally {
      await fleet.node(FROM).ssh.comeBack()
    }
  }, 120_000)

  it('of an original that cannot be asked watches it from then on', async () => {
    await fleet.node(FROM).ssh.goDark('refused')
    try {
      const { data } = await restore({ confirm: FROM })
      expect(data).toMatchObject({ state: 'restored', moved: { from: FROM, suspect: true } })
      expect(fleet.context.decommissions.isSuspect(FROM)).toBe(true)
    } finally {
      await fleet.node(FROM).ssh.comeBack()
      await fleet.context.decommissions.setSuspect(FROM, null)
    }
  }, 120_000)

  it('needs an admin of both nodes', async () => {
    const ask = (tags: string[]) => planOperation(fleet.context, actor('admin', tags), restoreNode, input)
    await expect(ask(['lab'])).rejects.toMatchObject({ code: 'unknown-node' })
    await expect(ask(['prod'])).rejects.toMatchObject({ code: 'unknown-node' })
    const both = { ...actor('admin', ['lab']) }
    const viewer = { ...both, grants: [...both.grants, { level: 'viewer' as const, tags: ['prod'] }] }
    await expect(planOperation(fleet.context, viewer, restoreNode, input)).rejects.toMatchObject({
      code: 'not-allowed',
    })
  })
})
