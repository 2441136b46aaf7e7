import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoppedBy } from '../../src/base/abort.ts'
import type { OperatorError } from '../../src/base/errors.ts'
import { createInk } from '../../src/cli/ink.ts'
import type { FleetStep } from '../../src/operations/fleet-change.ts'
import { fleetUpdate } from '../../src/operations/fleet-update.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { writeArchives } from '../../src/sandbox/nodes/archives.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const TIMINGS = { readyMs: 40, stopMs: 20, restartSecMs: 60, crashAfterMs: 60, drainMs: 100 }
const IDS = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6']
const EDGE = ['n1', 'full', 'new', 'down']
const admin = actor('admin')
const TO = '2026.9.6'

let archives: string
let fleet: Fleet

beforeAll(async () => {
  archives = mkdtempSync(join(tmpdir(), 'ocm-archives-'))
  await writeArchives(archives, '2026.8.1', TO)
  const node = (id: string, version: '2026.2.17' | '2026.8.1' | '2026.9.6') => ({
    ...{
      id,
      name: id,
      version,
      tags: [...(EDGE.includes(id) ? ['edge'] : []), 'prod'],
      // 2026.2.17 tells of none of its sessions whether a turn runs.
      agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 1_000 }] }],
      timings: TIMINGS,
    },
    ...(id === 'full' ? { disk: { totalBytes: 10e9, usedPercent: 95 } } : {}),
  })
  fleet = await startFleet(
    [
      ...IDS.map((id) => node(id, id === 'n3' ? '2026.2.17' : '2026.8.1')),
      node('full', '2026.8.1'),
      node('new', TO),
      { ...node('down', '2026.8.1'), state: 'down' },
    ],
    {
      ...{ OCM_BACKUP_FREE_MB: '1', OCM_UPDATE_SOAK_MS: '200', OCM_PROGRAM_SOURCE: archives },
      ...{ OCM_RESTART_DEADLINE_MS: '20000', OCM_STATUS_DEADLINE_MS: '60000' },
    },
  )
})
afterAll(async () => {
  await fleet?.close()
  rmSync(archives, { recursive: true, force: true })
})

interface Options {
  signal?: AbortSignal
  onProgress?: (step: FleetStep) => void
}

const input = { tags: ['prod'], to: TO }

async function update(options: Options = {}, asked = input) {
  const confirmed = await planOperation(fleet.context, admin, fleetUpdate, asked)
  const report = await runOperation(fleet.context, admin, fleetUpdate, asked, { confirmed, ...options })
  return { plan: confirmed.plan, report, states: statesOf(report.data.rows) }
}

const statesOf = (rows: readonly { id: string; state: string }[]) =>
  Object.fromEntries(rows.map(({ id, state }) => [id, state]))
const unitOf = (node: string) =>
  readFileSync(join(fleet.node(node).home, '.config/systemd/user/openclaw-gateway.service'), 'utf8')
async function versionOf(node: string) {
  const { data } = await runOperation(fleet.context, admin, nodeStatus, { node })
  return `${data.snapshot.install.version.value} ${data.snapshot.state}`
}

