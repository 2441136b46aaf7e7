import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { type UpdateStep, updateNode } from '../../src/operations/update-node.ts'
import { writeArchives } from '../../src/sandbox/nodes/archives.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { sampleOf } from '../support/sample.ts'

const TIMINGS = { readyMs: 60, stopMs: 20, restartSecMs: 60, crashAfterMs: 60, drainMs: 100 }
const IDS = ['old', 'older', 'flawed', 'cut', 'full'] as const
const admin = actor('admin')

let archives: string
let fleet: Fleet

beforeAll(async () => {
  archives = mkdtempSync(join(tmpdir(), 'ocm-archives-'))
  await writeArchives(archives, '2026.8.1', '2026.9.6')
  const agents = [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 50_000 }] }, { id: 'ops' }]
  fleet = await startFleet(
    IDS.map((id) => ({
      ...{ id, name: id, agents, tags: ['prod'], timings: TIMINGS },
      version: id === 'old' || id === 'cut' ? ('2026.8.1' as const) : ('2026.2.17' as const),
      channels: [{ id: 'discord', running: true, connected: true }],
      ...(id === 'full' ? { disk: { totalBytes: 10e9, usedPercent: 95 } } : {}),
    })),
    {
      ...{ OCM_BACKUP_FREE_MB: '1', OCM_UPDATE_SOAK_MS: '400', OCM_PROGRAM_SOURCE: archives },
      ...{ OCM_RESTART_DEADLINE_MS: '5000', OCM_STATUS_DEADLINE_MS: '8000' },
    },
  )
})
afterAll(async () => {
  await fleet.close()
  rmSync(archives, { recursive: true, force: true })
})

async function update(
  node: string,
  onStep: (step: UpdateStep) => void = () => undefined,
  to = '2026.9.6',
  context = fleet.context,
) {
  const confirmed = await planOperation(context, admin, updateNode, { node, to })
  const options = { confirmed, onProgress: onStep }
  return {
    plan: confirmed.plan,
    ...(await runOperation(context, admin, updateNode, { node, to }, options)),
  }
}

const unitOf = (node: string) =>
  join(fleet.node(node).home, '.config', 'systemd', 'user', 'openclaw-gateway.service')
const programsOf = (node: string) => readdirSync(join(fleet.node(node).home, '.local', 'share', 'ocm')).sort()
const versionOf = async (node: string) => {
  const { data } = await runOperation(fleet.context, admin, nodeStatus, { node })
  return { version: data.snapshot.install.version.value, state: data.snapshot.state }
}
const leftovers = (node: string) =>
  readdirSync(join(unitOf(node), '..')).filter((name) => /ocm-(before|new)/.test(name))

