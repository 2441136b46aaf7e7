import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createInk } from '../../src/cli/ink.ts'
import { questionText } from '../../src/cli/views/told.ts'
import { deletedAgentIn } from '../../src/openclaw/refused-start.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { restartNode } from '../../src/operations/restart-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { restartResult } from '../../src/presenters/restart-node.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const admin = actor('admin')
let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet(
    [
      {
        ...{ id: 'alpha', name: 'Alpha', version: '2026.9.6' },
        agents: [{ id: 'main' }, { id: 'news' }],
        bindings: [{ agent: 'news', channel: 'discord', account: 'news' }],
        timings: { readyMs: 60, stopMs: 10, restartSecMs: 60, crashAfterMs: 20, agentsSettleMs: 100 },
      },
    ],
    { OCM_RESTART_DEADLINE_MS: '30000' },
  )
})
afterAll(() => fleet.close())

const state = () => join(fleet.node('alpha').home, '.openclaw')
const status = async () => (await runOperation(fleet.context, admin, nodeStatus, { node: 'alpha' })).data
async function restart() {
  const confirmed = await planOperation(fleet.context, admin, restartNode, { node: 'alpha' })
  return runOperation(fleet.context, admin, restartNode, { node: 'alpha' }, { confirmed })
}

/** Deletes an agent and puts its database and its entry back, past the gateway's own way to make one. */
async function putBack() {
  const link = fleet.context.nodes.link(fleet.context.registry.get('alpha'))
  const limits = { deadlineMs: 10_000 }
  await link.rpc('agents.delete', { agentId: 'news', deleteFiles: false }, limits)
  mkdirSync(join(state(), 'agents/news/agent'), { recursive: true })
  writeFileSync(join(state(), 'agents/news/agent/openclaw-agent.sqlite'), 'x')
  const { payload } = await link.rpc<{ hash: string }>('config.get', {}, limits)
  const raw = JSON.stringify({ agents: { entries: { news: { name: 'news' } } } })
  await link.rpc('config.patch', { raw, baseHash: payload.hash }, limits).catch(() => undefined)
}

describe('a deleted agent that was put back by hand', () => {
  test('is named as the cause of a gateway that refuses to start, with its own way out', async () => {
    await putBack()
    await expect
      .poll(async () => (await status()).snapshot.reason, { timeout: 25_000 })
      .toMatchObject({ code: 'agent-deleted', params: { agent: 'news' } })
    const { snapshot, anomalies } = await status()
    expect(snapshot.state).toBe('service-down')
    expect(snapshot.service.exitStatus.value).toBe(78)
    expect(anomalies[0]).toMatchObject({
      code: 'agent-deleted',
      severity: 'critical',
      params: { agent: 'news' },
    })
  })

  test('makes a restart fail at once, which says what ends it', async () => {
    const report = await restart()
    expect(report.outcome).toBe('failed')
    expect(report.data.after.reason).toMatchObject({ code: 'agent-deleted' })
    const ink = createInk('en', false, () => Date.now())
    const told = questionText(restartResult(report, ink), ink)
    expect(told).toContain('remove the agent’s entry and its bindings from openclaw.json')
    expect(told).toContain('move agents/news out of the OpenClaw directory')
  })

  test('serves again once it is taken out as advised', async () => {
    const file = join(state(), 'openclaw.json')
    const config = JSON.parse(readFileSync(file, 'utf8'))
    delete config.agents.entries.news
    writeFileSync(file, JSON.stringify(config))
    renameSync(join(state(), 'agents/news'), join(fleet.node('alpha').home, 'news-put-aside'))
    const { outcome, data } = await restart()
    expect({ outcome, reason: data.after.reason }).toEqual({ outcome: 'done', reason: null })
  })

  test('is recognised in the recorded words alone', () => {
    const line =
      '- Skipped agent database migration for /home/oc/.openclaw/agents/news/agent/openclaw-agent.sqlite: Error: OpenClaw agent database is unavailable while agent news is deleted.'
    expect(deletedAgentIn(line)).toBe('news')
    expect(deletedAgentIn('agent database is unavailable while agent $(id) is deleted')).toBeNull()
    expect(deletedAgentIn('Invalid config: gateway.port')).toBeNull()
  })
})
