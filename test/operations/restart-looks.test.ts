import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { unknown } from '../../src/base/reading.ts'
import type { NodeLink } from '../../src/openclaw/ports.ts'
import type { NodeSnapshot } from '../../src/openclaw/snapshot.ts'
import type { Context } from '../../src/operations/context.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { restartNode } from '../../src/operations/restart-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import type { SandboxNode } from '../../src/sandbox/nodes/control.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { until } from '../support/until.ts'

const INPUT = { node: 'alpha' }

let fleet: Fleet
let node: SandboxNode
/** The fleet's context, with every snapshot that is asked for counted. */
let context: Context
let looks: number
/** What happens at the node right before the next look. */
let beforeLook: (() => Promise<void>) | null = null
/** How many of the next looks come back without what the probe tells, as on a node that is slow. */
let late: number
/** Whether the restart command is lost on its way. */
let commandLost: boolean

beforeAll(async () => {
  fleet = await startFleet(
    [
      {
        id: 'alpha',
        name: 'Alpha',
        version: '2026.9.6',
        agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 50_000 }] }],
        timings: { readyMs: 150, stopMs: 50, restartSecMs: 100, drainMs: 200 },
      },
    ],
    { OCM_RESTART_DEADLINE_MS: '40000', OCM_DRAIN_DEADLINE_MS: '40000' },
  )
  node = fleet.node('alpha')
  const { nodes } = fleet.context
  const counted = (link: NodeLink): NodeLink => ({
    ...link,
    nodeId: link.nodeId,
    async snapshot(limits) {
      looks += 1
      const happens = beforeLook
      beforeLook = null
      await happens?.()
      const snapshot = await link.snapshot(limits)
      late -= 1
      return late >= 0 ? withoutProbe(snapshot) : snapshot
    },
    rpc: (method, params, limits) => link.rpc(method, params, limits),
    hello: (limits) => link.hello(limits),
    exec: (command, limits) =>
      commandLost
        ? Promise.reject(new OperatorError('deadline', { node: link.nodeId, ms: 1 }))
        : link.exec(command, limits),
  })
  context = {
    ...fleet.context,
    nodes: Object.assign(Object.create(nodes) as typeof nodes, {
      link: (record: Parameters<typeof nodes.link>[0]) => counted(nodes.link(record)),
    }),
  }
})
afterAll(() => fleet.close())
beforeEach(() => {
  looks = 0
  late = 0
  commandLost = false
})

function withoutProbe(snapshot: NodeSnapshot): NodeSnapshot {
  const missing = unknown<never>({ code: 'deadline', params: { ms: 4_000 } }, snapshot.observedAt, 'probe')
  const service = Object.fromEntries(Object.keys(snapshot.service).map((name) => [name, missing]))
  return { ...snapshot, service: service as NodeSnapshot['service'] }
}

const plan = () => planOperation(context, actor('operator'), restartNode, INPUT)

describe('a restart looks at the node', () => {
  test('once between the press of the button and the command', async () => {
    // What was confirmed comes back from a file.
    const confirmed = JSON.parse(JSON.stringify(await plan())) as Awaited<ReturnType<typeof plan>>
    looks = 0
    let before = -1
    const { pid } = node.facts()
    const report = await runOperation(context, actor('operator'), restartNode, INPUT, {
      confirmed,
      onProgress: ({ step }) => {
        if (step === 'restarting') before = looks
      },
    })
    expect(before).toBe(1)
    expect(report.outcome).toBe('done')
    expect(report.data.before.pid).toBe(pid)
    expect(report.data.after.pid).toBe(node.facts().pid)
    expect(report.data.after.pid).not.toBe(pid)
  })

  test('after the press, not before: what the question showed is no baseline', async () => {
    const confirmed = await plan()
    const { pid: asked } = node.facts()
    await node.gateway.restartService()
    await until(() => node.facts().ready && node.facts().pid !== asked)
    const { pid: pressed } = node.facts()
    const report = await runOperation(context, actor('operator'), restartNode, INPUT, { confirmed })
    expect(report.outcome).toBe('done')
    expect(report.data.before.pid).toBe(pressed)
    expect(report.data.after.pid).not.toBe(pressed)
  })

  test('until it is idle, and a gateway that began anew meanwhile does not pass for a restarted one', async () => {
    node.gateway.startTurn('agent:main:main')
    const confirmed = await plan()
    const { pid: asked } = node.facts()
    let drained: number | null = null
    const report = await runOperation(context, actor('operator'), restartNode, INPUT, {
      confirmed,
      onProgress: ({ step }) => {
        if (step === 'draining' && node.facts().pid === asked)
          beforeLook = async () => {
            await node.gateway.crash()
            await until(() => node.facts().ready && node.facts().pid !== asked)
          }
        if (step === 'restarting') drained = node.facts().pid
      },
    })
    node.gateway.endTurn()
    expect(drained).not.toBe(asked)
    expect(report.outcome).toBe('done')
    expect(report.data.before.pid).toBe(drained)
    expect(report.data.after.pid).not.toBe(drained)
  }, 60_000)
})

