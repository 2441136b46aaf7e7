import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compactSession } from '../../src/operations/compact-session.ts'
import { listSessions } from '../../src/operations/list-sessions.ts'
import { nodeLogs } from '../../src/operations/node-logs.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import type { Operation, Outcome } from '../../src/operations/operation.ts'
import { preventOverflow } from '../../src/operations/prevent-overflow.ts'
import { resetSession } from '../../src/operations/reset-session.ts'
import { restartNode } from '../../src/operations/restart-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { OPENCLAW_VERSIONS, type OpenClawVersion } from '../../src/sandbox/nodes/releases.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { sampleOf } from '../support/sample.ts'

const VERSIONS = sampleOf(OPENCLAW_VERSIONS)
const NEAR = 'agent:main:main'
const OTHER = 'agent:ops:main'
const UNCOUNTED = 'agent:ops:uncounted'
const TIMINGS = { readyMs: 100, stopMs: 30, restartSecMs: 100, compactMs: 100, tickMs: 1_000 }

let fleet: Fleet
const idOf = (version: OpenClawVersion) => `v${version.replaceAll('.', '-')}`

beforeAll(async () => {
  fleet = await startFleet(
    VERSIONS.map((version) => ({
      id: idOf(version),
      name: version,
      version,
      agents: [
        { id: 'main', sessions: [{ key: NEAR, totalTokens: 160_000 }] },
        {
          id: 'ops',
          sessions: [
            { key: OTHER, totalTokens: 120_000 },
            { key: UNCOUNTED, totalTokens: 172_000, compactionSizeKnown: false },
          ],
        },
      ],
      timings: TIMINGS,
    })),
    { OCM_RESTART_DEADLINE_MS: '30000' },
  )
}, 60_000)
afterAll(() => fleet.close())

async function confirmed<Input, Result, Step, Plan>(
  operation: Operation<Input, Result, Step, Plan>,
  input: unknown,
) {
  const plan = await planOperation(fleet.context, actor('admin'), operation, input)
  const { outcome, data } = await runOperation(fleet.context, actor('admin'), operation, input, {
    confirmed: plan,
  })
  return { plan: plan.plan, outcome: outcome as Outcome, data }
}

const status = async (node: string) =>
  (await runOperation(fleet.context, actor('viewer'), nodeStatus, { node })).data.snapshot
const usedOf = async (node: string, key: string) =>
  (await status(node)).sessions.value?.find((session) => session.key === key)?.context.used

