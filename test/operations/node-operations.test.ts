import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccessLevel } from '../../src/operations/access.ts'
import type { NodeList } from '../../src/operations/list-nodes.ts'
import { listNodes } from '../../src/operations/list-nodes.ts'
import { nodeLogs } from '../../src/operations/node-logs.ts'
import type { Operation, Outcome } from '../../src/operations/operation.ts'
import { registerNode } from '../../src/operations/register-node.ts'
import type { RestartResult, RestartStep } from '../../src/operations/restart-node.ts'
import { restartNode } from '../../src/operations/restart-node.ts'
import { retireNode, unretireNode } from '../../src/operations/retire-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import type { SandboxNode } from '../../src/sandbox/nodes/control.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { until } from '../support/until.ts'

const TIMINGS = { readyMs: 150, stopMs: 50, restartSecMs: 100, crashAfterMs: 100, drainMs: 200 }

let fleet: Fleet

beforeAll(async () => {
  const agents = [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 50_000 }] }]
  fleet = await startFleet(
    [
      { id: 'new', name: 'New', version: '2026.9.6', agents, tags: ['prod'], timings: TIMINGS },
      { id: 'old', name: 'Old', version: '2026.2.17', agents, tags: ['prod'], timings: TIMINGS },
      {
        id: 'full',
        name: 'Full',
        version: '2026.9.6',
        agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 160_000 }] }],
        tags: ['lab'],
        timings: TIMINGS,
      },
      { id: 'stopped', name: 'Stopped', version: '2026.9.6', agents, state: 'stopped', tags: ['lab'] },
      {
        id: 'slow',
        name: 'Slow',
        version: '2026.9.6',
        agents,
        tags: ['slow'],
        timings: { ...TIMINGS, stopMs: 15_000 },
      },
      { id: 'gone', name: 'Gone', version: '2026.9.6', agents, state: 'down' },
      { id: 'fresh', name: 'Fresh', version: '2026.9.6', agents, registered: false, timings: TIMINGS },
    ],
    {
      OCM_RESTART_DEADLINE_MS: '6000',
      OCM_DRAIN_DEADLINE_MS: '1500',
      OCM_LIST_DEADLINE_MS: '4000',
      OCM_STATUS_DEADLINE_MS: '4000',
    },
  )
})
afterAll(() => fleet.close())

/** Plans, confirms and runs. */
async function confirmed<Input, Result, Step, Plan>(
  operation: Operation<Input, Result, Step, Plan>,
  input: unknown,
  level: AccessLevel = 'admin',
) {
  const steps: Step[] = []
  const plan = await planOperation(fleet.context, actor(level), operation, input)
  const report = await runOperation(fleet.context, actor(level), operation, input, {
    confirmed: plan,
    onProgress: (step) => steps.push(step),
  })
  return { plan: plan.plan, outcome: report.outcome as Outcome, data: report.data, steps }
}

const list = async (input: object = {}, who = actor('viewer')) => {
  const seen: NodeList[] = []
  const { data, outcome } = await runOperation(fleet.context, who, listNodes, input, {
    onProgress: (step) => seen.push(step),
  })
  return { data, outcome, seen, ids: data.rows.map(({ id }) => id) }
}

