import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backupBot } from '../../src/operations/backup-bot.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { removeBot } from '../../src/operations/remove-bot.ts'
import { restoreBot } from '../../src/operations/restore-bot.ts'
import type { Fleet } from './fleet.ts'
import { openProduct, type Product } from './product.ts'
import { sharedFleet } from './shared-fleet.ts'

let fleet: Fleet
let product: Product

beforeAll(async () => {
  fleet = await sharedFleet()
  product = await openProduct(fleet, ['atlas', 'cirrus'])
})
afterAll(() => product?.close())

/** What the gateway itself says of the sessions of an agent, or of all others. */
async function told(name: string, id: string, own = true) {
  const all = await fleet.gateway(name).conversations()
  return all.filter(({ key }) => key.startsWith(`agent:${id}:`) === own)
}
const agentsOf = async (name: string) =>
  (await product.run(nodeStatus, { node: name })).data.snapshot.agents.value?.map(({ id }) => id).sort()

describe.each([
  ['2026.9.6', 'atlas', 'research'],
  ['2026.2.17', 'cirrus', 'support'],
])('one bot of a real node with OpenClaw %s', (_version, name, id) => {
  const restore = async () => {
    const { data, outcome, durationMs } = await product.run(restoreBot, { node: name, id })
    console.log(`${name}: ${outcome} in ${durationMs} ms, ${JSON.stringify(data)}`)
    for (const { path } of data.asides) await fleet.node(name).user(`rm -rf -- '${path}'`)
    return { data, outcome }
  }

  test('comes back with its sessions and tokens, and the others stay as they are', async () => {
    const gateway = fleet.gateway(name)
    await gateway.grow([{ agent: id, key: 'discord:channel:12', tokens: 21_000 }])
    const [agents, sessions] = [await agentsOf(name), await told(name, id)]
    const { data, outcome } = await product.run(backupBot, { node: name, id })
    expect([outcome, data.problem]).toEqual(['done', null])
    await gateway.grow([
      { agent: id, key: 'discord:channel:12', tokens: 33_000 },
      { agent: 'main', key: 'discord:channel:13', tokens: 18_000 },
    ])
    const others = await told(name, id, false)
    expect(await told(name, id)).not.toEqual(sessions)

    const back = await restore()
    expect(back.data).toMatchObject({ state: 'restored', serving: true, fault: null, made: 'no' })
    expect(back.outcome).toBe('done')
    expect(await told(name, id)).toEqual(sessions)
    expect(await told(name, id, false)).toEqual(others)
    expect(await agentsOf(name)).toEqual(agents)
  })

  test('comes back after it was removed, and answers', async () => {
    const [agents, sessions] = [await agentsOf(name), await told(name, id)]
    expect((await product.run(backupBot, { node: name, id })).outcome).toBe('done')
    expect((await product.run(removeBot, { node: name, id })).outcome).toBe('done')
    expect(await agentsOf(name)).not.toContain(id)

    const back = await restore()
    expect(back.data).toMatchObject({ state: 'restored', serving: true, fault: null, made: 'made' })
    expect(back.outcome).toBe('done')
    expect(await agentsOf(name)).toEqual(agents)
    expect(await told(name, id)).toEqual(sessions)
    const { key } = sessions[0] ?? { key: '' }
    expect((await fleet.gateway(name).turn(id, key, 'Still there?')).status).toBe('ok')
  })
})
