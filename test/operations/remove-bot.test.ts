import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unknown } from '../../src/base/reading.ts'
import { createInk } from '../../src/cli/ink.ts'
import { questionText, resultText } from '../../src/cli/views/told.ts'
import type { Actor } from '../../src/operations/access.ts'
import { findBackup } from '../../src/operations/backups.ts'
import { listBots } from '../../src/operations/list-bots.ts'
import { type RemoveBotStep, removeBot } from '../../src/operations/remove-bot.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { removeBotPlan, removeBotResult } from '../../src/presenters/remove-bot.ts'
import type { OpenClawVersion } from '../../src/sandbox/nodes/releases.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const admin = actor('admin')
const ink = createInk('en', false, () => 0)
const timings = { readyMs: 80, stopMs: 20, agentsSettleMs: 400, tickMs: 1_000 }
const VERSIONS = ['2026.2.17', '2026.6.8', '2026.9.6'] as const
const idOf = (version: OpenClawVersion) => `v${version.replaceAll('.', '-')}`
const NEW = idOf('2026.9.6')
let fleet: Fleet

const bot = (id: string) => ({
  id,
  sessions: [
    { key: `agent:${id}:main`, totalTokens: 40_000 },
    { key: `agent:${id}:two`, totalTokens: 4_000 },
  ],
})

beforeAll(async () => {
  fleet = await startFleet(
    [
      ...VERSIONS.map((version) => ({
        ...{ id: idOf(version), name: version, version, timings },
        agents: ['main', 'ops', 'late', 'mute', 'revoked', 'kept'].map(bot),
        bindings: [
          { agent: 'main', channel: 'telegram' },
          { agent: 'ops', channel: 'discord', account: 'ops' },
        ],
      })),
      { id: 'alone', name: 'Alone', version: '2026.9.6', timings, agents: [bot('main')] },
      { id: 'torn', name: 'Torn', version: '2026.2.17', timings, agents: [bot('main'), bot('ops')] },
    ],
    { OCM_BACKUP_FREE_MB: '1', OCM_STATUS_DEADLINE_MS: '8000' },
  )
})
afterAll(() => fleet.close())

const callsOf = (node: string) => fleet.node(node).facts().calls
const sessionsOf = (node: string, id: string) =>
  fleet
    .node(node)
    .gateway.sessions()
    .filter(({ agentId }) => agentId === id)
const configPath = (node: string) => join(fleet.node(node).home, '.openclaw/openclaw.json')
const plan = (node: string, id: string, who: Actor = admin) =>
  planOperation(fleet.context, who, removeBot, { node, id })
async function remove(node: string, id: string, onProgress: (step: RemoveBotStep) => void = () => {}) {
  const confirmed = await plan(node, id)
  return runOperation(fleet.context, admin, removeBot, { node, id }, { confirmed, onProgress })
}

describe.each(VERSIONS)('remove-bot on OpenClaw %s', (version) => {
  const node = idOf(version)

  test('says what there is to lose', async () => {
    const { plan: shown } = await plan(node, 'ops')
    expect(shown).toMatchObject({ botId: 'ops', bindings: ['discord:ops'], sessions: { value: 2 } })
    const text = questionText(removeBotPlan(shown, ink), ink)
    expect(text).toContain('All its sessions are destroyed')
    expect(text).toContain('discord:ops')
  })

  test('backs up the node, deletes the agent, and is done when agent and bindings are gone', async () => {
    const steps: string[] = []
    const report = await remove(node, 'ops', ({ step }) => steps.push(step))
    const { outcome, data } = report
    expect({ outcome, parts: data.parts }).toEqual({
      outcome: 'done',
      parts: [
        { part: 'agent', state: 'done', reason: null },
        { part: 'bindings', state: 'done', reason: null },
      ],
    })
    expect(steps.indexOf('verified')).toBeGreaterThan(-1)
    expect(steps.indexOf('verified')).toBeLessThan(steps.indexOf('deleting'))
    const backup = await findBackup(fleet.context.backups, node, data.backup.id)
    expect(backup.verified?.sound).toBe(true)
    expect(resultText(removeBotResult(report, ink), report, ink)).toContain(data.backup.id)
    expect(sessionsOf(node, 'ops')).toEqual([])
    expect(readFileSync(configPath(node), 'utf8')).not.toContain('"ops"')
  })

  test('a list from memory no longer has it, and still knows the sessions of the others', async () => {
    const { data } = await runOperation(fleet.context, admin, listBots, { node })
    const bots = data.nodes[0]?.bots.value ?? []
    expect(bots.map(({ id }) => id)).not.toContain('ops')
    expect(bots.find(({ id }) => id === 'main')?.sessions).toMatchObject({ freshness: 'fresh', value: 2 })
    expect(fleet.context.registry.get(node).agents.map(({ id }) => id)).not.toContain('ops')
  })

  test('an answer that says unavailable is read back', async () => {
    fleet.node(node).gateway.spoilAnswer('agents.delete', 'unavailable')
    expect((await remove(node, 'late')).outcome).toBe('done')
  })

  test('the default bot is kept, with the reason', async () => {
    await expect(plan(node, 'main')).rejects.toMatchObject({
      code: 'bot-kept',
      kind: 'refused',
      params: { why: 'default' },
    })
  })
})