describe('list-nodes', () => {
  test('puts the worst first and equal states by fullness', async () => {
    const { ids, data, outcome } = await list()
    expect(ids.slice(0, 3)).toEqual(['gone', 'stopped', 'full'])
    expect(ids.slice(3).toSorted()).toEqual(['new', 'old', 'slow'])
    expect(data.counts).toMatchObject({ unreachable: 1, 'service-down': 1, serving: 4 })
    expect(data).toMatchObject({ total: 6, hidden: 0, pending: 0 })
    expect(outcome).toBe('done')
  })

  test('shows memory first, then each row as it comes, and every step is whole', async () => {
    const { seen, data } = await list()
    expect(seen[0]?.pending).toBe(6)
    expect(seen.every(({ rows }) => rows.length === 6)).toBe(true)
    const pending = seen.map((step) => step.pending)
    expect(pending).toEqual(pending.toSorted((a, b) => b - a))
    expect(seen[0]?.rows.every(({ freshness }) => freshness === 'cached')).toBe(true)
    expect(data.rows.every(({ freshness }) => freshness === 'live')).toBe(true)
  })

  test('keeps to all tags, to a state, and to what the person may see', async () => {
    expect((await list({ tags: ['prod'] })).ids.toSorted()).toEqual(['new', 'old'])
    expect((await list({ tags: ['prod', 'lab'] })).ids).toEqual([])
    expect((await list({ state: 'service-down' })).ids).toEqual(['stopped'])
    const few = await list({}, actor('viewer', ['lab']))
    expect(few.ids.toSorted()).toEqual(['full', 'stopped'])
    expect(few.data.total).toBe(2)
  })

  test('answers from memory alone when asked to', async () => {
    const before = fleet.node('new').facts().calls.length
    const { seen, ids } = await list({ live: false })
    expect(seen).toEqual([])
    expect(ids).toHaveLength(6)
    expect(fleet.node('new').facts().calls).toHaveLength(before)
  })

  test('gives a hung node up at its deadline and lets it cost the others nothing', async () => {
    await fleet.node('full').ssh.goDark('silent')
    const started = performance.now()
    const arrived = new Map<string, number>()
    await runOperation(
      fleet.context,
      actor('viewer'),
      listNodes,
      {},
      {
        onProgress({ rows }) {
          for (const row of rows)
            if (!row.pending && !arrived.has(row.id)) arrived.set(row.id, performance.now() - started)
        },
      },
    )
    const took = performance.now() - started
    const row = fleet.context.snapshots.get('full')
    await fleet.node('full').ssh.comeBack()
    expect(row?.state).toBe('unreachable')
    expect(took).toBeLessThan(8_000)
    for (const id of ['new', 'old', 'stopped', 'gone']) expect(arrived.get(id)).toBeLessThan(took - 500)
    await list()
  })

  test('calls a node whose login takes too long slow, and not unreachable', async () => {
    const { ssh } = fleet.node('full')
    ssh.delay(500)
    ssh.dropConnections()
    const { data } = await list({ tags: ['lab'] })
    const row = data.rows.find(({ id }) => id === 'full')
    ssh.delay(0)
    expect(row).toMatchObject({ state: 'unknown', reason: { code: 'node-slow' } })
    expect(row?.anomalies.map(({ code }) => code)).toContain('node-slow')
    await expect
      .poll(async () => (await list({ tags: ['lab'] })).data.counts.serving, { timeout: 30_000 })
      .toBe(1)
  })

  test('is partial when the caller gives up', async () => {
    const stop = new AbortController()
    await fleet.node('full').ssh.goDark('silent')
    const ending = runOperation(fleet.context, actor('viewer'), listNodes, {}, { signal: stop.signal })
    setTimeout(() => stop.abort(), 200)
    expect((await ending).outcome).toBe('partial')
    await fleet.node('full').ssh.comeBack()
  })
})

describe.each(['new', 'old'])('restart-node on %s', (id) => {
  let node: SandboxNode
  beforeAll(() => {
    node = fleet.node(id)
  })
  const restart = (
    input: object = {},
  ): Promise<{
    outcome: Outcome
    data: RestartResult
    steps: RestartStep[]
  }> => confirmed(restartNode, { node: id, ...input }, 'operator')
  const heal = async () => {
    node.gateway.failStarts(null)
    await node.gateway.stopService()
    await node.gateway.startService()
    await until(() => node.facts().ready)
  }

  test('is done when a new process serves', async () => {
    const before = node.facts()
    const { outcome, data, steps } = await restart()
    expect(outcome).toBe('done')
    expect(node.facts().starts).toBe(before.starts + 1)
    expect(data.after.pid).toBe(node.facts().pid)
    expect(data.before.pid).toBe(before.pid)
    expect(data.secondsToServe).toBeGreaterThan(0)
    expect(steps.map(({ step }) => step)).toEqual(
      expect.arrayContaining(['checking', 'restarting', 'verified']),
    )
  })

  test('is failed, with the end of the log, when the gateway crashes at every start', async () => {
    node.gateway.failStarts(1)
    const { outcome, data } = await restart()
    expect(outcome).toBe('failed')
    expect(data.secondsToServe).toBeNull()
    expect(data.after.state).not.toBe('serving')
    expect(data.logTail.length).toBeGreaterThan(0)
    await heal()
  })

  test('is failed when the configuration is broken', async () => {
    const path = join(node.home, '.openclaw', 'openclaw.json')
    const good = await readFile(path, 'utf8')
    await writeFile(path, '{ "gateway": {')
    const { outcome, data } = await restart()
    await writeFile(path, good)
    expect(outcome).toBe('failed')
    expect(data.after.reason?.code).toBe('config-invalid')
    await heal()
  })

  test('starts a service that was stopped', async () => {
    await node.gateway.stopService()
    const { outcome, data } = await restart()
    expect(outcome).toBe('done')
    expect(data.before.state).toBe('service-down')
  })
})