describe('the plan of a restart', () => {
  test('keeps what it was made from out of every file', async () => {
    const { plan: shown } = await plan()
    expect(Object.keys(shown).sort()).toEqual(
      [
        'canDrain',
        'drain',
        'drainSeconds',
        'method',
        'nodeId',
        'nodeName',
        'otherWork',
        'reason',
        'running',
        'state',
      ].sort(),
    )
  })
})

describe('a node whose probe is late', () => {
  test('is restarted by the way that was known before', async () => {
    await runOperation(context, actor('viewer'), nodeStatus, INPUT)
    const { starts } = node.facts()
    late = 1
    const confirmed = await plan()
    expect(confirmed.plan.method).toBe('systemd')
    late = 1
    const report = await runOperation(context, actor('operator'), restartNode, INPUT, { confirmed })
    expect(report).toMatchObject({ outcome: 'done', data: { method: 'systemd' } })
    expect(node.facts().starts).toBe(starts + 1)
  })

  test('and that was never seen before is looked at again', async () => {
    context.snapshots.delete('alpha')
    late = 1
    expect((await plan()).plan.method).toBe('systemd')
    expect(looks).toBe(2)
  })

  test('is not restarted in another way when nothing can be read', async () => {
    context.snapshots.delete('alpha')
    const { starts } = node.facts()
    late = 2
    await expect(plan()).rejects.toMatchObject({
      code: 'service-unreadable',
      params: { node: 'alpha', reason: 'deadline' },
    })
    expect(node.facts().starts).toBe(starts)
  })

  test('does not pass for restarted while the old process goes on', async () => {
    await runOperation(context, actor('viewer'), nodeStatus, INPUT)
    const confirmed = await plan()
    const { starts } = node.facts()
    commandLost = true
    const hasty = { ...context, limits: { ...context.limits, restartDeadlineMs: 2_000 } }
    const unread = { ...hasty, nodes: withoutIdentity(context.nodes) }
    const report = await runOperation(unread, actor('operator'), restartNode, INPUT, { confirmed })
    expect(report.outcome).toBe('unknown')
    expect(node.facts().starts).toBe(starts)
  })
})

/** Looks that tell neither the process nor the boot of the gateway until the restart has been asked for. */
function withoutIdentity(nodes: Context['nodes']): Context['nodes'] {
  let before = true
  const blind = (link: NodeLink): NodeLink => ({
    ...link,
    async snapshot(limits) {
      const seen = await link.snapshot(limits)
      if (!before) return seen
      const missing = unknown<never>({ code: 'deadline' }, seen.observedAt)
      return {
        ...seen,
        service: { ...seen.service, pid: missing },
        gateway: { ...seen.gateway, bootId: missing },
      }
    },
    exec(command, limits) {
      before = false
      return link.exec(command, limits)
    },
  })
  return Object.assign(Object.create(nodes) as typeof nodes, {
    link: (record: Parameters<typeof nodes.link>[0]) => blind(nodes.link(record)),
  })
}
