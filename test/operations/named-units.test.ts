import { chmod, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { editNode } from '../../src/operations/edit-node.ts'
import { nodeLogs } from '../../src/operations/node-logs.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import type { Operation } from '../../src/operations/operation.ts'
import { registerNode } from '../../src/operations/register-node.ts'
import { restartNode } from '../../src/operations/restart-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const admin = actor('admin')
const agents = [{ id: 'main', sessions: [] }]
const timings = { readyMs: 150, stopMs: 50, restartSecMs: 100, drainMs: 200 }
const unit = { name: 'claw.service', level: 'system' as const }

let fleet: Fleet

beforeAll(async () => {
  const common = { version: '2026.9.6' as const, agents, timings }
  fleet = await startFleet(
    [
      { id: 'alpha', name: 'Alpha', ...common, unit },
      { id: 'beta', name: 'Beta', ...common, unit: { name: 'claw.service', level: 'user' } },
      { id: 'free', name: 'Free', ...common, unit, registered: false },
    ],
    { OCM_RESTART_DEADLINE_MS: '40000', OCM_DRAIN_DEADLINE_MS: '40000' },
  )
})
afterAll(() => fleet.close())

async function confirmed<Input, Result, Step, Plan>(
  operation: Operation<Input, Result, Step, Plan>,
  input: object,
) {
  const plan = await planOperation(fleet.context, admin, operation, input)
  return runOperation(fleet.context, admin, operation, input, { confirmed: plan })
}
const look = async (node: string) => (await runOperation(fleet.context, admin, nodeStatus, { node })).data
const codes = async (node: string) => (await look(node)).anomalies.map(({ code }) => code)

/** Puts a program in front of the machine's own on a node. */
async function program(node: string, name: string, text: string): Promise<void> {
  const path = join(dirname(fleet.node(node).home), 'bin', name)
  await writeFile(path, `#!/bin/sh\n${text}\n`)
  await chmod(path, 0o755)
}

describe('a gateway whose unit has a name of its own', () => {
  test('is restarted by it once it is named', async () => {
    await fleet.node('beta').gateway.stopService()
    expect(await codes('beta')).toContain('service-missing')
    await expect(planOperation(fleet.context, admin, restartNode, { node: 'beta' })).rejects.toMatchObject({
      code: 'restart-impossible',
    })
    const { data } = await confirmed(editNode, { node: 'beta', unit: 'claw' })
    expect(data.changes).toEqual([{ field: 'unit', from: null, to: 'claw.service (user)' }])
    expect(await codes('beta')).toContain('service-down')
    const restarted = await confirmed(restartNode, { node: 'beta' })
    expect(restarted).toMatchObject({ outcome: 'done', data: { method: 'systemd' } })
    const { snapshot } = await look('beta')
    expect(snapshot.service).toMatchObject({
      kind: { value: 'systemd-user' },
      unit: { value: 'claw.service' },
    })
  })

  test('binds what was confirmed: with another unit a plan holds no more', async () => {
    const plan = await planOperation(fleet.context, admin, restartNode, { node: 'beta' })
    await fleet.context.registry.update('beta', (node) => ({ ...node, unit: null }))
    await expect(
      runOperation(fleet.context, admin, restartNode, { node: 'beta' }, { confirmed: plan }),
    ).rejects.toMatchObject({ code: 'plan-changed' })
  })
})

describe('a gateway that a unit of the system runs', () => {
  test('is seen as such, and its log is read', async () => {
    await confirmed(editNode, { node: 'alpha', unit: 'claw.service', unitLevel: 'system' })
    expect(fleet.context.registry.get('alpha').unit).toEqual(unit)
    const { snapshot, anomalies } = await look('alpha')
    expect(snapshot.service).toMatchObject({
      kind: { value: 'systemd-system' },
      unit: { value: 'claw.service' },
      activeState: { value: 'active' },
    })
    expect(anomalies.map(({ code }) => code)).not.toContain('linger-off')
    const { data } = await runOperation(fleet.context, admin, nodeLogs, { node: 'alpha' })
    expect(data.source).toBe('journal')
  })

  test('is restarted by a login that may do so with sudo, and by nobody else', async () => {
    await program('alpha', 'id', '[ "$1" = -u ] && echo 1001 && exit\nexec /usr/bin/id "$@"')
    await program('alpha', 'sudo', 'exit 1')
    await fleet.node('alpha').gateway.stopService()
    const [worst] = (await look('alpha')).anomalies
    expect(worst).toMatchObject({ code: 'system-service-down', params: { unit: 'claw.service' } })
    await expect(planOperation(fleet.context, admin, restartNode, { node: 'alpha' })).rejects.toMatchObject({
      code: 'restart-impossible',
      params: { reason: 'permission-denied' },
    })
    await program('alpha', 'sudo', '[ "$1" = -n ] && shift\n[ "$1" = -l ] && exit 0\nexec "$@"')
    expect(await confirmed(restartNode, { node: 'alpha' })).toMatchObject({
      outcome: 'done',
      data: { method: 'systemd' },
    })
  })

  test('restarts itself where the login has no right and it serves', async () => {
    await program('alpha', 'sudo', 'exit 1')
    const { plan } = await planOperation(fleet.context, admin, restartNode, { node: 'alpha' })
    expect(plan.method).toBe('gateway')
  })

  test('can be named when the node is registered', async () => {
    const { host, sshPort, user } = fleet.node('free')
    const input = { id: 'free', host, sshPort, sshUser: user, unit: 'claw', unitLevel: 'system' }
    const { data } = await confirmed(registerNode, input)
    expect(data.node.unit).toEqual(unit)
    expect(data.snapshot.service.kind.value).toBe('systemd-system')
  })

  test('is refused a name that is none', async () => {
    for (const name of ['a b', '../x', '-x y', 'x;y'])
      await expect(
        planOperation(fleet.context, admin, editNode, { node: 'alpha', unit: name }),
        name,
      ).rejects.toMatchObject({ code: 'invalid-input', params: { field: 'unit', problem: 'unit-name' } })
  })
})