describe('remove-bot', () => {
  test('silence after it was sent is read back', async () => {
    fleet.node(NEW).gateway.spoilAnswer('agents.delete', 'silent')
    const running = remove(NEW, 'mute')
    await expect.poll(() => callsOf(NEW).at(-1), { timeout: 20_000 }).toBe('agents.delete')
    fleet.node(NEW).ssh.dropConnections()
    expect((await running).outcome).toBe('done')
  })

  test('sessions that cannot be read for a while afterwards are asked for again', async () => {
    const { outcome } = await remove(NEW, 'revoked', ({ step }) => {
      if (step === 'reading-back-removal') fleet.node(NEW).gateway.spoilAnswer('sessions.list', 'unavailable')
    })
    expect(outcome).toBe('done')
    const calls = callsOf(NEW)
    const afterwards = calls.slice(calls.lastIndexOf('agents.delete'))
    expect(afterwards.filter((method) => method === 'sessions.list').length).toBeGreaterThan(1)
    expect(fleet.context.snapshots.get(NEW)?.sessions).toMatchObject({ freshness: 'fresh', source: 'rpc' })
  })

  test('a refusal fails, keeps the bot and still names the backup', async () => {
    fleet.node(NEW).gateway.spoilAnswer('agents.delete', 'refused')
    const { outcome, data } = await remove(NEW, 'kept')
    expect({ outcome, parts: data.parts }).toMatchObject({
      outcome: 'failed',
      parts: [{ part: 'agent', state: 'failed', reason: { code: 'gateway-error' } }],
    })
    expect(data.backup).toMatchObject({ outcome: 'done' })
    expect(sessionsOf(NEW, 'kept')).toHaveLength(2)
  })

  test('without a whole backup nothing is asked of the node', async () => {
    const before = readFileSync(configPath('torn'), 'utf8')
    const changed = JSON.parse(before) as { agents: { list: object[] } }
    changed.agents.list.push({ id: 'lost', workspace: '/no/such/workspace' })
    writeFileSync(configPath('torn'), JSON.stringify(changed))
    const report = await remove('torn', 'ops')
    expect([report.outcome, report.data.backup.outcome, report.data.parts]).toEqual(['failed', 'partial', []])
    expect(callsOf('torn')).not.toContain('agents.delete')
    expect(sessionsOf('torn', 'ops')).toHaveLength(2)
    expect(resultText(removeBotResult(report, ink), report, ink)).toContain('nothing was deleted')
    writeFileSync(configPath('torn'), before)
  })

  test('a backup that breaks off ends the run before anything is deleted', async () => {
    const stopped = new AbortController()
    const confirmed = await plan('torn', 'ops')
    const input = { node: 'torn', id: 'ops' }
    const running = runOperation(fleet.context, admin, removeBot, input, {
      ...{ confirmed, signal: stopped.signal },
      onProgress: ({ step }) => step === 'transferring' && stopped.abort(),
    })
    await expect(running).rejects.toMatchObject({ code: 'backup-stopped' })
    expect(callsOf('torn')).not.toContain('agents.delete')
  })

  test('the only bot is kept, and one whose workspace another bot works in', async () => {
    await expect(plan('alone', 'main')).rejects.toMatchObject({ code: 'bot-kept', params: { why: 'last' } })
    const before = readFileSync(configPath('torn'), 'utf8')
    const changed = JSON.parse(before) as { agents: { list: { id: string; workspace?: string }[] } }
    const shared = join(fleet.node('torn').home, 'shared')
    mkdirSync(join(shared, 'ops'), { recursive: true })
    for (const agent of changed.agents.list)
      agent.workspace = agent.id === 'ops' ? join(shared, 'ops') : shared
    writeFileSync(configPath('torn'), JSON.stringify(changed))
    await expect(plan('torn', 'ops')).rejects.toMatchObject({ code: 'bot-kept', params: { why: 'shared' } })
    const link = join(fleet.node('torn').home, 'link')
    symlinkSync(shared, link)
    for (const agent of changed.agents.list) if (agent.id === 'ops') agent.workspace = join(link, 'ops')
    writeFileSync(configPath('torn'), JSON.stringify(changed))
    await expect(plan('torn', 'ops')).rejects.toMatchObject({ code: 'bot-kept', params: { why: 'shared' } })
    writeFileSync(configPath('torn'), before)
  })

  test('refuses a bot that is not there, and whoever is no admin', async () => {
    await expect(plan(NEW, 'nobody')).rejects.toMatchObject({ code: 'unknown-bot', kind: 'usage' })
    await expect(plan(NEW, 'kept', actor('operator'))).rejects.toMatchObject({ code: 'not-allowed' })
  })

  test('sessions that could not be counted are not told as none', async () => {
    const { plan: shown } = await plan(NEW, 'kept')
    const text = questionText(
      removeBotPlan({ ...shown, sessions: unknown({ code: 'deadline' }, 0) }, ink),
      ink,
    )
    expect(text).toMatch(/Sessions.*unknown/)
  })
})