describe('restart-node', () => {
  test('waits for running turns and restarts nothing while they last', async () => {
    const node = fleet.node('new')
    const { starts } = node.facts()
    node.gateway.startTurn('agent:main:main')
    await expect(confirmed(restartNode, { node: 'new' }, 'operator')).rejects.toMatchObject({
      code: 'turns-running',
      kind: 'refused',
    })
    expect(node.facts().starts).toBe(starts)
    node.gateway.endTurn()
  })

  test('is unknown while the old process is still stopping', async () => {
    const { outcome, data } = await confirmed(restartNode, { node: 'slow' }, 'operator')
    expect(outcome).toBe('unknown')
    expect(data.after.reason?.code).toBe('service-stopping')
  }, 40_000)

  test('brings a frozen gateway back', async () => {
    const node = fleet.node('new')
    const { pid } = node.facts()
    node.gateway.freeze()
    const { outcome, data } = await confirmed(restartNode, { node: 'new' }, 'operator')
    node.gateway.thaw()
    expect(data.before.state).toBe('not-serving')
    expect(outcome).toBe('done')
    expect(node.facts().pid).not.toBe(pid)
  }, 60_000)

  test('without draining interrupts exactly what was shown', async () => {
    const node = fleet.node('new')
    node.gateway.startTurn('agent:main:main')
    const input = { node: 'new', drain: false }
    const plan = await planOperation(fleet.context, actor('operator'), restartNode, input)
    expect(plan.plan.running.value?.map(({ sessionKey }) => sessionKey)).toEqual(['agent:main:main'])
    const report = await runOperation(fleet.context, actor('operator'), restartNode, input, {
      confirmed: plan,
    })
    expect(report.data).toMatchObject({ interrupted: 1, drained: false })
    node.gateway.endTurn()
  })

  test('does not interrupt a turn that began after the question', async () => {
    const node = fleet.node('new')
    const { starts } = node.facts()
    const input = { node: 'new', drain: false }
    const plan = await planOperation(fleet.context, actor('operator'), restartNode, input)
    node.gateway.startTurn('agent:main:main')
    await expect(
      runOperation(fleet.context, actor('operator'), restartNode, input, { confirmed: plan }),
    ).rejects.toMatchObject({ code: 'plan-changed' })
    expect(node.facts().starts).toBe(starts)
    node.gateway.endTurn()
  })

  test('does not claim success or failure when the node vanishes under it', async () => {
    const node = fleet.node('full')
    const plan = await planOperation(fleet.context, actor('operator'), restartNode, { node: 'full' })
    const work = runOperation(
      fleet.context,
      actor('operator'),
      restartNode,
      { node: 'full' },
      {
        confirmed: plan,
        onProgress: ({ step }) => {
          if (step === 'restarting') void node.ssh.goDark('silent')
        },
      },
    )
    const ended = await work.then(
      ({ outcome }) => outcome,
      (error: { kind: string }) => error.kind,
    )
    await node.ssh.comeBack()
    expect(ended).toBe('unknown')
  }, 40_000)

  test('is refused for a node that cannot be reached', async () => {
    await expect(
      planOperation(fleet.context, actor('operator'), restartNode, { node: 'gone' }),
    ).rejects.toMatchObject({ code: 'node-unreachable', params: { reason: 'connect-refused' } })
  })
})

describe('retire-node and unretire-node', () => {
  test('change the record and nothing on the node', async () => {
    const node = fleet.node('new')
    const { starts, pid } = node.facts()
    const { data, plan } = await confirmed(retireNode, { node: 'new', reason: 'moved' })
    expect(plan).toMatchObject({ reachable: true })
    expect(data).toMatchObject({ mayStillRun: true, node: { state: 'retired', stateReason: 'moved' } })
    expect((await list()).ids).not.toContain('new')
    expect((await list({ state: 'retired' })).ids).toEqual(['new'])
    const back = await runOperation(fleet.context, actor('admin'), unretireNode, { node: 'new' })
    expect(back.data).toMatchObject({ state: 'serving', node: { state: 'active', retiredAt: null } })
    expect(node.facts()).toMatchObject({ starts, pid })
    await expect(
      runOperation(fleet.context, actor('admin'), unretireNode, { node: 'new' }),
    ).rejects.toMatchObject({ code: 'node-not-retired' })
  })

  test('say whether agents may still be running', async () => {
    const gone = await confirmed(retireNode, { node: 'gone' })
    expect(gone.plan).toMatchObject({ reachable: false, state: 'unreachable' })
    // Nobody has ever seen its agents: that is not the same as having none.
    expect(gone.plan.agents).toMatchObject({ freshness: 'unknown', reason: { code: 'connect-refused' } })
    expect(gone.data.mayStillRun).toBe(true)
    const stopped = await confirmed(retireNode, { node: 'stopped' })
    expect(stopped.data.mayStillRun).toBe(false)
  })
})

