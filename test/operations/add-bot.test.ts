import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createInk } from '../../src/cli/ink.ts'
import { questionText, resultText } from '../../src/cli/views/told.ts'
import type { Actor } from '../../src/operations/access.ts'
import { type AddBotPlan, addBot } from '../../src/operations/add-bot.ts'
import { listBots } from '../../src/operations/list-bots.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { addBotPlan, addBotResult } from '../../src/presenters/add-bot.ts'
import type { OpenClawVersion } from '../../src/sandbox/nodes/releases.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const admin = actor('admin')
const INK = createInk('en', false, Date.now)
const timings = { readyMs: 80, stopMs: 20, agentsSettleMs: 300, tickMs: 1_000 }
const VERSIONS = ['2026.2.17', '2026.6.8', '2026.9.6'] as const
const idOf = (version: OpenClawVersion) => `v${version.replaceAll('.', '-')}`
let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet([
    ...VERSIONS.map((version) => ({
      ...{ id: idOf(version), name: version, version, timings },
      agents: [{ id: 'main' }, { id: 'ops' }],
      bindings: [{ agent: 'ops', channel: 'discord', account: 'ops' }],
    })),
    {
      ...{ id: 'alone', name: 'Alone', version: '2026.9.6', timings, agents: [{ id: 'main' }] },
      channels: [{ id: 'telegram', label: 'Telegram', running: true, connected: true }],
    },
    { id: 'away', name: 'Away', version: '2026.9.6', agents: [{ id: 'main' }], state: 'down' },
  ])
})
afterAll(() => fleet.close())

const NEW = idOf('2026.9.6')
const homeOf = (node: string) => fleet.node(node).home
const configOf = (node: string) =>
  JSON.parse(readFileSync(join(homeOf(node), '.openclaw/openclaw.json'), 'utf8'))
const entryOf = (node: string, id: string) => {
  const { entries, list } = configOf(node).agents
  return entries?.[id] ?? list?.find((one: { id: string }) => one.id === id)
}
const plan = (node: string, input: object, who: Actor = admin) =>
  planOperation(fleet.context, who, addBot, { node, ...input })
async function add(node: string, input: object) {
  const confirmed = await plan(node, input)
  return runOperation(fleet.context, admin, addBot, { node, ...input }, { confirmed })
}

describe.each(VERSIONS)('add-bot on OpenClaw %s', (version) => {
  const node = idOf(version)

  test('is done when the node shows the agent with its name, model, workspace and channels', async () => {
    const before = configOf(node).gateway
    const { outcome, data } = await add(node, {
      ...{ id: 'news', name: 'News Bot', model: 'anthropic/claude-sonnet-4-5' },
      bindings: ['discord:news', 'telegram'],
    })
    expect(data.parts).toEqual(
      ['agent', 'workspace', 'name', 'model', 'bindings'].map((part) => ({
        part,
        state: 'done',
        reason: null,
      })),
    )
    expect(outcome).toBe('done')
    const workspace = join(homeOf(node), '.openclaw/workspace-news')
    expect(data.workspace).toBe(workspace)
    expect(entryOf(node, 'news')).toMatchObject({ name: 'News Bot', workspace })
    expect(configOf(node).bindings.map(({ agentId, match }: never) => ({ agentId, match }))).toEqual([
      { agentId: 'ops', match: { channel: 'discord', accountId: 'ops' } },
      { agentId: 'news', match: { channel: 'discord', accountId: 'news' } },
      { agentId: 'news', match: { channel: 'telegram' } },
    ])
    // The token is as it was: what the gateway hides never goes back to it.
    expect(configOf(node).gateway).toEqual(before)
    expect(data.besides).toEqual([])
  })

  test('says once more what the question warned of, where it still holds', async () => {
    const input = { id: 'typo', model: 'anthropic/claude-sonet', bindings: ['mastodon'] }
    const report = await add(node, input)
    const told = resultText(addBotResult(report, INK), report, INK)
    expect(told).toContain('does not list the model anthropic/claude-sonet')
    expect(told).toContain('mastodon')
    expect(told).toMatch(/Perhaps anthropic\/claude-sonnet\S* is meant/)
    expect(addBotResult(report, INK).mood).toBe('warning')
  })

  test('a list from memory knows it at once', async () => {
    const { data } = await runOperation(fleet.context, admin, listBots, { node })
    expect(data.nodes[0]?.bots.value?.map(({ id }) => id)).toContain('news')
    expect(fleet.context.registry.get(node).agents.map(({ id }) => id)).toContain('news')
  })

  test('an answer that says unavailable is read back', async () => {
    fleet.node(node).gateway.spoilAnswer('agents.create', 'unavailable')
    const { outcome, data } = await add(node, { id: 'late' })
    expect({ outcome, parts: data.parts.map(({ state }) => state) }).toEqual({
      outcome: 'done',
      parts: ['done', 'done'],
    })
  })
})