describe('the update of many nodes', { timeout: 120_000 }, () => {
  it('says of each what becomes of it, or why nothing does', async () => {
    const { plan } = await planOperation(fleet.context, admin, fleetUpdate, input)
    expect(plan).toMatchObject({ waves: [1, 2, 3], asked: { to: TO } })
    const planned = { from: '2026.8.1', bringsNode: false, doctor: false, resumes: false, blind: false }
    expect(plan.nodes.map(({ id, update: one }) => [id, one])).toEqual(
      IDS.map((id) => [
        id,
        id === 'n3'
          ? { ...planned, from: '2026.2.17', bringsNode: true, doctor: true, blind: true }
          : planned,
      ]),
    )
    expect(plan.left.map(({ id, why, error }) => [id, why, error?.params.why])).toEqual([
      ['full', 'impossible', 'no-room'],
      ['new', 'already', undefined],
      ['down', 'not-reachable', undefined],
    ])
  })

  it('is done as it was confirmed, or not at all', async () => {
    const confirmed = await planOperation(fleet.context, admin, fleetUpdate, input)
    const run = (asked: object, more: object = { confirmed }) =>
      runOperation(fleet.context, admin, fleetUpdate, asked, more)
    await expect(run({ ...input, to: '2026.9.5' })).rejects.toMatchObject({ code: 'plan-changed' })
    await expect(run(input, {})).rejects.toMatchObject({ code: 'confirmation-needed' })
    const { plan } = confirmed
    const fewer = { ...plan, nodes: plan.nodes.slice(1) }
    expect(fleetUpdate.question?.holds?.(plan, { ...fewer, waves: [1, 2, 2] })).toBe(true)
    expect(fleetUpdate.question?.holds?.(fewer, plan)).toBe(false)
    const other = plan.nodes.map((node) => ({ ...node, update: { ...node.update, doctor: true } }))
    expect(fleetUpdate.question?.holds?.(plan, { ...plan, nodes: other } as typeof plan)).toBe(false)
  })

  it('leaves as it was what was still prepared when it is stopped', async () => {
    const stop = new AbortController()
    const onProgress = ({ changed }: FleetStep) =>
      changed.step?.step === 'backing-up' && stop.abort(new StoppedBy('Mira'))
    const before = IDS.map(unitOf)
    const { report, states } = await update({ signal: stop.signal, onProgress })
    expect([states.n1, states.n2, states.n6]).toEqual(['stopped', 'not-begun', 'not-begun'])
    expect(report).toMatchObject({ outcome: 'partial', data: { stopped: true, stoppedBy: 'Mira' } })
    expect(report.data.haltedBy).toBeNull()
    expect(report.data.rows[0]?.error).toMatchObject({ code: 'update-stopped', params: { by: 'Mira' } })
    expect(IDS.map(unitOf)).toEqual(before)
    const [own] = (await fleet.audit()).filter(({ operation }) => operation === 'update-node').slice(-1)
    expect(own).toMatchObject({ nodeId: 'n1', result: 'stopped', errorCode: 'update-stopped' })
  })

  it('says that it was stopped also where no node was left to begin', async () => {
    const audited = (await fleet.audit()).length
    for (const at of ['running', 'backing-up']) {
      const stop = new AbortController()
      const onProgress = ({ changed }: FleetStep) =>
        [changed.state, changed.step?.step].includes(at as 'running') && stop.abort(new StoppedBy('Mira'))
      const { report } = await update({ signal: stop.signal, onProgress }, { ...input, tags: ['edge'] })
      expect(statesOf(report.data.rows)).toEqual({ n1: 'stopped' })
      expect(report).toMatchObject({ outcome: 'partial', data: { stopped: true, haltedBy: null } })
    }
    const lines = (await fleet.audit()).slice(audited).filter(({ nodeId }) => nodeId === 'n1')
    expect(lines.map(({ result }) => result).filter((result) => result !== 'stopped')).toEqual([])
  })

  it('halts where a node does not pass its gate: that one goes back, the rest is not touched', async () => {
    const [before, untouched] = [unitOf('n3'), ['n4', 'n5', 'n6'].map(unitOf)]
    fleet.node('n3').gateway.spoilRelease(TO, 'exits')
    const order: string[] = []
    const onProgress = ({ changed }: FleetStep) => order.push(`${changed.id} ${changed.state}`)
    const { report, states } = await update({ onProgress })
    expect(states).toEqual({
      ...{ n1: 'done', n2: 'done', n3: 'failed' },
      ...{ n4: 'not-begun', n5: 'not-begun', n6: 'not-begun' },
    })
    expect(report).toMatchObject({ outcome: 'partial', data: { haltedBy: 'n3', stopped: false } })
    expect(report.data.rows[2]?.update).toMatchObject({
      ...{ from: '2026.2.17', to: TO, state: 'rolled-back', serving: true, fault: 'not-serving' },
      restored: true,
    })
    expect(order.indexOf('n1 done')).toBeLessThan(order.indexOf('n2 running'))
    expect(await Promise.all(['n1', 'n2', 'n3', 'n4'].map(versionOf))).toEqual([
      ...[`${TO} serving`, `${TO} serving`, '2026.2.17 serving', '2026.8.1 serving'],
    ])
    expect(unitOf('n3')).toBe(before)
    expect(['n4', 'n5', 'n6'].map(unitOf)).toEqual(untouched)
    const audit = (await fleet.audit()).filter(({ operation }) => operation === 'update-node')
    expect(
      audit
        .slice(-3)
        .map(({ nodeId, result }) => `${nodeId} ${result}`)
        .sort(),
    ).toEqual([...['n1 done', 'n2 done', 'n3 failed']])
  })

  it('ends what it has begun when it is stopped later', async () => {
    fleet.node('n3').gateway.spoilRelease(TO, null)
    const stop = new AbortController()
    const onProgress = ({ changed }: FleetStep) => changed.step?.step === 'switching' && stop.abort()
    const { plan, report, states } = await update({ signal: stop.signal, onProgress })
    expect(plan.left.filter(({ why }) => why === 'already').map(({ id }) => id)).toEqual(['n1', 'n2', 'new'])
    expect(states).toEqual({ n3: 'done', n4: 'not-begun', n5: 'not-begun', n6: 'not-begun' })
    expect(report).toMatchObject({ outcome: 'partial', data: { stopped: true } })
    expect(await versionOf('n3')).toBe(`${TO} serving`)
  })

  it('leaves out what is done when it is run again, and says why where nothing is left to do', async () => {
    const { plan } = await planOperation(fleet.context, admin, fleetUpdate, input)
    expect(plan.nodes.map(({ id }) => id)).toEqual(['n4', 'n5', 'n6'])
    const none = planOperation(fleet.context, admin, fleetUpdate, { ...input, tags: ['edge'] })
    await expect(none).rejects.toMatchObject({
      code: 'nodes-left-out',
      params: { total: 4, tag: 'edge', names: 'n1, new', left: 'already', others: 'full, down' },
    })
  })

  it('says of what runs a newer version that it does, which one, and what to do', async () => {
    const older = planOperation(fleet.context, admin, fleetUpdate, { tags: ['prod'], to: '2026.1.5' })
    const error = await older.catch((thrown: unknown) => thrown as OperatorError)
    expect(error).toMatchObject({ code: 'nodes-left-out', params: { left: 'older', to: '2026.1.5' } })
    const { code, params } = error as OperatorError
    const told = createInk('en', false, Date.now).coded(`error.${code}`, params)
    expect(told).toMatch(
      /it runs a newer one[^.]*name one that is newer still \(2026\.\d\.\d+ → 2026\.1\.5\)/,
    )
  })

  it('is for who may update, and for versions that there are', async () => {
    const operator = planOperation(fleet.context, actor('operator'), fleetUpdate, input)
    await expect(operator).rejects.toMatchObject({ code: 'not-allowed' })
    const latest = planOperation(fleet.context, admin, fleetUpdate, { ...input, to: 'latest' })
    await expect(latest).rejects.toMatchObject({
      code: 'invalid-input',
      params: { field: 'to', problem: 'openclaw-version' },
    })
  })
})