describe('the update of a node', () => {
  it('runs the new version and keeps the way back', async () => {
    const before = readFileSync(unitOf('old'), 'utf8')
    const steps = new Set<UpdateStep['step']>()
    const { outcome, data, plan } = await update('old', ({ step }) => steps.add(step))
    expect(plan).toMatchObject({ from: '2026.8.1', to: '2026.9.6', bringsNode: false, doctor: false })
    expect(data).toMatchObject({ state: 'updated', serving: true, fault: null, swept: [] })
    expect(outcome).toBe('done')
    expect(await versionOf('old')).toEqual({ version: '2026.9.6', state: 'serving' })
    expect(fleet.node('old').gateway.agents()).toEqual(['main', 'ops'])
    expect(readFileSync(`${unitOf('old')}.ocm-previous`, 'utf8')).toBe(before)
    expect(leftovers('old')).toEqual([])
    expect(programsOf('old')).toEqual(['openclaw-2026.9.6'])
    expect([...steps].filter((step) => step !== 'backing-up' && step !== 'waiting')).toEqual([
      'bringing-openclaw',
      'stopping',
      'switching',
      'starting',
      'checking',
      'verified',
    ])
    const again = planOperation(fleet.context, admin, updateNode, { node: 'old', to: '2026.9.6' })
    await expect(again).rejects.toMatchObject({ code: 'update-impossible', params: { why: 'already' } })
  })

  it('brings Node.js and migrates the state where the versions ask for it', async () => {
    const { outcome, data, plan } = await update('older')
    expect(plan).toMatchObject({ from: '2026.2.17', bringsNode: true, doctor: true })
    expect(data).toMatchObject({ state: 'updated', fault: null })
    expect(outcome).toBe('done')
    expect(await versionOf('older')).toEqual({ version: '2026.9.6', state: 'serving' })
    expect(programsOf('older')).toEqual(['node-24.21.0', 'openclaw-2026.9.6'])
  })

  it.each(
    sampleOf([
      ['ends-later', 'crashed'],
      ['exits', 'not-serving'],
      ['never-ready', 'not-serving'],
    ] as const),
  )('rolls back a release that goes wrong: %s', async (flaw, fault) => {
    const unit = readFileSync(unitOf('flawed'), 'utf8')
    const config = join(fleet.node('flawed').home, '.openclaw', 'openclaw.json')
    const written = readFileSync(config, 'utf8')
    fleet.node('flawed').gateway.spoilRelease('2026.9.6', flaw)
    // What the attempt itself takes belongs to the time in which no gateway served.
    let ahead = 0
    const { clock } = fleet.context
    const late = { ...fleet.context, clock: { ...clock, monotonic: () => clock.monotonic() + ahead } }
    const onStep = ({ step }: UpdateStep) => {
      if (step === 'switching') ahead += 60_000
    }
    const { outcome, data } = await update('flawed', onStep, '2026.9.6', late)
    expect(data.secondsDown).toBeGreaterThanOrEqual(60)
    // One that ends shortly after it was ready may already be gone when it is looked at.
    expect(['not-serving', fault]).toContain(data.fault)
    expect(data).toMatchObject({ state: 'rolled-back', serving: true, restored: true })
    expect(outcome).toBe('failed')
    expect(await versionOf('flawed')).toEqual({ version: '2026.2.17', state: 'serving' })
    expect(readFileSync(unitOf('flawed'), 'utf8')).toBe(unit)
    expect(readFileSync(config, 'utf8')).toBe(written)
    expect(leftovers('flawed')).toEqual([])
  })

  it('goes on where an earlier one was cut', async () => {
    const { nodes } = fleet.context
    const cutAfter = async (mark: string) => {
      let dead = false
      const cut: typeof nodes = {
        ...nodes,
        withFullKey: () => cut,
        link(node: Parameters<typeof nodes.link>[0]) {
          const link = nodes.link(node)
          return new Proxy(link, {
            get(target, name) {
              const value: unknown = Reflect.get(target, name)
              if (name !== 'exec') return typeof value === 'function' ? value.bind(target) : value
              return async (...args: Parameters<typeof link.exec>) => {
                if (dead) throw new Error('ocm is gone')
                const result = await target.exec(...args)
                dead = args[0].shellText.includes(mark)
                return result
              }
            },
          })
        },
      }
      const context = { ...fleet.context, nodes: cut }
      const input = { node: 'cut', to: '2026.9.6' }
      const confirmed = await planOperation(context, admin, updateNode, input)
      return await runOperation(context, admin, updateNode, input, { confirmed })
    }
    for (const mark of [
      '.part" "$j"',
      'systemctl --user stop',
      'ocm-before.part',
      'systemctl --user start',
    ]) {
      expect((await cutAfter(mark)).outcome, mark).toBe('unknown')
    }
    const { outcome, data, plan } = await update('cut')
    expect(plan).toMatchObject({ resumes: true, from: '2026.8.1', to: '2026.9.6' })
    expect(data).toMatchObject({ state: 'updated', from: '2026.8.1' })
    expect(outcome).toBe('done')
    expect(await versionOf('cut')).toEqual({ version: '2026.9.6', state: 'serving' })
    expect(leftovers('cut')).toEqual([])
  })

  it('is refused before anything is done where it cannot end well', async () => {
    const plan = (node: string, to: string) => planOperation(fleet.context, admin, updateNode, { node, to })
    const why = (reason: string) => ({ code: 'update-impossible', params: { why: reason } })
    await expect(plan('full', '2026.9.6')).rejects.toMatchObject(why('no-room'))
    await expect(plan('flawed', '2026.2.1')).rejects.toMatchObject({
      code: 'update-impossible',
      params: { why: 'older', from: '2026.2.17', to: '2026.2.1' },
    })
    await expect(plan('flawed', 'latest')).rejects.toMatchObject({
      code: 'invalid-input',
      params: { field: 'to', problem: 'openclaw-version' },
    })
    expect(existsSync(join(fleet.node('full').home, '.local'))).toBe(false)
  })

  it('leaves the node as it was where the program cannot be brought', async () => {
    const sums = join(archives, 'SHASUMS256.txt')
    const text = readFileSync(sums, 'utf8')
    writeFileSync(sums, text.replaceAll(/^[0-9a-f]{4}/gm, 'dead'))
    const { starts } = fleet.node('flawed').facts()
    const torn = { code: 'update-torn', params: { why: 'checksum' } }
    await expect(update('flawed')).rejects.toMatchObject(torn)
    writeFileSync(sums, text)
    expect(fleet.node('flawed').facts().starts).toBe(starts)
  })
})
