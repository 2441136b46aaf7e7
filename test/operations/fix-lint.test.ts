import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeToOthers } from '../../src/openclaw/lint-mend.ts'
import { type FixStep, fixLint } from '../../src/operations/fix-lint.ts'
import { lintNodes } from '../../src/operations/lint-nodes.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { sh } from '../../src/ssh/shell-quote.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const TIMINGS = { readyMs: 60, stopMs: 20, restartSecMs: 60, crashAfterMs: 60, drainMs: 100 }
const SECRET = 'Qu1ver-Lantern-77ab'
const admin = actor('admin')

let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet(
    ['whole', 'links', 'stuck', 'torn'].map((id) => ({
      ...{ id, name: id, version: '2026.9.6' as const, agents: [{ id: 'main' }], timings: TIMINGS },
    })),
    { OCM_STATUS_DEADLINE_MS: '60000', OCM_RESTART_DEADLINE_MS: '5000' },
  )
})
afterAll(() => fleet?.close())

const stateOf = (id: string) => join(fleet.node(id).home, '.openclaw')
const fileOf = (id: string) => join(stateOf(id), 'openclaw.json')
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

type Json = Record<string, unknown>

function edit(id: string, change: (config: Record<string, Json>) => void): void {
  const config = read(fileOf(id))
  change(config)
  writeFileSync(fileOf(id), JSON.stringify(config))
}

function linkTo(id: string) {
  const record = fleet.context.registry.get(id)
  if (record === undefined) throw new Error('not registered')
  return fleet.context.nodes.link(record)
}

/** What nothing else about a node's check is about. */
const bound = (id: string) =>
  edit(id, (config) => {
    config.gateway = { ...config.gateway, bind: 'loopback' }
  })

async function fix(id: string, only: string[] = [], onProgress: (step: FixStep) => void = () => {}) {
  const input = { node: id, only }
  const planned = await planOperation(fleet.context, admin, fixLint, input)
  return runOperation(fleet.context, admin, fixLint, input, { confirmed: planned, onProgress })
}

const found = async (id: string) => {
  const { data } = await runOperation(fleet.context, admin, lintNodes, { node: id })
  return (data.rows[0]?.findings ?? []).map(({ code }) => code).sort()
}

