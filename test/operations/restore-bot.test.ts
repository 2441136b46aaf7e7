import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backupBot } from '../../src/operations/backup-bot.ts'
import { backupNode } from '../../src/operations/backup-node.ts'
import { listBackups } from '../../src/operations/manage-backups.ts'
import { removeBot } from '../../src/operations/remove-bot.ts'
import { type RestoreBotStep, restoreBot } from '../../src/operations/restore-bot.ts'
import { restoreNode } from '../../src/operations/restore-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import type { OpenClawVersion } from '../../src/sandbox/nodes/releases.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const admin = actor('admin')
const timings = { readyMs: 80, stopMs: 20, agentsSettleMs: 100, tickMs: 1_000, drainMs: 200 }
const VERSIONS = ['2026.2.17', '2026.9.6'] as const
const idOf = (version: OpenClawVersion) => `v${version.replaceAll('.', '-')}`
const NEW = idOf('2026.9.6')
const OLD = idOf('2026.2.17')
let fleet: Fleet

const bot = (id: string) => ({
  ...{ id, name: `The ${id}` },
  sessions: [
    { key: `agent:${id}:main`, totalTokens: 40_000 },
    { key: `agent:${id}:two`, totalTokens: 4_000 },
  ],
})

beforeAll(async () => {
  fleet = await startFleet(
    VERSIONS.map((version) => ({
      ...{ id: idOf(version), name: version, version, timings },
      agents: ['main', 'ops', 'news'].map(bot),
      bindings: [{ agent: 'ops', channel: 'discord', account: 'ops' }],
    })),
    { OCM_BACKUP_FREE_MB: '1', OCM_STATUS_DEADLINE_MS: '8000', OCM_RESTART_DEADLINE_MS: '15000' },
  )
})
afterAll(() => fleet.close())

