import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createInk } from '../../src/cli/ink.ts'
import { resultText } from '../../src/cli/views/told.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { updateNode } from '../../src/operations/update-node.ts'
import { updateResult } from '../../src/presenters/update-node.ts'
import { archives, OPENCLAW } from './archives.ts'
import { must } from './command.ts'
import { type Fleet, type NodeSpec, startFleet } from './fleet.ts'
import { openProduct, type Product } from './product.ts'

/** Ten minutes: with everything, and not by turns. */
const ALL = process.env.OCM_ALL_REAL === '1'
const FROM = '2026.6.8' as const
const INK = createInk('en', false, Date.now)
let fleet: Fleet
let product: Product

beforeAll(async () => {
  if (!ALL) return
  await must(path.join(import.meta.dirname, 'prepare.sh'), [FROM], { timeoutMs: 1_800_000 })
  const node = (name: string): NodeSpec => ({
    ...{ name, openclaw: FROM, agents: ['main'], diskMb: 4096 },
    sessions: [{ agent: 'main', tokens: 20_000 }],
  })
  fleet = await startFleet({ nodes: ['fit', 'mute'].map(node) })
  product = await openProduct(fleet, undefined, {
    OCM_PROGRAM_SOURCE: await archives(),
    OCM_UPDATE_SOAK_MS: '5000',
    OCM_STATUS_DEADLINE_MS: '60000',
    // OpenClaw tries a provider that is away for 100 s before it says so.
    OCM_UPDATE_TURN_MS: '300000',
  })
}, 2_400_000)
afterAll(async () => {
  await product?.close()
  await fleet?.stop()
})

async function seen(node: string) {
  const { snapshot } = (await product.run(nodeStatus, { node })).data
  const keys = snapshot.sessions.value?.map(({ key }) => key)
  return { version: `${snapshot.install.version.value} ${snapshot.state}`, keys: keys?.sort() }
}

async function update(node: string) {
  const report = await product.run(updateNode, { node, to: OPENCLAW, turn: true })
  const { data, durationMs } = report
  console.log(
    `${resultText(updateResult(report, INK), report, INK)}${durationMs} ms: ${JSON.stringify(data.turn)}`,
  )
  return report
}

describe.runIf(ALL)('the gate of an update that may run one turn, on a real node', () => {
  test('has the model answer, and leaves no session', async () => {
    const before = await seen('fit')
    expect(before.version).toBe(`${FROM} serving`)
    const { outcome, data } = await update('fit')
    expect([outcome, data.turn?.state, data.turn?.left]).toEqual(['done', 'answered', null])
    expect(await seen('fit')).toEqual({ version: `${OPENCLAW} serving`, keys: before.keys })
  }, 1_200_000)

  test('takes the node back where no model answers, and leaves no session either', async () => {
    const before = await seen('mute')
    const { code } = await fleet.node('mute').root('systemctl stop standin-provider.service')
    expect(code).toBe(0)
    const { outcome, data } = await update('mute')
    expect([outcome, data.state, data.fault]).toEqual(['failed', 'rolled-back', 'turn-failed'])
    expect(data.turn).toMatchObject({ state: 'failed', left: null })
    expect(await seen('mute')).toEqual(before)
  }, 1_200_000)
})
