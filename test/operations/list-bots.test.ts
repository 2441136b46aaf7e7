import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BotList, listBots } from '../../src/operations/list-bots.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const viewer = actor('viewer')
let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet([
    {
      id: 'new',
      name: 'New',
      version: '2026.9.6',
      tags: ['prod'],
      agents: [
        { id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 30_000 }] },
        {
          id: 'ops',
          name: 'Ops Bot',
          sessions: [
            { key: 'agent:ops:main', totalTokens: 160_000 },
            { key: 'agent:ops:discord:channel:7', totalTokens: 20_000 },
            { key: 'agent:ops:old', totalTokens: 165_000, archived: true },
          ],
        },
        { id: 'idle' },
      ],
      bindings: [
        { agent: 'ops', channel: 'discord', account: 'ops' },
        { agent: 'ops', channel: 'telegram' },
      ],
    },
    {
      id: 'old',
      name: 'Old',
      version: '2026.2.17',
      tags: ['prod', 'old'],
      agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: null }] }],
      bindings: [{ agent: 'main', channel: 'discord' }],
    },
    { id: 'away', name: 'Away', version: '2026.9.6', tags: ['lab'], agents: [{ id: 'main' }], state: 'down' },
  ])
})
afterAll(() => fleet.close())

const list = async (input: object, who = viewer, onProgress?: (list: BotList) => void) =>
  runOperation(fleet.context, who, listBots, input, onProgress ? { onProgress } : {})
const botOf = (data: BotList, node: string, id: string) =>
  data.nodes.find((one) => one.id === node)?.bots.value?.find((bot) => bot.id === id)

describe('list-bots', () => {
  test('says of nodes that were never read that they were not, and asks nobody', async () => {
    const { outcome, data } = await list({ node: 'new' })
    expect(outcome).toBe('unknown')
    expect(data.nodes[0]?.bots).toMatchObject({ freshness: 'unknown', reason: { code: 'not-read-yet' } })
    expect(fleet.node('new').facts().calls).toEqual([])
  })

  test('tells the model, the channels, the sessions and the fullest context of each agent, live', async () => {
    const { outcome, data } = await list({ node: 'new', live: true })
    expect(outcome).toBe('done')
    expect(data.nodes[0]?.bots.value?.map(({ id }) => id)).toEqual(['main', 'ops', 'idle'])
    expect(botOf(data, 'new', 'ops')).toMatchObject({
      name: 'Ops Bot',
      model: 'anthropic/claude-sonnet-4-5',
      isDefault: false,
      bindings: {
        freshness: 'fresh',
        value: [
          { channel: 'discord', account: 'ops', part: null },
          { channel: 'telegram', account: null, part: null },
        ],
      },
      sessions: { freshness: 'fresh', source: 'rpc', value: 2 },
      fullest: { freshness: 'fresh', source: 'rpc', value: { sessionKey: 'agent:ops:main' } },
      context: { used: { value: 160_000 } },
      lastActivityAt: { freshness: 'fresh' },
    })
    expect(botOf(data, 'new', 'ops')?.level).not.toBeNull()
  })

  test('an agent without a conversation has none: that is not unknown', async () => {
    const { data } = await list({ node: 'new', live: true })
    expect(botOf(data, 'new', 'idle')).toMatchObject({
      sessions: { freshness: 'fresh', value: 0 },
      fullest: { freshness: 'fresh', value: null },
      lastActivityAt: { freshness: 'fresh', value: null },
      bindings: { freshness: 'fresh', value: [] },
    })
  })

  test('what an old version does not tell is unknown, not zero', async () => {
    const { data } = await list({ node: 'old', live: true })
    expect(botOf(data, 'old', 'main')).toMatchObject({
      bindings: { value: [{ channel: 'discord', account: null }] },
      sessions: { value: 1 },
      fullest: { freshness: 'unknown', value: null },
    })
  })

  test('answers from memory without asking a node again', async () => {
    await list({ node: 'new', live: true })
    const before = fleet.node('new').facts().calls.length
    const { outcome, data } = await list({ node: 'new' })
    expect(outcome).toBe('done')
    expect(data.nodes[0]?.observedAt).toBeGreaterThan(0)
    expect(botOf(data, 'new', 'ops')?.sessions.value).toBe(2)
    expect(fleet.node('new').facts().calls.length).toBe(before)
  })

  test('lists a fleet by its tag, and shows each node as it answers', async () => {
    const seen: number[] = []
    const { outcome, data } = await list({ tags: ['prod'], live: true }, viewer, (progress) =>
      seen.push(progress.nodes.filter(({ pending }) => pending).length),
    )
    expect(outcome).toBe('done')
    expect(data.nodes.map(({ id }) => id)).toEqual(['new', 'old'])
    expect(seen[0]).toBe(2)
    expect(data.nodes.some(({ pending }) => pending)).toBe(false)
  })

  test('a node that is away makes the list a part, and says why', async () => {
    const { outcome, data } = await list({ live: true })
    expect(outcome).toBe('partial')
    expect(data.nodes.find(({ id }) => id === 'away')).toMatchObject({
      state: 'unreachable',
      bots: { freshness: 'unknown', value: null },
    })
  })

  test('shows the agents that the registry remembers while the gateway is down, as such', async () => {
    await list({ node: 'old', live: true })
    await fleet.node('old').gateway.stopService()
    const { outcome, data } = await list({ node: 'old', live: true })
    await fleet.node('old').gateway.startService()
    expect(outcome).toBe('done')
    expect(data.nodes[0]).toMatchObject({
      state: 'service-down',
      bots: { freshness: 'stale', source: 'registry', value: [{ id: 'main', bindings: { value: null } }] },
    })
  })

  test('shows a person only the nodes of their own tags', async () => {
    const { data } = await list({}, actor('viewer', ['old']))
    expect(data.nodes.map(({ id }) => id)).toEqual(['old'])
    await expect(list({ node: 'new' }, actor('viewer', ['old']))).rejects.toMatchObject({
      code: 'unknown-node',
    })
  })
})
