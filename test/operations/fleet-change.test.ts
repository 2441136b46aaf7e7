import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { StoppedBy } from '../../src/base/abort.ts'
import { fleetBackup } from '../../src/operations/fleet-backup.ts'
import type { FleetStep } from '../../src/operations/fleet-change.ts'
import { fleetMaintenance } from '../../src/operations/fleet-maintenance.ts'
import { fleetRestart } from '../../src/operations/fleet-restart.ts'
import { fleetVersions } from '../../src/operations/fleet-versions.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import type { Operation } from '../../src/operations/operation.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const TIMINGS = { readyMs: 100, stopMs: 50, restartSecMs: 100, crashAfterMs: 100, drainMs: 200 }
const IDS = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6']
const operator = actor('operator')

let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet(
    IDS.map((id) => ({
      id,
      name: id,
      version: id === 'n6' ? ('2026.2.17' as const) : ('2026.9.6' as const),
      agents: [{ id: 'main' }],
      tags: id === 'n5' ? ['prod', 'eu'] : ['prod'],
      timings: TIMINGS,
    })),
    { OCM_BACKUP_FREE_MB: '1', OCM_RESTART_DEADLINE_MS: '20000' },
  )
  await Promise.all(IDS.map((node) => runOperation(fleet.context, operator, nodeStatus, { node })))
})
afterAll(() => fleet.close())
afterEach(() => {
  for (const id of IDS) fleet.node(id).gateway.failStarts(null)
})

/** Confirms and runs a change of many nodes. */
async function change<Input, Result, Plan>(
  operation: Operation<Input, Result, FleetStep, Plan>,
  input: object,
  options: { signal?: AbortSignal; onProgress?: (step: FleetStep) => void } = {},
  who = operator,
) {
  const confirmed = await planOperation(fleet.context, who, operation, input)
  const report = await runOperation(fleet.context, who, operation, input, { confirmed, ...options })
  return { plan: confirmed.plan, report }
}

const bootOf = async (id: string) => {
  const { data } = await runOperation(fleet.context, operator, nodeStatus, { node: id })
  return data.snapshot.gateway.bootId.value ?? data.snapshot.service.pid.value
}