describe.each(VERSIONS)('the question of add-bot on OpenClaw %s', (version) => {
  const node = idOf(version)
  const asked = async (input: object) => (await plan(node, { id: 'asked', ...input })).plan
  const said = (one: AddBotPlan) => questionText(addBotPlan(one, INK), INK)

  test('warns of a model that the gateway does not list, and names those that come near', async () => {
    const unknown = await asked({ model: 'anthropic/claude-sonet' })
    expect(unknown).toMatchObject({ modelCheck: 'unlisted' })
    expect(unknown.modelsNear.length).toBeGreaterThan(0)
    expect(unknown.modelMeant).toMatch(/^anthropic\/claude-sonnet/)
    expect(said(unknown)).toContain('does not list the model anthropic/claude-sonet')
    expect(said(unknown)).toContain(`Perhaps ${unknown.modelMeant} is meant.`)
    const far = await asked({ model: 'elsewhere/gpt-9' })
    expect(far).toMatchObject({ modelCheck: 'unlisted', modelMeant: null })
    expect(said(far)).toContain(`It lists, for example: ${far.modelsNear[0]}`)
    expect(said({ ...far, modelsNear: [] })).toContain('It lists no model at all yet.')
    const [listed = ''] = unknown.modelsNear
    expect(await asked({ model: listed })).toMatchObject({ modelCheck: 'listed', modelsNear: [] })
    expect(await asked({})).toMatchObject({ modelCheck: 'not-asked' })
    fleet.node(node).gateway.spoilAnswer('models.list', 'refused')
    const unread = await asked({ model: listed })
    expect(unread.modelCheck).toBe('unread')
    expect(said(unread)).toContain('the model was not checked')
  })

  test('says of a channel that the node does not set up that the binding waits for it', async () => {
    const bindings = ['discord:asked']
    const bound = await asked({ bindings })
    expect(bound.bindings).toEqual([{ text: 'discord:asked', known: false }])
    expect(said(bound)).toContain('sets up no channel discord')
    fleet.node(node).gateway.spoilAnswer('channels.status', 'refused')
    const untold = await asked({ bindings })
    expect(untold.bindings).toEqual([{ text: 'discord:asked', known: null }])
    expect(said(untold)).not.toContain('sets up no channel')
  })

  test('says what channels do to the gateway where it begins anew for them', async () => {
    const anew = version === '2026.2.17'
    const bound = await asked({ bindings: ['discord:asked'] })
    expect(bound.beginsAnew).toBe(anew)
    expect(said(bound).includes('begin its gateway anew')).toBe(anew)
    expect((await asked({})).beginsAnew).toBe(false)
  })
})