const stateOf = (node: string) => join(fleet.node(node).home, '.openclaw')
const soulOf = (node: string, id: string) => join(stateOf(node), `workspace-${id}`, 'SOUL.md')
const configOf = (node: string) => readFileSync(join(stateOf(node), 'openclaw.json'), 'utf8')
const sessionsOf = (node: string, id: string) =>
  fleet
    .node(node)
    .gateway.sessions()
    .filter(({ agentId }) => agentId === id)
    .map(({ key, sessionId, totalTokens }) => ({ key, sessionId, totalTokens }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
const leftIn = (node: string) =>
  readdirSync(fleet.node(node).home).filter((name) => name.startsWith('.ocm-') || name.includes('-restore-'))
const tidy = (node: string) => {
  for (const name of leftIn(node)) rmSync(join(fleet.node(node).home, name), { recursive: true, force: true })
}
const backUp = (node: string, id: string) => runOperation(fleet.context, admin, backupBot, { node, id })
const remove = async (node: string, id: string) => {
  const confirmed = await planOperation(fleet.context, admin, removeBot, { node, id })
  return runOperation(fleet.context, admin, removeBot, { node, id }, { confirmed })
}
const plan = async (node: string, id: string, backup = 'latest') =>
  planOperation(fleet.context, admin, restoreBot, { node, id, backup })
async function restore(
  node: string,
  id: string,
  {
    backup = 'latest',
    onProgress = () => {},
  }: { backup?: string; onProgress?(step: RestoreBotStep): void } = {},
) {
  const confirmed = await plan(node, id, backup)
  return runOperation(fleet.context, admin, restoreBot, { node, id, backup }, { confirmed, onProgress })
}
const job = { name: 'morning', schedule: { kind: 'cron', expr: '0 7 * * *' }, sessionTarget: 'isolated' }

describe.each(VERSIONS)('one bot of OpenClaw %s', (version) => {
  const node = idOf(version)

  test('is backed up alone, with what its gateway tells, and never counts for the node', async () => {
    const link = fleet.context.nodes.link(fleet.context.registry.get(node))
    const cron = {
      ...job,
      agentId: 'ops',
      wakeMode: 'now',
      payload: { kind: 'agentTurn', message: 'Good day' },
    }
    await link.rpc('cron.add', cron, { deadlineMs: 5_000 })
    const { outcome, data } = await backUp(node, 'ops')
    expect({ outcome, told: data.told, agent: data.backup.agent }).toEqual({
      ...{ outcome: 'done', agent: 'ops' },
      told: { bindings: 1, jobs: 1, sessions: 2 },
    })
    expect(data.verification.sound).toBe(true)
    const paths: string[] = []
    for await (const { path } of fleet.context.backups.entries(node, data.backup.id)) paths.push(`/${path}`)
    const own = [join(stateOf(node), 'agents/ops'), join(stateOf(node), 'workspace-ops')]
    expect(
      paths.filter((path) => !own.some((place) => path === place || path.startsWith(`${place}/`))),
    ).toEqual([])
    expect(await fleet.context.backups.list(node)).toEqual([])
    const { data: listed } = await runOperation(fleet.context, admin, listBackups, { node })
    expect(listed.backups.map(({ agent }) => agent)).toEqual(['ops'])
    const asNode = planOperation(fleet.context, admin, restoreNode, { node, backup: data.backup.id })
    await expect(asNode).rejects.toMatchObject({ code: 'restore-impossible', params: { why: 'of-one-bot' } })
  })

  test('that was removed comes back with sessions, files, channels, jobs and name', async () => {
    writeFileSync(soulOf(node, 'ops'), 'I was here.')
    await backUp(node, 'ops')
    const before = sessionsOf(node, 'ops')
    expect((await remove(node, 'ops')).outcome).toBe('done')
    expect(sessionsOf(node, 'ops')).toEqual([])
    const steps: string[] = []
    const { outcome, data } = await restore(node, 'ops', { onProgress: ({ step }) => steps.push(step) })
    expect(data).toMatchObject({ state: 'restored', serving: true, made: 'made', fault: null })
    expect(data.compared).toEqual({ had: 2, missing: 0, otherTokens: 0, unusable: [], unread: false })
    expect(data.parts.map(({ part, state }) => `${part} ${state}`)).toEqual([
      ...['settings done', 'bindings done', 'jobs done'],
    ])
    expect(outcome).toBe('done')
    expect(steps.indexOf('creating')).toBeGreaterThan(steps.indexOf('staging'))
    expect(steps.indexOf('creating')).toBeLessThan(steps.indexOf('stopping'))
    expect(sessionsOf(node, 'ops')).toEqual(before)
    expect(readFileSync(soulOf(node, 'ops'), 'utf8')).toBe('I was here.')
    expect(configOf(node)).toContain('The ops')
    // Nothing of it lies where a gateway that starts would take it for an agent.
    expect(readdirSync(join(stateOf(node), 'agents')).sort()).toEqual(['main', 'news', 'ops'])
    expect(data.asides.map(({ path }) => existsSync(path))).toEqual([true, true])
    tidy(node)
  })

  test('that is there goes back to how it was, taken out of a backup of the whole node', async () => {
    writeFileSync(soulOf(node, 'news'), 'Then.')
    const { data: whole } = await runOperation(fleet.context, admin, backupNode, { node })
    const before = sessionsOf(node, 'news')
    writeFileSync(soulOf(node, 'news'), 'Now.')
    writeFileSync(soulOf(node, 'ops'), 'Untouched.')
    const { data: shown } = { data: (await plan(node, 'news', whole.backup.id)).plan }
    expect(shown).toMatchObject({ isThere: true, fromWhole: true, sessions: 2, told: true })
    const { outcome, data } = await restore(node, 'news', { backup: whole.backup.id })
    expect({ outcome, made: data.made }).toEqual({ outcome: 'done', made: 'no' })
    expect(sessionsOf(node, 'news')).toEqual(before)
    expect(readFileSync(soulOf(node, 'news'), 'utf8')).toBe('Then.')
    expect(readFileSync(soulOf(node, 'ops'), 'utf8')).toBe('Untouched.')
    const aside = data.asides.find(({ path }) => path.includes('workspace-news'))?.path ?? ''
    expect(readFileSync(join(aside, 'SOUL.md'), 'utf8')).toBe('Now.')
    tidy(node)
  })
})

describe('restoring a bot', () => {
  test('swaps back when the gateway does not start with it, and says so', async () => {
    await backUp(NEW, 'ops')
    writeFileSync(soulOf(NEW, 'ops'), 'Present.')
    const sessions = sessionsOf(NEW, 'ops')
    const { outcome, data } = await restore(NEW, 'ops', {
      onProgress({ step }) {
        if (step === 'starting') fleet.node(NEW).gateway.failStarts(1)
        if (step === 'rolling-back') fleet.node(NEW).gateway.failStarts(null)
      },
    })
    expect({ outcome, state: data.state, fault: data.fault, serving: data.serving }).toEqual({
      ...{ outcome: 'failed', state: 'before', fault: 'not-serving', serving: true },
    })
    expect(readFileSync(soulOf(NEW, 'ops'), 'utf8')).toBe('Present.')
    expect(sessionsOf(NEW, 'ops')).toEqual(sessions)
    tidy(NEW)
  })

  test('changes nothing when OpenClaw refuses to make it', async () => {
    await backUp(NEW, 'ops')
    await remove(NEW, 'ops')
    fleet.node(NEW).gateway.spoilAnswer('agents.create', 'refused')
    const { outcome, data } = await restore(NEW, 'ops')
    expect({ outcome, made: data.made, state: data.state }).toEqual({
      ...{ outcome: 'failed', made: 'refused', state: 'before' },
    })
    expect(leftIn(NEW)).toEqual([])
    expect((await restore(NEW, 'ops')).outcome).toBe('done')
    tidy(NEW)
  })

  test('leaves a channel to whom it belongs now', async () => {
    await backUp(NEW, 'ops')
    const path = join(stateOf(NEW), 'openclaw.json')
    const config = JSON.parse(configOf(NEW)) as { bindings: { agentId: string }[] }
    for (const binding of config.bindings) binding.agentId = 'news'
    writeFileSync(path, JSON.stringify(config))
    const { outcome, data } = await restore(NEW, 'ops')
    expect(outcome).toBe('partial')
    expect(data.parts).toContainEqual({ part: 'bindings', state: 'taken', reason: null })
    expect(JSON.parse(configOf(NEW))).toMatchObject({ bindings: [{ agentId: 'news' }] })
    tidy(NEW)
  })

  test('is refused for a bot that the backup lacks, and one whose workspace another works in', async () => {
    const { data } = await backUp(NEW, 'ops')
    await expect(plan(NEW, 'news', data.backup.id)).rejects.toMatchObject({
      ...{ code: 'restore-impossible', params: { why: 'not-in-backup' } },
    })
    const config = JSON.parse(configOf(OLD)) as { agents: { list: { id: string; workspace?: string }[] } }
    const inside = join(stateOf(OLD), 'workspace-ops', 'inner')
    mkdirSync(inside, { recursive: true })
    for (const agent of config.agents.list) if (agent.id === 'news') agent.workspace = inside
    writeFileSync(join(stateOf(OLD), 'openclaw.json'), JSON.stringify(config))
    await expect(plan(OLD, 'ops')).rejects.toMatchObject({
      ...{ code: 'restore-impossible', params: { why: 'shared-workspace' } },
    })
  })

  test('is for admins', async () => {
    const asked = planOperation(fleet.context, actor('operator'), restoreBot, { node: NEW, id: 'ops' })
    await expect(asked).rejects.toMatchObject({ code: 'not-allowed' })
  })
})