describe('mending what a check found', () => {
  it('says each command literally, and what is left to whom', async () => {
    edit('whole', (config) => {
      delete config.gateway?.bind
      config.agents = { ...config.agents, defaults: { contextTokens: 150_000, workspace: '/w' } }
      config.channels = { discord: { token: 'changeme' } }
      config.hooks = { token: SECRET }
    })
    chmodSync(fileOf('whole'), 0o644)
    const { user } = fleet.node('whole')
    await linkTo('whole').exec(sh`loginctl disable-linger ${user}`, { deadlineMs: 20_000 })
    const { plan } = await planOperation(fleet.context, admin, fixLint, { node: 'whole' })
    expect(plan.fixes.map(({ code, command }) => [code, command])).toEqual([
      ['linger-off', `loginctl enable-linger ${user} || sudo -n loginctl enable-linger ${user}`],
      ['open-file', expect.stringContaining(`chmod 600 -- ${fileOf('whole')}`)],
      ['bind-unset', 'config.patch {"gateway":{"bind":"loopback"}}'],
      ['setting-retired', 'config.patch {"agents":{"defaults":{"contextTokens":null}}}'],
    ])
    expect(plan.left).toMatchObject([{ code: 'placeholder', why: 'person', fix: null }])
    expect(plan.mayRestart).toBe(true)
    const operator = planOperation(fleet.context, actor('operator'), fixLint, { node: 'whole' })
    await expect(operator).rejects.toMatchObject({ code: 'not-allowed' })
  })

  it('does one thing that was asked for, by its key or its kind', async () => {
    const { data } = await runOperation(fleet.context, admin, lintNodes, { node: 'whole' })
    const key = data.rows[0]?.findings.find(({ code }) => code === 'setting-retired')?.key ?? ''
    const report = await fix('whole', [key])
    expect(report).toMatchObject({
      outcome: 'done',
      data: { parts: [{ code: 'setting-retired', state: 'done' }] },
    })
    expect(await found('whole')).toEqual(['bind-unset', 'linger-off', 'open-file', 'placeholder'])
  })

  it('does the rest, and is done when a new look no longer finds any of it', async () => {
    const report = await fix('whole', [], ({ step }) => {
      // As OpenClaw does for a setting of its gateway.
      if (step === 'awaiting-gateway') void fleet.node('whole').gateway.restartService()
    })
    expect(report.data.parts.map(({ code, state }) => [code, state])).toEqual([
      ['linger-off', 'done'],
      ['open-file', 'done'],
      ['bind-unset', 'done'],
    ])
    expect(report).toMatchObject({ outcome: 'done', data: { needsRestart: false, takenBack: null } })
    expect(await found('whole')).toEqual(['placeholder'])
    expect(modeOf(fileOf('whole'))).toBe('600')
    // What nobody asked for is as it was; above all no secret became what stands for it.
    const config = read(fileOf('whole'))
    expect(config).toMatchObject({
      agents: { defaults: { workspace: '/w' } },
      hooks: { token: SECRET },
      channels: { discord: { token: 'changeme' } },
    })
    expect(config.agents.defaults.contextTokens).toBeUndefined()
    expect(existsSync(join(stateOf('whole'), 'openclaw.json.before-fix'))).toBe(false)
    await expect(fix('whole')).rejects.toMatchObject({ code: 'nothing-to-fix', params: { left: 1 } })
  })

  it('follows no link to a file, and changes none that has another name', async () => {
    bound('links')
    const outside = join(fleet.node('links').home, 'outside')
    writeFileSync(outside, 'x')
    chmodSync(outside, 0o644)
    symlinkSync(outside, join(stateOf('links'), '.env'))
    const plan = planOperation(fleet.context, admin, fixLint, { node: 'links' })
    await expect(plan).rejects.toMatchObject({ code: 'nothing-to-fix', params: { left: 1 } })
    const limits = { deadlineMs: 20_000 }
    const close = (path: string, folder = false) =>
      closeToOthers(linkTo('links'), { state: null, path, folder }, limits)
    expect(await close(join(stateOf('links'), '.env'))).toMatchObject({ why: 'link' })
    // A folder of the way is a link: the file is another than the path says.
    const elsewhere = join(fleet.node('links').home, 'elsewhere')
    mkdirSync(elsewhere)
    writeFileSync(join(elsewhere, 'auth-profiles.json'), '{}', { mode: 0o644 })
    symlinkSync(elsewhere, join(stateOf('links'), 'credentials'))
    expect(await close(join(stateOf('links'), 'credentials', 'auth-profiles.json'))).toMatchObject({
      why: 'link',
    })
    const other = join(stateOf('links'), 'openclaw.json.bak')
    linkSync(outside, other)
    expect(await close(other)).toMatchObject({ why: 'other-name' })
    expect(await close(join(stateOf('links'), 'nothing'))).toMatchObject({ why: 'gone' })
    expect(await close(stateOf('links'))).toMatchObject({ why: 'link' })
    expect([modeOf(outside), modeOf(join(elsewhere, 'auth-profiles.json'))]).toEqual(['644', '644'])
    for (const path of [other, outside]) rmSync(path)
    expect(await close(stateOf('links'), true)).toBe(null)
    expect(modeOf(stateOf('links'))).toBe('700')
  })

  it('says who has to do what the login may not', async () => {
    bound('stuck')
    const { user, home } = fleet.node('stuck')
    chmodSync(fileOf('stuck'), 0o640)
    await linkTo('stuck').exec(sh`loginctl disable-linger ${user}`, { deadlineMs: 20_000 })
    const program = join(home, '..', 'bin', 'loginctl')
    const before = readFileSync(program, 'utf8')
    const refused = `#!/bin/sh\ncase $1 in enable-linger) echo 'Access denied token=${SECRET}' >&2; exit 1 ;; esac\n`
    writeFileSync(program, before.replace('#!/bin/sh\n', refused))
    const report = await fix('stuck')
    expect(report.outcome).toBe('partial')
    expect(report.data.parts).toMatchObject([
      { code: 'linger-off', state: 'failed', why: 'not-allowed', reason: null },
      { code: 'open-file', state: 'done', reason: null },
    ])
    expect(report.data.parts[0]?.detail).toContain('Access denied')
    expect(JSON.stringify(report.data)).not.toContain(SECRET)
  })

  it('puts the configuration from before in its place when the gateway does not come back', async () => {
    edit('torn', (config) => {
      delete config.gateway?.bind
    })
    const before = readFileSync(fileOf('torn'), 'utf8')
    const steps: string[] = []
    const { gateway } = fleet.node('torn')
    const report = await fix('torn', [], ({ step }) => {
      steps.push(step)
      if (step === 'awaiting-gateway') {
        gateway.failStarts(1)
        void gateway.crash()
      }
      if (step === 'taking-settings-back') gateway.failStarts(null)
    })
    expect(steps).toEqual(['changing-settings', 'awaiting-gateway', 'taking-settings-back', 'looking-again'])
    expect(report).toMatchObject({
      outcome: 'failed',
      data: { parts: [{ code: 'bind-unset', state: 'failed' }], takenBack: 'serving' },
    })
    expect(read(fileOf('torn'))).toEqual(JSON.parse(before))
    expect(existsSync(join(stateOf('torn'), 'openclaw.json.before-fix'))).toBe(false)
  })

  it('leaves settings alone while no gateway serves, and says so', async () => {
    await fleet.node('torn').gateway.stopService()
    chmodSync(fileOf('torn'), 0o644)
    const { plan } = await planOperation(fleet.context, admin, fixLint, { node: 'torn' })
    expect(plan.fixes.map(({ code }) => code)).toEqual(['open-file'])
    expect(plan.left.map(({ code, why }) => [code, why])).toEqual([['bind-unset', 'not-serving']])
    await fleet.node('torn').gateway.startService()
  })
})