describe('register-node', () => {
  const given = (node: SandboxNode, id: string) => ({
    id,
    host: node.host,
    sshPort: node.sshPort,
    sshUser: node.user,
  })

  test('refuses an id or an address that is taken, and an address that is silent', async () => {
    const plan = (input: object) => planOperation(fleet.context, actor('admin'), registerNode, input)
    await expect(plan({ ...given(fleet.node('fresh'), 'NEW') })).rejects.toMatchObject({
      code: 'node-exists',
    })
    await expect(plan(given(fleet.node('old'), 'other'))).rejects.toMatchObject({
      code: 'address-exists',
      params: { node: 'old' },
    })
    await expect(plan(given(fleet.node('gone'), 'other'))).rejects.toMatchObject({ code: 'node-unreachable' })
    await expect(
      plan({ ...given(fleet.node('fresh'), 'other'), sshUser: '-oProxyCommand=x' }),
    ).rejects.toMatchObject({ code: 'invalid-input', params: { field: 'sshUser' } })
  })

  test('saves nothing when the login fails, the key changed, or OpenClaw is not there', async () => {
    const node = fleet.node('fresh')
    await expect(
      confirmed(registerNode, { ...given(node, 'other'), sshUser: 'somebody' }),
    ).rejects.toMatchObject({ code: 'auth-failed', params: { user: 'somebody' } })
    const plan = await planOperation(fleet.context, actor('admin'), registerNode, given(node, 'other'))
    expect(plan.plan).toMatchObject({ known: 'new', hostKey: { fingerprint: node.fingerprint } })
    await node.ssh.changeHostKey()
    await expect(
      runOperation(fleet.context, actor('admin'), registerNode, given(node, 'other'), { confirmed: plan }),
    ).rejects.toMatchObject({ code: 'plan-changed' })
    expect(fleet.context.registry.list().map(({ id }) => id)).not.toContain('other')
  })

  test('saves what answered', async () => {
    const node = fleet.node('fresh')
    const { data, steps } = await confirmed(registerNode, given(node, 'fresh'))
    expect(steps.map(({ step }) => step)).toEqual(['connecting', 'probing', 'saving'])
    expect(data.node).toMatchObject({ gatewayPort: node.gatewayPort, state: 'active' })
    expect(data.snapshot.state).toBe('serving')
    expect(fleet.context.registry.get('fresh').agents.map(({ id }) => id)).toEqual(['main'])
  })
})

describe('node-logs', () => {
  const logs = (input: object, options: Parameters<typeof runOperation>[4] = {}) =>
    runOperation(fleet.context, actor('operator'), nodeLogs, { node: 'old', ...input }, options as object)

  test('hides secrets wherever they stand, and says how many', async () => {
    const node = fleet.node('old')
    const config = await readFile(join(node.home, '.openclaw', 'openclaw.json'), 'utf8')
    const token = (JSON.parse(config) as { gateway: { auth: { token: string } } }).gateway.auth.token
    node.gateway.log('info', `${token} stands alone`)
    node.gateway.log('warn', 'OPENAI_API_KEY=sk-proj-abcdefghijklmnopqrstuvwxyz0123456789')
    node.gateway.log('error', 'Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123')
    const { data } = await logs({ lines: 50 })
    const text = data.lines.join('\n')
    expect(text).toContain('OPENAI_API_KEY')
    expect(text).not.toContain('sk-proj-abcdef')
    expect(text).not.toContain('abcdefghijklmnopqrstuvwxyz0123')
    expect(text).not.toContain(token)
    expect(data.redactions).toBeGreaterThanOrEqual(2)
  })

  test('gives as many lines as asked for', async () => {
    for (let line = 0; line < 20; line += 1) fleet.node('old').gateway.log('info', `line ${line}`)
    const { data } = await logs({ lines: 5 })
    expect(data.lines).toHaveLength(5)
    expect(data.lines.at(-1)).toContain('line 19')
    expect(data).toMatchObject({ followed: false, endedBy: 'lines' })
  })

  test('follow new lines until the time is over', async () => {
    const node = fleet.node('old')
    const timer = setInterval(() => node.gateway.log('info', 'grown'), 100)
    const { data } = await logs({ lines: 2, followSeconds: 2 }).finally(() => clearInterval(timer))
    expect(data).toMatchObject({ followed: true, endedBy: 'time' })
    expect(data.lines.filter((line) => line.includes('grown')).length).toBeGreaterThan(0)
  })

  test('follow until stopped, and leave nothing running on the node', async () => {
    const node = fleet.node('old')
    const running = node.facts().runningCommands
    const stop = new AbortController()
    const onProgress = () => stop.abort()
    const ending = logs({ lines: 2, followSeconds: 60 }, { signal: stop.signal, onProgress })
    expect((await ending).data).toMatchObject({ followed: true, endedBy: 'stopped' })
    await until(() => node.facts().runningCommands <= running)
  })
})
