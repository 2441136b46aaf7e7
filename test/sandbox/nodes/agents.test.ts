import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NodesSandbox, SandboxNode } from '../../../src/sandbox/nodes/control.ts'
import { startNodes } from '../../../src/sandbox/nodes/start-nodes.ts'
import { eventually } from '../../support/until.ts'
import { GatewayClient, login, loginKey, run } from './clients.ts'

const timings = { readyMs: 60, stopMs: 10, restartSecMs: 60, crashAfterMs: 20, agentsSettleMs: 150 }
let sandbox: NodesSandbox
const open: GatewayClient[] = []

beforeAll(async () => {
  const session = { key: 'agent:ops:main', totalTokens: 12_000 }
  sandbox = await startNodes({
    authorizedKeys: [loginKey.publicKey],
    nodes: [
      { id: 'alone', name: 'alone', version: '2026.9.6', agents: [{ id: 'main' }], timings },
      {
        ...{ id: 'two', name: 'two', version: '2026.9.6', timings },
        agents: [{ id: 'main' }, { id: 'ops', sessions: [session] }],
        bindings: [
          { agent: 'ops', channel: 'discord', account: 'ops' },
          { agent: 'main', channel: 'telegram' },
        ],
      },
      { id: 'old', name: 'old', version: '2026.2.17', agents: [{ id: 'main' }, { id: 'ops' }], timings },
    ],
  })
})
afterAll(async () => {
  for (const client of open) client.close()
  await sandbox.close()
})

const configOf = (node: SandboxNode) =>
  JSON.parse(readFileSync(join(node.home, '.openclaw/openclaw.json'), 'utf8'))

async function client(node: SandboxNode): Promise<GatewayClient> {
  await eventually(() => expect(node.facts().ready).toBe(true))
  const connected = await GatewayClient.connect(node.gatewayPort, {
    token: configOf(node).gateway.auth.token,
  })
  open.push(connected)
  return connected
}

describe('agents', () => {
  test('the first one beside the only one changes who owns what has no owner', async () => {
    const node = sandbox.node('alone')
    const connected = await client(node)
    expect(configOf(node).agents.ownership).toBeUndefined()
    const workspace = join(node.home, '.openclaw/workspace-news')
    mkdirSync(workspace, { recursive: true })
    writeFileSync(join(workspace, 'IDENTITY.md'), 'mine\n')
    await connected.request('agents.create', { name: 'news', workspace })
    const { agents } = configOf(node)
    expect(agents).toMatchObject({
      ownership: 'explicit',
      defaults: { systemAgent: { agentId: 'main' }, heartbeat: { agentId: 'main' } },
      entries: {
        main: { workspace: join(node.home, '.openclaw/workspace') },
        news: { name: 'news', workspace, agentDir: join(node.home, '.openclaw/agents/news/agent') },
      },
    })
    expect(readFileSync(join(workspace, 'IDENTITY.md'), 'utf8')).toContain('news')
    expect(existsSync(join(workspace, 'BOOTSTRAP.md'))).toBe(false)
  })

  test('an answer can be lost or refused although the work was done', async () => {
    const node = sandbox.node('alone')
    const connected = await client(node)
    node.gateway.spoilAnswer('agents.update', 'unavailable')
    const { error } = await connected.request('agents.update', { agentId: 'main', name: 'First' })
    expect(error?.code).toBe('UNAVAILABLE')
    expect(configOf(node).agents.entries.main.name).toBe('First')
  })

  test('a deletion takes bindings and sessions away and hides the sessions for a while', async () => {
    const node = sandbox.node('two')
    const connected = await client(node)
    const { payload } = await connected.request('agents.delete', { agentId: 'ops', deleteFiles: false })
    expect(payload).toEqual({ ok: true, agentId: 'ops', removedBindings: 1, removed: [], failed: [] })
    expect(configOf(node).bindings.map(({ agentId }: { agentId: string }) => agentId)).toEqual(['main'])
    expect((await connected.request('sessions.list')).error).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'Session history database read was revoked',
    })
    await eventually(async () => expect((await connected.request('sessions.list')).ok).toBe(true))
    expect(node.gateway.sessions().filter(({ agentId }) => agentId === 'ops')).toEqual([])
    const refused = await connected.request('agents.delete', { agentId: 'main' })
    expect(refused.error?.message).toBe('"main" cannot be deleted')
  })

  test('one that was deleted and is put back by hand takes the whole gateway down with 78', async () => {
    const node = sandbox.node('two')
    const connected = await client(node)
    const database = join(node.home, '.openclaw/agents/ops/agent')
    mkdirSync(database, { recursive: true })
    writeFileSync(join(database, 'openclaw-agent.sqlite'), 'x')
    const { payload } = await connected.request('config.get')
    const raw = JSON.stringify({ agents: { entries: { ops: { name: 'ops' } } } })
    const { error } = await connected.request('config.patch', { raw, baseHash: payload?.hash })
    expect(error).toMatchObject({ code: 'UNAVAILABLE' })
    expect(error?.message).toContain('config.patch persisted')
    expect(configOf(node).agents.entries.ops).toEqual({ name: 'ops' })
    const shell = await login(node)
    const show = async () =>
      (await run(shell, 'systemctl --user show openclaw-gateway -p ActiveState,ExecMainStatus')).stdout
    await eventually(async () => expect(await show()).toContain('ActiveState=failed'))
    expect(await show()).toContain('ExecMainStatus=78')
    const journal = await run(shell, 'journalctl --user -u openclaw-gateway -n 40 --no-pager -o cat')
    expect(journal.stdout).toContain('OpenClaw agent database is unavailable while agent ops is deleted.')
    shell.end()
  })

  test('on an old release go without a trace of their deletion', async () => {
    const connected = await client(sandbox.node('old'))
    const { payload } = await connected.request('agents.delete', { agentId: 'ops' })
    expect(payload).toEqual({ ok: true, agentId: 'ops', removedBindings: 0 })
    expect((await connected.request('sessions.list')).ok).toBe(true)
  })
})
