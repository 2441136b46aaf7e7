import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { nodeLogs } from '../../src/operations/node-logs.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { registerNode } from '../../src/operations/register-node.ts'
import type { RestartStep } from '../../src/operations/restart-node.ts'
import { restartNode } from '../../src/operations/restart-node.ts'
import { retireNode, unretireNode } from '../../src/operations/retire-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import type { Undo } from './faults.ts'
import type { Fleet } from './fleet.ts'
import { ADMIN, approvedKey, openProduct, type Product } from './product.ts'
import { sharedFleet } from './shared-fleet.ts'

let fleet: Fleet
let product: Product
const undos: Undo[] = []

beforeAll(async () => {
  fleet = await sharedFleet()
  product = await openProduct(fleet, ['boreas', 'cirrus'])
})

afterEach(async () => {
  await Promise.all(undos.splice(0).map((undo) => undo()))
})

afterAll(async () => {
  await product?.close()
})

describe('status', () => {
  test.each(['boreas', 'cirrus'])('shows of %s what the node itself says', async (name) => {
    const gateway = fleet.gateway(name)
    const { outcome, data } = await product.run(nodeStatus, { node: name })
    const { snapshot } = data
    expect(outcome).toBe('done')
    expect(snapshot).toMatchObject({ state: 'serving', reason: null })
    expect(snapshot.install.version.value).toBe(gateway.version)
    expect(snapshot.host.hostname.value).toBe(name)
    expect(snapshot.service.linger.value).toBe(true)
    const pid = Number(await gateway.systemctl('show --property=MainPID --value'))
    expect(snapshot.service).toMatchObject({
      unit: { value: 'openclaw-gateway.service' },
      pid: { value: pid },
    })
    expect(snapshot.agents.value?.map(({ id }) => id).sort()).toEqual([...gateway.agents].sort())
    const shown = snapshot.sessions.value?.map(({ key, context }) => [key, context.used.value])
    const told = (await gateway.sessions()).map((row) => [row.key, row.totalTokens ?? null])
    expect(Object.fromEntries(shown ?? [])).toEqual(Object.fromEntries(told))
    const disk = await fleet.node(name).ssh('df -kP ~ | tail -n 1')
    expect(snapshot.host.disk.value?.totalBytes).toBe(Number(disk.stdout.split(/\s+/)[1]) * 1024)
  })
})

describe('logs', () => {
  test.each(['boreas', 'cirrus'])('reads the journal of %s without its secrets', async (name) => {
    const { outcome, data } = await product.run(nodeLogs, { node: name, lines: 200 })
    expect(outcome).toBe('done')
    expect(data.source).toBe('journal')
    expect(data.lines.length).toBeGreaterThan(5)
    expect(data.lines.join('\n')).not.toContain(fleet.gateway(name).token)
  })

  test('follows the live log for as long as was asked', async () => {
    const lines: string[] = []
    const following = product.run(nodeLogs, { node: 'boreas', lines: 1, followSeconds: 10 }, (step) => {
      lines.push(...step.lines)
    })
    let ended = false
    void following.finally(() => {
      ended = true
    })
    // A client with a wrong token is something that the gateway writes down.
    while (!ended) await fleet.gateway('boreas').greets('not-the-token')
    const { data } = await following
    expect(data).toMatchObject({ followed: true, endedBy: 'time' })
    expect(lines).toEqual(data.lines)
    expect(lines.length).toBeGreaterThan(1)
  })
})

describe('restart', () => {
  test.each(['boreas', 'cirrus'])('of %s through systemd is done when a new gateway serves', async (name) => {
    const gateway = fleet.gateway(name)
    const steps: RestartStep['step'][] = []
    const { outcome, data } = await product.run(restartNode, { node: name }, ({ step }) => steps.push(step))
    // Asked in the same moment: a restart that is called done before the gateway serves is a lie.
    expect(await gateway.greets(gateway.token)).toBe(true)
    expect(outcome).toBe('done')
    expect(data).toMatchObject({ method: 'systemd', after: { state: 'serving' } })
    expect(data.after.pid).toBe(Number(await gateway.systemctl('show --property=MainPID --value')))
    expect(data.after.pid).not.toBe(data.before.pid)
    expect(data.secondsToServe).toBeGreaterThan(0.5)
    expect(steps).toEqual(expect.arrayContaining(['checking', 'restarting', 'waiting', 'verified']))
    process.stdout.write(`restart of ${gateway.version}: ${data.secondsToServe?.toFixed(1)} s to serve\n`)
  })

  test('of a node whose configuration is broken fails with the reason and the log', async () => {
    undos.push(await fleet.node('boreas').faults.configBroken())
    const { outcome, data } = await product.run(restartNode, { node: 'boreas' })
    expect(outcome).toBe('failed')
    expect(data.after).toMatchObject({ state: 'service-down', reason: { code: 'config-invalid' } })
    expect(data.secondsToServe).toBeNull()
    expect(data.logTail.join('\n')).toMatch(/config/i)
  })

  test('of a node that crash-loops fails with the reason and the log', async () => {
    undos.push(await fleet.node('cirrus').faults.gatewayCrashLooping())
    const { outcome, data } = await product.run(restartNode, { node: 'cirrus' })
    expect(outcome).toBe('failed')
    expect(data.after).toMatchObject({ state: 'service-down', reason: { code: 'service-crash-looping' } })
    expect(data.logTail.length).toBeGreaterThan(0)
  })
})

