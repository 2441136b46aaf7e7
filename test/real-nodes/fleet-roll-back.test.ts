import { afterAll, beforeAll, expect, test } from 'vitest'
import { createInk } from '../../src/cli/ink.ts'
import { questionText, resultText } from '../../src/cli/views/told.ts'
import { fleetUpdate } from '../../src/operations/fleet-update.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { planOperation } from '../../src/operations/run-operation.ts'
import { fleetPlan, fleetResult } from '../../src/presenters/fleet.ts'
import { archives, OPENCLAW } from './archives.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { ADMIN, openProduct, type Product } from './product.ts'

const FROM = '2026.2.17' as const
/** One goes first, the next two at once, and at least one is left: six of them with everything. */
const NAMES = ['aalen', 'bonn', 'celle', 'dachau', 'emden', 'fulda'].slice(
  0,
  process.env.OCM_ALL_REAL === '1' ? 6 : 4,
)
/** One of the second wave: the first node has the new version by then. */
const SPOILED = 'celle'
const UPDATED = ['aalen', 'bonn']
const UNTOUCHED = NAMES.slice(3)
const UNIT = 'openclaw-gateway.service'
/** Kills the gateway whenever its unit starts the new version, as one that crashes does. */
const BANE = `while sleep 1; do
systemctl --user show ${UNIT} -p ExecStart | grep -q openclaw-${OPENCLAW} && systemctl --user kill -s KILL ${UNIT}
done`
const INK = createInk('en', false, Date.now)
const ROOM = { nodes: 6, left: 6, versions: 6, groups: 6 }
let fleet: Fleet
let product: Product

beforeAll(async () => {
  const node = (name: string) =>
    ({
      ...{ name, openclaw: FROM, agents: ['main', 'ops'], diskMb: 3072 },
      sessions: [{ agent: 'ops', tokens: 20_000 }],
    }) as const
  fleet = await startFleet({ nodes: NAMES.map(node) })
  product = await openProduct(fleet, undefined, {
    OCM_PROGRAM_SOURCE: await archives(),
    OCM_UPDATE_SOAK_MS: '10000',
    OCM_STATUS_DEADLINE_MS: '60000',
  })
})
afterAll(async () => {
  await product?.close()
  await fleet?.stop()
})

async function seen(node: string) {
  const { snapshot } = (await product.run(nodeStatus, { node })).data
  return {
    state: snapshot.state,
    version: snapshot.install.version.value,
    agents: snapshot.agents.value?.map(({ id }) => id).sort(),
    sessions: snapshot.sessions.value?.map(({ sessionId }) => sessionId).sort(),
  }
}

const unitOf = async (node: string) =>
  (await fleet.node(node).user('cat ~/.config/systemd/user/openclaw-gateway.service')).stdout
const startOf = async (node: string) =>
  (await fleet.node(node).user(`systemctl --user show ${UNIT} -p MainPID -p ExecMainStartTimestampMonotonic`))
    .stdout

test('an update of several real nodes takes back the one that does not pass its gate and leaves the rest alone', async () => {
  const before = new Map(await Promise.all(NAMES.map(async (name) => [name, await seen(name)] as const)))
  for (const [name, was] of before) expect(was, name).toMatchObject({ state: 'serving', version: FROM })
  const [unit, starts] = [await unitOf(SPOILED), await Promise.all(UNTOUCHED.map(startOf))]
  const bane = await fleet.node(SPOILED).user(`systemd-run --user --unit=bane sh -c '${BANE}'`)
  expect(bane.code).toBe(0)

  const { plan } = await planOperation(product.context, ADMIN, fleetUpdate, { to: OPENCLAW })
  const report = await product.run(fleetUpdate, { to: OPENCLAW })
  const { outcome, data, durationMs } = report
  const told = [
    questionText(fleetPlan('update', plan, ROOM, INK), INK),
    resultText(fleetResult('update', report, NAMES.length, ROOM, INK), report, INK),
  ]
  console.log(`${told.join('\n\n')}${durationMs} ms: ${JSON.stringify(data)}`)
  await fleet.node(SPOILED).user('systemctl --user stop bane')

  expect([outcome, data.haltedBy]).toEqual(['partial', SPOILED])
  const states = ['done', 'done', 'failed', ...UNTOUCHED.map(() => 'not-begun')]
  expect(data.rows.map(({ id, state }) => [id, state])).toEqual(
    NAMES.map((name, index) => [name, states[index]]),
  )
  const update = { state: 'rolled-back', serving: true, from: FROM, restored: true }
  expect(data.rows[2]?.update).toMatchObject(update)
  expect(await unitOf(SPOILED)).toBe(unit)
  for (const name of NAMES)
    expect(await seen(name), name).toEqual({
      ...before.get(name),
      version: UPDATED.includes(name) ? OPENCLAW : FROM,
    })
  expect(await Promise.all(UNTOUCHED.map(startOf))).toEqual(starts)
}, 1_200_000)