describe('add-bot', () => {
  test('takes a channel that the gateway runs for set up, wherever its configuration stands', async () => {
    const { plan: bound } = await plan('alone', { id: 'asked', bindings: ['telegram', 'discord'] })
    expect(bound.bindings).toEqual([
      { text: 'telegram', known: true },
      { text: 'discord', known: false },
    ])
  })

  test('shows what OpenClaw changes besides when the only agent gets company', async () => {
    expect((await plan('alone', { id: 'second' })).plan.second).toBe(true)
    const { outcome, data } = await add('alone', { id: 'second' })
    expect(outcome).toBe('done')
    expect(data.besides?.map(({ path, after }) => `${path}=${after}`).sort()).toEqual([
      'agents.defaults.heartbeat.agentId=main',
      'agents.defaults.systemAgent.agentId=main',
      `agents.entries.main.workspace=${join(homeOf('alone'), '.openclaw/workspace')}`,
      'agents.ownership=explicit',
    ])
  })

  test('silence after it was sent is read back, too', async () => {
    fleet.node(NEW).gateway.spoilAnswer('agents.create', 'silent')
    const calls = () => fleet.node(NEW).facts().calls
    const running = add(NEW, { id: 'silent' })
    await expect.poll(() => calls().at(-1), { timeout: 15_000 }).toBe('agents.create')
    fleet.node(NEW).ssh.dropConnections()
    const { outcome } = await running
    expect(outcome).toBe('done')
  })

  test('a configuration that was written although the gateway said it was unavailable is no failure', async () => {
    fleet.node(NEW).gateway.spoilAnswer('config.patch', 'unavailable')
    expect((await add(NEW, { id: 'bound', bindings: ['slack'] })).outcome).toBe('done')
  })

  test('a part that the gateway does not take makes it partial, and says which', async () => {
    fleet.node(NEW).gateway.spoilAnswer('config.patch', 'refused')
    const { outcome, data } = await add(NEW, { id: 'unbound', bindings: ['discord:b'] })
    expect(outcome).toBe('partial')
    expect(data.parts).toMatchObject([
      { part: 'agent', state: 'done' },
      { part: 'workspace', state: 'done' },
      { part: 'bindings', state: 'failed', reason: { code: 'gateway-error' } },
    ])
  })

  test('a refused creation made nothing, and says so', async () => {
    fleet.node(NEW).gateway.spoilAnswer('agents.create', 'refused')
    await expect(add(NEW, { id: 'refused' })).rejects.toMatchObject({ code: 'gateway-refused' })
    expect(entryOf(NEW, 'refused')).toBeUndefined()
  })

  test('refuses an id that is taken, before anything is asked', async () => {
    await expect(plan(NEW, { id: 'ops' })).rejects.toMatchObject({ code: 'bot-exists', kind: 'usage' })
  })

  test('refuses ids of which OpenClaw would make others, and paths that climb', async () => {
    for (const id of ['Ops', 'a b', '-x', 'x-', '../evil', '', 'x'.repeat(65)])
      await expect(plan(NEW, { id }), id).rejects.toMatchObject({
        code: 'invalid-input',
        params: { field: 'id' },
      })
    for (const workspace of ['bots/x', '~/../x', '/home/./x', '~/a/../../b', '/x\ny'])
      await expect(plan(NEW, { id: 'x', workspace }), workspace).rejects.toMatchObject({
        code: 'invalid-input',
        params: { field: 'workspace' },
      })
    for (const binding of ['', 'a:b:c', '$(id)', 'discord:'])
      await expect(plan(NEW, { id: 'x', bindings: [binding] }), binding).rejects.toMatchObject({
        code: 'invalid-input',
      })
  })

  test.each([
    ['/etc/bots', 'outside-home'],
    ['~/.ssh', 'hidden'],
    ['~/bots/.hidden/x', 'hidden'],
    ['~/.openclaw', 'of-openclaw'],
    ['~/.openclaw/agents/main', 'of-openclaw'],
    ['~/.openclaw/workspace-ops/inside', 'of-another'],
    ['~/.openclaw/workspace-ops', 'of-another'],
    ['~/file', 'no-folder'],
    ['~/link/x', 'outside-home'],
    ['~/around', 'of-another'],
  ])('does not let an agent work in %s', async (workspace, why) => {
    const home = homeOf(NEW)
    writeFileSync(join(home, 'file'), '')
    if (!existsSync(join(home, 'link'))) symlinkSync('/usr', join(home, 'link'))
    if (entryOf(NEW, 'around') === undefined) await add(NEW, { id: 'around', workspace: '~/around/news' })
    await expect(plan(NEW, { id: 'x', workspace })).rejects.toMatchObject({
      code: 'workspace-refused',
      params: { why },
    })
  })

  test('announces a workspace that has something in it, and keeps what is there', async () => {
    const folder = join(homeOf(NEW), 'bots/kept')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'mine.txt'), 'mine')
    const input = { id: 'kept', workspace: '~/bots/kept' }
    expect((await plan(NEW, input)).plan).toMatchObject({ workspaceKind: 'filled', workspace: folder })
    expect((await add(NEW, input)).outcome).toBe('done')
    expect(readFileSync(join(folder, 'mine.txt'), 'utf8')).toBe('mine')
  })

  test('does nothing when the world has moved since the question', async () => {
    const input = { id: 'moved', workspace: '~/bots/moved' }
    const confirmed = await plan(NEW, input)
    const folder = join(homeOf(NEW), 'bots/moved')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'x'), '')
    await expect(
      runOperation(fleet.context, admin, addBot, { node: NEW, ...input }, { confirmed }),
    ).rejects.toMatchObject({ code: 'plan-changed' })
    expect(entryOf(NEW, 'moved')).toBeUndefined()
  })

  test('takes no channel from another agent', async () => {
    await expect(plan(NEW, { id: 'x', bindings: ['discord:ops'] })).rejects.toMatchObject({
      code: 'binding-taken',
      params: { binding: 'discord:ops', bot: 'ops' },
    })
  })

  test('writes no binding where a secret stands beside it', async () => {
    const file = join(homeOf('alone'), '.openclaw/openclaw.json')
    const config = JSON.parse(readFileSync(file, 'utf8'))
    config.bindings = [{ agentId: 'main', match: { channel: 'discord' }, token: 'hidden-by-the-gateway' }]
    writeFileSync(file, JSON.stringify(config))
    await expect(plan('alone', { id: 'x', bindings: ['telegram'] })).rejects.toMatchObject({
      code: 'config-elsewhere',
      params: { what: 'bindings' },
    })
  })

  test('is for admins, and says when a node is away', async () => {
    await expect(plan(NEW, { id: 'x' }, actor('operator'))).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(plan('away', { id: 'x' })).rejects.toMatchObject({ kind: 'failed' })
  })
})