describe('retire and unretire', () => {
  test('take a node out of the list and back, and leave its gateway alone', async () => {
    const gateway = fleet.gateway('cirrus')
    const pid = await gateway.systemctl('show --property=MainPID --value')
    const retired = await product.run(retireNode, { node: 'cirrus', reason: 'moving house' })
    expect(retired).toMatchObject({
      outcome: 'done',
      data: { mayStillRun: true, node: { state: 'retired', stateReason: 'moving house' } },
    })
    expect([...(await product.list()).keys()]).not.toContain('cirrus')
    expect(await gateway.systemctl('show --property=MainPID --value')).toBe(pid)
    const back = await product.run(unretireNode, { node: 'cirrus' })
    expect(back).toMatchObject({ outcome: 'done', data: { state: 'serving', node: { state: 'active' } } })
    expect((await product.list()).get('cirrus')?.row.state).toBe('serving')
  })

  test('retire works for a node that cannot be reached, and says that it may still run', async () => {
    undos.push(await fleet.node('cirrus').faults.packetsDropped())
    await product.context.nodes.forget('cirrus')
    const { data } = await product.run(retireNode, { node: 'cirrus' })
    expect(data).toMatchObject({ mayStillRun: true, state: 'unreachable' })
    await undos.pop()?.()
    expect((await product.run(unretireNode, { node: 'cirrus' })).data.state).toBe('serving')
  })
})

describe('register', () => {
  const input = (name: string) => {
    const { host, login } = fleet.node(name)
    return { id: name, host, sshUser: login, tags: ['new'] }
  }

  test('shows the host key that the node has, and saves the node with it once approved', async () => {
    const key = await approvedKey(fleet.node('atlas'))
    const planned = await planOperation(product.context, ADMIN, registerNode, input('atlas'))
    expect(planned.plan).toMatchObject({
      known: 'new',
      hostKey: { type: key.type, key: key.key, fingerprint: key.fingerprint },
    })
    expect(product.context.registry.list().map(({ id }) => id)).not.toContain('atlas')
    const report = await runOperation(product.context, ADMIN, registerNode, input('atlas'), {
      confirmed: planned,
    })
    expect(report.outcome).toBe('done')
    expect(report.data.node).toMatchObject({
      id: 'atlas',
      gatewayPort: fleet.node('atlas').gatewayPort,
      hostKeys: [{ fingerprint: key.fingerprint, approvedBy: 'cli:tester' }],
    })
    expect(report.data.node.agents.map(({ id }) => id).sort()).toEqual(['main', 'research'])
    expect((await product.list()).get('atlas')?.row.state).toBe('serving')
  })

  test('saves nothing when the host key is another one after the approval', async () => {
    const planned = await planOperation(product.context, ADMIN, registerNode, input('dune'))
    undos.push(await fleet.node('dune').faults.hostKeyChanged())
    await expect(
      runOperation(product.context, ADMIN, registerNode, input('dune'), { confirmed: planned }),
    ).rejects.toMatchObject({ code: 'plan-changed' })
    expect(product.context.registry.list().map(({ id }) => id)).not.toContain('dune')
  })

  test('refuses a machine without OpenClaw and a login that is not let in', async () => {
    await expect(product.run(registerNode, input('dune'))).rejects.toMatchObject({ code: 'openclaw-missing' })
    await expect(product.run(registerNode, { ...input('dune'), sshUser: 'nobody' })).rejects.toMatchObject({
      code: 'auth-failed',
    })
    expect(product.context.registry.list().map(({ id }) => id)).not.toContain('dune')
  })
})
