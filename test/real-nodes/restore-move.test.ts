import { afterAll, beforeAll, expect, test } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { restoreNode } from '../../src/operations/restore-node.ts'
import type { Fleet } from './fleet.ts'
import { openProduct, type Product } from './product.ts'
import { sharedFleet } from './shared-fleet.ts'

const FROM = 'atlas'
const TO = 'boreas'
let fleet: Fleet
let product: Product

beforeAll(async () => {
  fleet = await sharedFleet()
  product = await openProduct(fleet, [FROM, TO])
})
afterAll(() => product?.close())

const told = (name: string) => fleet.gateway(name).conversations()
const user = async (name: string, command: string) => (await fleet.node(name).user(command)).stdout
const secretOf = async (name: string) => {
  const config = JSON.parse(await user(name, 'cat ~/.openclaw/openclaw.json'))
  return { port: config.gateway?.port, auth: config.gateway?.auth }
}
const serving = (name: string) =>
  expect
    .poll(async () => (await product.run(nodeStatus, { node: name })).data.snapshot.state, {
      timeout: 300_000,
      interval: 2_000,
    })
    .toBe('serving')

test('a backup of a real node goes onto another one once the first has stopped', async () => {
  const [sessions, own, before] = [await told(FROM), await secretOf(TO), await told(TO)]
  expect((await product.run(backupNode, { node: FROM })).outcome).toBe('done')
  await expect(product.run(restoreNode, { node: TO, from: FROM })).rejects.toMatchObject({
    code: 'restore-impossible',
    params: { node: FROM, why: 'original-runs' },
  })
  await user(FROM, 'systemctl --user stop openclaw-gateway')
  const { data, outcome, durationMs } = await product.run(restoreNode, { node: TO, from: FROM })
  console.log(
    `${FROM} onto ${TO}: ${outcome}, down ${data.secondsDown} s, run ${durationMs} ms, ${JSON.stringify(data)}`,
  )
  expect(data).toMatchObject({
    state: 'restored',
    serving: true,
    fault: null,
    moved: { from: FROM, suspect: false },
  })
  expect(data.compared).toMatchObject({ agentsMissing: [], fewer: [], unusable: [] })
  expect(await secretOf(TO)).toEqual(own)
  expect(await told(TO)).toEqual(sessions)
  expect((await fleet.gateway(TO).turn('main', 'agent:main:main', 'Who are you now?')).status).toBe('ok')

  // As it was: the state that was put aside is the only other thing there.
  await user(
    TO,
    'systemctl --user stop openclaw-gateway && rm -rf ~/.openclaw && mv ~/.openclaw.before-restore-* ~/.openclaw && systemctl --user start openclaw-gateway',
  )
  await user(FROM, 'systemctl --user start openclaw-gateway')
  await serving(TO)
  await serving(FROM)
  expect(await told(TO)).toEqual(before)
  expect(await told(FROM)).toEqual(sessions)
}, 900_000)