describe('many nodes at once', () => {
  it('are restarted in waves, each verified before the next begins', async () => {
    const order: string[] = []
    const { plan, report } = await change(
      fleetRestart,
      { tags: ['prod'] },
      {
        onProgress: ({ changed }) => order.push(`${changed.id} ${changed.state}`),
      },
    )
    expect(plan).toMatchObject({ waves: [1, 3, 2], left: [] })
    expect(plan.nodes.map(({ id }) => id)).toEqual(IDS)
    expect(report.outcome).toBe('done')
    expect(report.data.rows.map(({ state }) => state)).toEqual(IDS.map(() => 'done'))
    expect(order.slice(0, 2)).toEqual(['n1 running', 'n1 done'])
    const begins = (id: string) => order.indexOf(`${id} running`)
    for (const id of ['n2', 'n3', 'n4']) expect(order.indexOf(`${id} done`)).toBeLessThan(begins('n5'))
    const audit = (await fleet.audit()).filter(({ operation }) => operation === 'restart-node')
    expect(audit.map(({ nodeId, result }) => `${nodeId} ${result}`).sort()).toEqual(
      IDS.map((id) => `${id} done`),
    )
  })

  it('halt where a changed node does not serve again, and leave the rest as it was', async () => {
    fleet.node('n3').gateway.failStarts(1)
    const before = await bootOf('n5')
    const { report } = await change(fleetRestart, { tags: ['prod'] })
    const states = Object.fromEntries(report.data.rows.map(({ id, state }) => [id, state]))
    expect(states).toMatchObject({ n1: 'done', n2: 'done', n4: 'done', n5: 'not-begun', n6: 'not-begun' })
    expect(['failed', 'unknown']).toContain(states.n3)
    expect([report.outcome, report.data.haltedBy]).toEqual(['partial', 'n3'])
    expect(await bootOf('n5')).toBe(before)
    fleet.node('n3').gateway.failStarts(null)
    await fleet.node('n3').gateway.startService()
    await runOperation(fleet.context, operator, nodeStatus, { node: 'n3' })
  })

  it('go on to the end of what had begun when they are stopped, and begin nothing more', async () => {
    const stop = new AbortController()
    const { report } = await change(
      fleetRestart,
      { tags: ['prod'] },
      {
        signal: stop.signal,
        onProgress: ({ changed }) => changed.id === 'n1' && changed.state === 'running' && stop.abort(),
      },
    )
    expect(report.data.rows.map(({ state }) => state)).toEqual([
      'done',
      ...IDS.slice(1).map(() => 'not-begun'),
    ])
    expect([report.outcome, report.data.stopped]).toEqual(['partial', true])
  })

  it('are backed up, and one that cannot be keeps no other from it', async () => {
    const { log, ...context } = fleet.context
    const nodes: typeof context.nodes = {
      ...context.nodes,
      withFullKey: () => nodes,
      link: (node: Parameters<typeof context.nodes.link>[0]) => {
        if (node.id === 'n2') throw new Error('broken')
        return context.nodes.link(node)
      },
    }
    const confirmed = await planOperation(fleet.context, operator, fleetBackup, { tags: ['prod'] })
    const broken = { ...context, log, nodes } as typeof fleet.context
    const { outcome, data } = await runOperation(
      broken,
      operator,
      fleetBackup,
      { tags: ['prod'] },
      { confirmed },
    )
    expect(outcome).toBe('partial')
    expect(data.rows.map(({ id, state }) => `${id} ${state}`)).toEqual(
      IDS.map((id) => `${id} ${id === 'n2' ? 'failed' : 'done'}`),
    )
    expect(data.haltedBy).toBeNull()
  })

  it('are left as they were by backups that are stopped, whenever that is, and card and audit say so', async () => {
    const stop = new AbortController()
    const { report } = await change(
      fleetBackup,
      { tags: ['prod'] },
      {
        signal: stop.signal,
        onProgress: ({ changed }) => changed.state === 'running' && stop.abort(new StoppedBy('Mira')),
      },
    )
    const states = report.data.rows.map(({ state }) => state)
    expect(states).toEqual(['stopped', ...IDS.slice(1).map(() => 'not-begun')])
    expect(report).toMatchObject({ outcome: 'partial', data: { stopped: true, stoppedBy: 'Mira' } })
    const audit = (await fleet.audit()).filter(({ operation }) => operation === 'backup-node')
    expect(audit.at(-1)).toMatchObject({ nodeId: 'n1', result: 'stopped', errorCode: 'backup-stopped' })
  })

  it('are not begun after a disk that is full here', async () => {
    const { context } = fleet
    const limits = { ...context.limits, backup: { ...context.limits.backup, floorBytes: 2 ** 60 } }
    const full = { ...context, limits }
    const confirmed = await planOperation(full, operator, fleetBackup, {})
    const { outcome, data } = await runOperation(full, operator, fleetBackup, {}, { confirmed })
    expect(outcome).toBe('failed')
    expect(data.haltedBy).not.toBeNull()
    expect(data.rows.filter(({ state }) => state === 'not-begun').length).toBeGreaterThan(0)
    expect(data.rows.find(({ state }) => state === 'refused')?.error?.code).toBe('backup-disk-floor')
  })

  it('go into maintenance and out again; those that are there already are left out', async () => {
    const into = { tags: ['prod'], on: true, reason: 'new disks', minutes: 60 }
    const eu = await change(fleetMaintenance, { ...into, tags: ['eu'] })
    expect(eu.report.data.rows).toMatchObject([{ id: 'n5', state: 'done' }])
    const { plan, report } = await change(fleetMaintenance, into)
    expect(plan.left).toEqual([{ id: 'n5', name: 'n5', why: 'already' }])
    expect(report.outcome).toBe('done')
    expect(fleet.context.registry.list().map(({ state }) => state)).toEqual(IDS.map(() => 'maintenance'))
    const restart = planOperation(fleet.context, operator, fleetRestart, { tags: ['prod'] })
    await expect(restart).rejects.toMatchObject({
      code: 'nodes-left-out',
      params: { total: IDS.length },
    })
    const out = await change(fleetMaintenance, { tags: ['prod'], on: false })
    expect(out.report.outcome).toBe('done')
    expect(fleet.context.registry.list().every(({ state }) => state === 'active')).toBe(true)
  })

  it('ask for the level over the tag, and for the whole fleet without one', async () => {
    const eu = { ...operator, grants: [{ level: 'operator' as const, tags: ['eu'] }] }
    const all = planOperation(fleet.context, eu, fleetRestart, {})
    await expect(all).rejects.toMatchObject({ code: 'not-allowed' })
    const prod = planOperation(fleet.context, eu, fleetRestart, { tags: ['prod'] })
    await expect(prod).rejects.toMatchObject({ code: 'not-allowed' })
    const { plan } = await planOperation(fleet.context, eu, fleetRestart, { tags: ['eu'] })
    expect(plan.nodes.map(({ id }) => id)).toEqual(['n5'])
  })

  it('are not more than what was confirmed', async () => {
    const confirmed = await planOperation(fleet.context, operator, fleetBackup, { tags: ['eu'] })
    await fleet.context.registry.update('n1', (node) => ({ ...node, tags: ['prod', 'eu'] }))
    const run = runOperation(fleet.context, operator, fleetBackup, { tags: ['eu'] }, { confirmed })
    await expect(run).rejects.toMatchObject({ code: 'plan-changed' })
    await fleet.context.registry.update('n1', (node) => ({ ...node, tags: ['prod'] }))
  })

  it('show which of them runs something else than most', async () => {
    const { data } = await runOperation(fleet.context, operator, fleetVersions, { tags: ['prod'] })
    expect(data).toMatchObject({ majority: '2026.9.6', apart: ['n6'], unread: [] })
    expect(data.versions.map(({ version, nodes }) => [version, nodes.length])).toEqual([
      ['2026.9.6', 5],
      ['2026.2.17', 1],
    ])
    const eu = { ...operator, grants: [{ level: 'viewer' as const, tags: ['eu'] }] }
    const seen = await runOperation(fleet.context, eu, fleetVersions, {})
    expect(seen.data.rows.map(({ id }) => id)).toEqual(['n5'])
  })
})
