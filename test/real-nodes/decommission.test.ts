import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type DecommissionStep, decommissionNode } from '../../src/operations/decommission-node.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { en } from '../../src/text/en/index.ts'
import type { Undo } from './faults.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { killedAt } from './killed-ocm.ts'
import { openProduct, type Product } from './product.ts'

// Its nodes are gone afterwards, so it has a fleet of its own.
let fleet: Fleet
let product: Product
const undos: Undo[] = []

beforeAll(async () => {
  fleet = await startFleet({
    nodes: [
      {
        name: 'new',
        openclaw: '2026.9.6',
        agents: ['main', 'research'],
        sessions: [{ agent: 'main', tokens: 15_000 }],
      },
      { name: 'old', openclaw: '2026.2.17', sessions: [{ agent: 'main', tokens: 20_000 }] },
    ],
  })
  product = await openProduct(fleet)
})
afterEach(async () => {
  for (const undo of undos.splice(0)) await undo()
})
afterAll(async () => {
  await product?.close()
  await fleet?.stop()
})

const user = async (name: string, command: string) => (await fleet.node(name).user(command)).stdout
const stateOf = async (name: string) => (await product.run(nodeStatus, { node: name })).data.snapshot.state
const decommission = (name: string, onStep?: (step: DecommissionStep) => void) =>
  product.run(decommissionNode, { node: name, confirm: name }, onStep)

/** What is left of OpenClaw on a node: its folder, its unit, its processes and its port. */
async function remains(name: string): Promise<string[]> {
  const port = fleet.node(name).gatewayPort
  const said = await user(
    name,
    `ls -d ~/.openclaw ~/.openclaw.* ~/.config/systemd/user/openclaw* 2>/dev/null
    ps -u oc -o args= | grep '[o]penclaw' | grep -v '^sh -c'
    ss -Hltn 'sport = :${port}'
    systemctl --user list-units --all --no-legend 'openclaw*'`,
  )
  return said.split('\n').filter((line) => line.trim() !== '')
}

describe('a decommission of a real node', () => {
  test('leaves it serving when its disk is full while it is backed up', async () => {
    const before = await remains('new')
    undos.push(await fleet.node('new').faults.diskFull())
    const ended = await decommission('new').catch((error: Error & { code?: string }) => error)
    for (const undo of undos.splice(0)) await undo()
    if ('data' in ended) expect(ended.data).toMatchObject({ state: 'as-before', removed: [] })
    else expect(ended).toMatchObject({ code: expect.any(String) })
    await expect.poll(() => stateOf('new'), { timeout: 120_000, interval: 1_000 }).toBe('serving')
    expect(await remains('new')).toEqual(before)
  })

  test('goes on where ocm was killed, and is gone with a sound backup', async () => {
    const words = ['node', 'decommission', 'new', '--confirm', 'new', '--yes']
    await killedAt(product, fleet, words, en['decommission-step.rename'])
    const begun = await product.context.decommissions.get('new')
    expect(begun?.step).toBe('rename')
    const { outcome, data } = await decommission('new')
    expect([outcome, data.state, data.fault]).toEqual(['done', 'gone', null])
    expect(await remains('new')).toEqual([])
    expect(product.context.registry.get('new').state).toBe('retired')
    const backup = (await product.context.backups.list('new')).find(({ id }) => id === data.backup)
    expect(backup?.verified?.sound).toBe(true)
    console.log(`new: ${JSON.stringify(data.steps)}, stays ${JSON.stringify(data.stays)}`)
  })

  test('takes an old OpenClaw off in one go, and what is not its own stays', async () => {
    await user('old', 'mkdir -p ~/papers && echo mine > ~/papers/note && ln -s ~/papers ~/.openclaw/papers')
    const { outcome, data } = await decommission('old')
    expect([outcome, data.state, data.fault]).toEqual(['done', 'gone', null])
    expect(await remains('old')).toEqual([])
    expect(await user('old', 'cat ~/papers/note')).toBe('mine\n')
    console.log(`old: ${JSON.stringify(data.steps)}, stays ${JSON.stringify(data.stays)}`)
  })
})
