import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fleetUpdate } from '../../src/operations/fleet-update.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { planOperation } from '../../src/operations/run-operation.ts'
import { en } from '../../src/text/en/index.ts'
import { archives, OPENCLAW } from './archives.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { killedAt } from './killed-ocm.ts'
import { ADMIN, openProduct, type Product } from './product.ts'

const FROM = '2026.2.17'
const NAMES = ['aalen', 'bonn', 'celle']
/** Five minutes: with everything, and not by turns. */
const ALL = process.env.OCM_ALL_REAL === '1'
let fleet: Fleet
let product: Product
let settings: Record<string, string>

beforeAll(async () => {
  if (!ALL) return
  settings = {
    OCM_PROGRAM_SOURCE: await archives(),
    OCM_UPDATE_SOAK_MS: '5000',
    OCM_STATUS_DEADLINE_MS: '60000',
  }
  const node = (name: string) => ({ name, openclaw: FROM, agents: ['main'], diskMb: 4096 }) as const
  fleet = await startFleet({ nodes: NAMES.map(node) })
  product = await openProduct(fleet, undefined, settings)
})
afterAll(async () => {
  await product?.close()
  await fleet?.stop()
})

async function versionOf(node: string) {
  const { snapshot } = (await product.run(nodeStatus, { node })).data
  return `${snapshot.install.version.value} ${snapshot.state}`
}

describe('an update of several real nodes', () => {
  test.runIf(ALL)('whose ocm is killed is gone on with, to its end', async () => {
    const words = ['fleet', 'update', '--to', OPENCLAW, '--yes']
    const line = `aalen ${en['fleet.state.running']} · ${en['update.step.switching']}`
    await killedAt(product, fleet, words, line, settings)
    const { plan } = await planOperation(product.context, ADMIN, fleetUpdate, { to: OPENCLAW })
    expect(plan.nodes.map(({ id, update }) => [id, update?.resumes])).toEqual([
      ['aalen', true],
      ['bonn', false],
      ['celle', false],
    ])
    const { outcome, data, durationMs } = await product.run(fleetUpdate, { to: OPENCLAW })
    console.log(`${outcome} in ${durationMs} ms: ${JSON.stringify(data.rows)}`)
    expect([outcome, data.rows.map(({ state }) => state)]).toEqual(['done', ['done', 'done', 'done']])
    expect(await Promise.all(NAMES.map(versionOf))).toEqual(NAMES.map(() => `${OPENCLAW} serving`))
  })
})
