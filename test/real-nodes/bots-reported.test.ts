import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addBot } from '../../src/operations/add-bot.ts'
import { backupBot } from '../../src/operations/backup-bot.ts'
import { listBots } from '../../src/operations/list-bots.ts'
import { removeBot } from '../../src/operations/remove-bot.ts'
import { restoreBot } from '../../src/operations/restore-bot.ts'
import { eventually, must } from './command.ts'
import { type Fleet, startFleet } from './fleet.ts'
import type { Gateway } from './gateway.ts'
import { openProduct, type Product } from './product.ts'

/** Those of the shared fleet and one between them. Three minutes each: with everything, and not by turns. */
const VERSIONS = ['2026.9.6', '2026.6.8', '2026.2.17'] as const
const ALL = process.env.OCM_ALL_REAL === '1'

interface Reported {
  agents: { id: string; name?: string; workspace?: string }[]
  defaultId?: string
}
interface Rows {
  sessions: { key: string; sessionId?: string; totalTokens?: number }[]
}
interface Config {
  bindings?: { agentId: string; match: { channel: string; accountId?: string } }[]
  agents?: { list?: Entry[]; entries?: Record<string, Omit<Entry, 'id'>> }
}
interface Entry {
  id: string
  name?: string
  workspace?: string
}

describe.runIf(ALL).each(VERSIONS)('bots of OpenClaw %s', (version) => {
  let fleet: Fleet
  let gateway: Gateway
  let product: Product

  beforeAll(async () => {
    await must(path.join(import.meta.dirname, 'prepare.sh'), [version], { timeoutMs: 1_800_000 })
    fleet = await startFleet({
      nodes: [
        {
          ...{ name: 'solo', openclaw: version, agents: ['main', 'ops'], diskMb: 3072 },
          sessions: [{ agent: 'ops', key: 'discord:channel:7', tokens: 30_000 }],
        },
      ],
    })
    const found = fleet.node('solo').gateway
    if (!found) throw new Error('the node has no gateway')
    gateway = found
    product = await openProduct(fleet, undefined, { OCM_STATUS_DEADLINE_MS: '60000' })
  }, 1_800_000)
  afterAll(async () => {
    await product?.close()
    await fleet?.stop()
  })

  /** What the gateway itself says of its agents, their sessions and who gets which channel. */
  async function reported() {
    const agents = (await gateway.call('agents.list', {})) as Reported
    const { sessions } = (await gateway.call('sessions.list', {})) as Rows
    const { parsed } = (await gateway.call('config.get', {})) as { parsed: Config }
    return agents.agents.map(({ id }) => ({
      id,
      isDefault: id === agents.defaultId,
      sessions: sessions.filter(({ key }) => key.startsWith(`agent:${id}:`)).length,
      bindings: (parsed.bindings ?? [])
        .filter(({ agentId }) => agentId === id)
        .map(({ match }) => [match.channel, match.accountId ?? null]),
    }))
  }
  async function listed() {
    const { outcome, data } = await product.run(listBots, { node: 'solo', live: true })
    expect(outcome).toBe('done')
    return (data.nodes[0]?.bots.value ?? []).map(({ id, isDefault, sessions, bindings }) => ({
      ...{ id, isDefault, sessions: sessions.value },
      bindings: bindings.value?.map(({ channel, account }) => [channel, account]),
    }))
  }
  /** The entry of an agent in the file on the node, wherever this version has it. */
  async function entryOf(id: string): Promise<Entry | undefined> {
    const { stdout } = await fleet.node('solo').user(`cat ${gateway.state}/openclaw.json`)
    const { agents } = JSON.parse(stdout) as Config
    const entries = Object.entries(agents?.entries ?? {}).map(([key, entry]) => ({ ...entry, id: key }))
    return [...(agents?.list ?? []), ...entries].find((entry) => entry.id === id)
  }
  const sessionsOf = async (id: string) =>
    ((await gateway.call('sessions.list', {})) as Rows).sessions
      .filter(({ key }) => key.startsWith(`agent:${id}:`))
      .map(({ key, sessionId, totalTokens }) => ({ key, sessionId, totalTokens }))

  /** 2026.2.17 begins anew a moment after its configuration changed; its last answers came before that. */
  async function settled(): Promise<void> {
    if (version !== '2026.2.17') return
    const away = () =>
      gateway.call('agents.list', {}).then(
        () => undefined,
        () => true,
      )
    await eventually('the gateway begins anew', 15_000, away).catch(() => undefined)
    await gateway.waitReady()
  }

  test('are listed as the gateway reports them', async () => {
    expect(await listed()).toEqual(await reported())
  })

  test('are added as asked, by what the gateway and its file say, and answer', async () => {
    const asked = { node: 'solo', id: 'news', name: 'News Bot', bindings: ['discord:news'] }
    const { outcome, data, durationMs } = await product.run(addBot, asked)
    console.log(`${version} add: ${outcome} in ${durationMs} ms, ${JSON.stringify(data)}`)
    expect([outcome, data.madeAs]).toEqual(['done', null])
    await settled()
    const all = await reported()
    expect(all.find(({ id }) => id === 'news')).toMatchObject({ bindings: [['discord', 'news']] })
    expect(await listed()).toEqual(all)
    expect(await entryOf('news')).toMatchObject({ name: 'News Bot', workspace: data.workspace })
    expect((await fleet.node('solo').user(`ls ${data.workspace}/IDENTITY.md`)).code).toBe(0)
    expect((await gateway.turn('news', 'agent:news:main', 'Hello?')).status).toBe('ok')
    expect(await listed()).toEqual(await reported())
  })

  test('are removed, and come back with their sessions', async () => {
    const before = await sessionsOf('news')
    expect(before).toHaveLength(1)
    expect((await product.run(backupBot, { node: 'solo', id: 'news' })).outcome).toBe('done')
    const { outcome, data, durationMs } = await product.run(removeBot, { node: 'solo', id: 'news' })
    console.log(`${version} remove: ${outcome} in ${durationMs} ms, ${JSON.stringify(data.parts)}`)
    expect(outcome).toBe('done')
    await settled()
    expect((await reported()).map(({ id }) => id)).toEqual(['main', 'ops'])
    expect(await entryOf('news')).toBeUndefined()
    expect(await listed()).toEqual(await reported())
    const back = await product.run(restoreBot, { node: 'solo', id: 'news' })
    console.log(`${version} restore: ${back.outcome} in ${back.durationMs} ms, ${JSON.stringify(back.data)}`)
    expect([back.outcome, back.data.made]).toEqual(['done', 'made'])
    await settled()
    expect(await sessionsOf('news')).toEqual(before)
    expect((await gateway.turn('news', 'agent:news:main', 'Still there?')).status).toBe('ok')
  })
})