describe.each(VERSIONS)('on OpenClaw %s', (version) => {
  const node = idOf(version)

  test('a status tells the version and every session', async () => {
    const snapshot = await status(node)
    expect(snapshot).toMatchObject({ state: 'serving', reason: null })
    expect(snapshot.install.version.value).toBe(version)
    expect(snapshot.sessions.value?.map(({ key }) => key).sort()).toEqual([NEAR, OTHER, UNCOUNTED].sort())
  })

  test('the session near the refusal is counted against what the provider accepts', async () => {
    const { data } = await runOperation(fleet.context, actor('viewer'), listSessions, { node })
    const near = data.sessions.find(({ session }) => session.key === NEAR)?.session.context
    const reserve = near?.reserve ?? 0
    // The level of thinking that the release has by default: off or low.
    expect([32_000, 34_048]).toContain(reserve)
    expect(near).toMatchObject({ reserveFrom: 'model', headroom: { value: 40_000 - reserve } })
  })

  test('a compaction is done', async () => {
    const { outcome, data } = await confirmed(compactSession, { node, session: NEAR })
    expect(outcome).toBe('done')
    expect(data.after.value).toBeLessThan(160_000)
  })

  test('a compaction whose size the model does not tell is done, and says when it will be known', async () => {
    const { outcome, data } = await confirmed(compactSession, { node, session: UNCOUNTED })
    expect(outcome).toBe('done')
    const keeps = OPENCLAW_VERSIONS.indexOf(version) < OPENCLAW_VERSIONS.indexOf('2026.4.14')
    expect(data.after).toMatchObject(
      keeps
        ? { freshness: 'stale', value: 172_000, reason: { code: 'counter-before-compaction' } }
        : { freshness: 'unknown', reason: { code: 'counter-after-compaction' } },
    )
    // From then on, for everyone who looks, until a turn has counted again.
    expect((await usedOf(node, UNCOUNTED))?.freshness).not.toBe('fresh')
    expect(await fleet.node(node).gateway.grow(UNCOUNTED, 500)).toBe('done')
    expect((await usedOf(node, UNCOUNTED))?.freshness).toBe('fresh')
  })

  test('a reset is done', async () => {
    const { outcome } = await confirmed(resetSession, { node, session: OTHER })
    expect(outcome).toBe('done')
    const { totalTokens, turns } =
      fleet
        .node(node)
        .gateway.sessions()
        .find(({ key }) => key === OTHER) ?? {}
    expect({ totalTokens, turns }).toMatchObject({ totalTokens: 0 })
  })

  test('a cap against the overflow is set and read back', async () => {
    const { outcome, data } = await confirmed(preventOverflow, { node, session: NEAR })
    expect(outcome).toBe('done')
    expect(data.verified).toBe(data.after)
    expect(data.path).toMatch(
      OPENCLAW_VERSIONS.indexOf(version) < OPENCLAW_VERSIONS.indexOf('2026.5.12')
        ? /reserveTokensFloor$/
        : /contextTokens$/,
    )
  })

  test('a restart is done when a new process serves', async () => {
    const before = fleet.node(node).facts()
    const { outcome } = await confirmed(restartNode, { node })
    expect(outcome).toBe('done')
    expect(fleet.node(node).facts().starts).toBe(before.starts + 1)
  })

  test('the sessions of a stopped gateway are read from where they lie, and counted as before', async () => {
    const live = (await status(node)).sessions.value?.find(({ key }) => key === UNCOUNTED)?.context
    await fleet.node(node).gateway.stopService()
    const { state, sessions } = await status(node)
    await fleet.node(node).gateway.startService()
    expect(state).toBe('service-down')
    const inFiles = OPENCLAW_VERSIONS.indexOf(version) < OPENCLAW_VERSIONS.indexOf('2026.8.1')
    expect(sessions).toMatchObject({ freshness: 'stale', source: inFiles ? 'store-file' : 'cli' })
    const context = sessions.value?.find(({ key }) => key === UNCOUNTED)?.context
    expect(context).toMatchObject({ reserveFrom: 'model' })
    expect(context?.used).toMatchObject({ freshness: 'stale', value: live?.used.value })
    expect(context?.window.value).toBe(live?.window.value)
    // A level of thinking that only the live row tells is not in the configuration: the usual one is assumed then.
    expect(context?.reserve).toBe(Math.max(34_048, live?.reserve ?? 0))
  })

  test('the log is read', async () => {
    const { data } = await runOperation(fleet.context, actor('operator'), nodeLogs, { node, lines: 20 })
    expect(data.lines.length).toBeGreaterThan(0)
  })
})

describe('a compaction during which the gateway says nothing', () => {
  test('longer than a connection may be silent is waited for and done', async () => {
    const node = idOf('2026.5.12')
    const { gateway } = fleet.node(node)
    gateway.setSession(NEAR, { totalTokens: 160_000 })
    const called = fleet.node(node).facts().calls.length
    const running = confirmed(compactSession, { node, session: NEAR })
    await expect
      .poll(() => fleet.node(node).facts().calls.slice(called), { timeout: 15_000 })
      .toContain('sessions.compact')
    gateway.freeze()
    // The gateway ticks every second here: a connection is given up after two of them, unless work is under way.
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    gateway.thaw()
    expect((await running).outcome).toBe('done')
  })
})
