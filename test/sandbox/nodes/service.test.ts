import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type ssh2 from 'ssh2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NodesSandbox, SandboxNode } from '../../../src/sandbox/nodes/control.ts'
import { startNodes } from '../../../src/sandbox/nodes/start-nodes.ts'
import { eventually } from '../../support/until.ts'
import { login, loginKey, run } from './clients.ts'

const timings = { readyMs: 500, stopMs: 20, restartSecMs: 150, crashAfterMs: 30 }
const agents = [
  { id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 15_000 }] },
  { id: 'alpha', sessions: [{ key: 'agent:alpha:main', totalTokens: 172_000 }] },
]
let sandbox: NodesSandbox
let node: SandboxNode
let feb: SandboxNode
let shell: ssh2.Client

beforeAll(async () => {
  sandbox = await startNodes({
    authorizedKeys: [loginKey.publicKey],
    nodes: [
      { id: 'new', name: 'claw-new', version: '2026.9.6', agents, timings },
      { id: 'feb', name: 'claw-feb', version: '2026.2.17', agents, timings, state: 'stopped', linger: false },
      { id: 'loop', name: 'claw-loop', version: '2026.2.17', agents, timings, state: 'crash-looping' },
    ],
  })
  node = sandbox.node('new')
  feb = sandbox.node('feb')
  shell = await login(node)
})

afterAll(async () => {
  shell.end()
  await sandbox.close()
})

async function show(client: ssh2.Client, properties: string): Promise<Record<string, string>> {
  const { stdout } = await run(client, `systemctl --user show openclaw-gateway -p ${properties}`)
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  )
}

describe('systemctl on an embedded node', () => {
  test('describes the running service in systemd formats', async () => {
    const unit = await show(
      shell,
      'ActiveState,SubState,MainPID,NRestarts,ExecMainStartTimestamp,Result,UnitFileState',
    )
    expect(unit).toMatchObject({
      ActiveState: 'active',
      SubState: 'running',
      Result: 'success',
      UnitFileState: 'enabled',
    })
    expect(Number(unit.MainPID)).toBe(node.facts().pid)
    expect(unit.ExecMainStartTimestamp).toMatch(/^[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/)
    expect(await run(shell, 'systemctl --user is-active openclaw-gateway')).toMatchObject({
      code: 0,
      stdout: 'active\n',
    })
    const value = await run(shell, 'systemctl --user show openclaw-gateway -p ActiveState --value')
    expect(value.stdout).toBe('active\n')
  })

  test('says what systemd says without a bus and for a unit that does not exist', async () => {
    const noBus = await run(shell, 'unset XDG_RUNTIME_DIR; systemctl --user is-active openclaw-gateway')
    expect(noBus).toMatchObject({ code: 1, stderr: 'Failed to connect to bus: No medium found\n' })
    const other = await run(shell, 'systemctl --user show nginx -p LoadState,ActiveState')
    expect(other.stdout).toBe('LoadState=not-found\nActiveState=inactive\n')
    expect((await run(shell, 'systemctl --user restart nginx')).code).toBe(5)
  })

  test('restart really ends one process and starts another', async () => {
    const before = node.facts()
    expect(await run(shell, 'systemctl --user restart openclaw-gateway')).toMatchObject({
      code: 0,
      stderr: '',
    })
    const after = node.facts()
    expect(after.starts).toBe(before.starts + 1)
    expect(after.pid).not.toBe(before.pid)
    expect(after.bootId).not.toBe(before.bootId)
    expect(() => process.kill(before.pid ?? 0, 0)).toThrow(/ESRCH/)
    expect(after.ready).toBe(false)
    await eventually(() => expect(node.facts().ready).toBe(true))
  })

  test('a process that is killed from the shell comes back by itself and is counted', async () => {
    const { pid, starts } = node.facts()
    await run(shell, `kill -9 ${pid}`)
    await eventually(async () => {
      expect(await show(shell, 'SubState,NRestarts')).toEqual({ SubState: 'running', NRestarts: '1' })
    })
    expect(node.facts().starts).toBe(starts + 1)
    await eventually(() => expect(node.facts().ready).toBe(true))
  })

  test('stop and start', async () => {
    const client = await login(feb)
    expect(await run(client, 'systemctl --user is-active openclaw-gateway')).toMatchObject({
      code: 3,
      stdout: 'inactive\n',
    })
    await run(client, 'systemctl --user start openclaw-gateway')
    expect(await show(client, 'ActiveState,MainPID')).toEqual({
      ActiveState: 'active',
      MainPID: String(feb.facts().pid),
    })
    await eventually(() => expect(feb.facts().ready).toBe(true))
    await run(client, 'systemctl --user stop openclaw-gateway')
    expect(await show(client, 'ActiveState,SubState,MainPID,Result')).toEqual({
      ActiveState: 'inactive',
      SubState: 'dead',
      MainPID: '0',
      Result: 'success',
    })
    client.end()
  })

  test('a crashing gateway is started again and again', async () => {
    const loop = sandbox.node('loop')
    const client = await login(loop)
    await eventually(async () => {
      const unit = await show(client, 'ActiveState,SubState,NRestarts,ExecMainStatus,Result')
      expect(unit).toMatchObject({ ActiveState: 'activating', SubState: 'auto-restart', ExecMainStatus: '1' })
      expect(unit.Result).toBe('exit-code')
      expect(Number(unit.NRestarts)).toBeGreaterThan(2)
    })
    loop.gateway.failStarts(null)
    await eventually(() => expect(loop.facts().ready).toBe(true))
    client.end()
  })

  test('a configuration that cannot be read ends the new release for good', async () => {
    const file = join(node.home, '.openclaw', 'openclaw.json')
    const good = readFileSync(file, 'utf8')
    writeFileSync(file, '{ "gateway": ')
    await run(shell, 'systemctl --user restart openclaw-gateway')
    await eventually(async () => {
      expect(await show(shell, 'ActiveState,ExecMainStatus')).toEqual({
        ActiveState: 'failed',
        ExecMainStatus: '78',
      })
    })
    expect((await run(shell, 'openclaw config validate --json')).stdout).toContain('"valid":false')
    writeFileSync(file, good)
    await run(shell, 'systemctl --user start openclaw-gateway')
    await eventually(() => expect(node.facts().ready).toBe(true))
  })

  test('a restart waits for a running turn', async () => {
    node.gateway.startTurn('agent:main:main')
    const { pid } = node.facts()
    const restarted = run(shell, 'systemctl --user restart openclaw-gateway')
    await eventually(async () => {
      expect(await show(shell, 'ActiveState')).toEqual({ ActiveState: 'deactivating' })
    })
    expect(node.facts().pid).toBe(pid)
    node.gateway.endTurn()
    expect((await restarted).code).toBe(0)
    expect(node.facts().pid).not.toBe(pid)
    await eventually(() => expect(node.facts().ready).toBe(true))
  })
})

describe('the other programs of an embedded node', () => {
  test('loginctl keeps the linger state', async () => {
    const client = await login(feb)
    const linger = 'loginctl show-user oc -p Linger --value'
    expect((await run(client, linger)).stdout).toBe('no\n')
    expect((await run(client, 'loginctl enable-linger')).code).toBe(0)
    expect((await run(client, linger)).stdout).toBe('yes\n')
    client.end()
  })

  test('journalctl shows the last lines in each format and follows', async () => {
    node.gateway.log('warn', 'the needle')
    const short = await run(shell, 'journalctl --user -u openclaw-gateway -n 1 --no-pager -o short-iso')
    expect(short.stdout).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000 claw-new node\[\d+\]: .*the needle\n$/,
    )
    const json = await run(shell, 'journalctl --user -u openclaw-gateway -n 1 -o json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      PRIORITY: '4',
      MESSAGE: expect.stringContaining('the needle'),
    })
    const seen: string[] = []
    await new Promise<void>((resolve) => {
      shell.exec('journalctl --user -u openclaw-gateway -n 0 -f -o cat', (_error, channel) => {
        channel.stderr.resume()
        channel.on('data', (chunk: Buffer) => {
          seen.push(String(chunk))
          if (seen.join('').includes('live line')) channel.signal('TERM')
        })
        channel.on('close', () => resolve())
        const speak = setInterval(() => node.gateway.log('info', 'live line'), 50)
        channel.on('close', () => clearInterval(speak))
      })
    })
    expect(seen.join('')).toContain('live line')
  })

  test('openclaw tells its version, its agents and its sessions', async () => {
    expect((await run(shell, 'openclaw --version')).stdout).toBe('OpenClaw 2026.9.6 (eb377ac)\n')
    const agentRows = JSON.parse((await run(shell, 'openclaw agents list --json')).stdout)
    expect(agentRows.map((row: { id: string }) => row.id)).toEqual(['main', 'alpha'])
    const listed = JSON.parse((await run(shell, 'openclaw sessions --all-agents --json --limit all')).stdout)
    const totals = listed.sessions
      .map((row: { key: string; totalTokens: number }) => [row.key, row.totalTokens])
      .sort()
    expect(totals).toEqual([
      ['agent:alpha:main', 172_000],
      ['agent:main:main', 15_000],
    ])
    const binary = await run(shell, 'dirname "$(readlink -f "$(command -v openclaw)")"')
    const manifest = JSON.parse(readFileSync(join(binary.stdout.trim(), 'package.json'), 'utf8'))
    expect(manifest).toMatchObject({ name: 'openclaw', version: '2026.9.6' })
  })

  test('openclaw reaches the running gateway, and says so when there is none, in the words of each release', async () => {
    const called = await run(
      shell,
      `openclaw gateway call sessions.describe --params '{"key":"agent:alpha:main"}' --json`,
    )
    expect(JSON.parse(called.stdout)).toMatchObject({ session: { totalTokens: 172_000 } })
    const unknown = await run(shell, 'openclaw gateway call no.such.method --json')
    expect(unknown.code).toBe(1)
    expect(JSON.parse(unknown.stdout)).toEqual({
      ok: false,
      error: {
        type: 'gateway_request_error',
        code: 'INVALID_REQUEST',
        message: 'unknown method: no.such.method',
        retryable: false,
      },
    })
    const client = await login(feb)
    await feb.gateway.stopService()
    const down = await run(client, 'openclaw gateway call health --json')
    expect(down).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('ECONNREFUSED') })
    expect(JSON.parse((await run(client, 'openclaw gateway status --json')).stdout).rpc.ok).toBe(false)
    const store = JSON.parse(
      readFileSync(join(feb.home, '.openclaw/agents/alpha/sessions/sessions.json'), 'utf8'),
    )
    expect(store['agent:alpha:main']).toMatchObject({ totalTokens: 172_000, contextTokens: 200_000 })
    client.end()
  })

  test('the unit and the configuration are where OpenClaw puts them', async () => {
    const unit = await run(shell, 'systemctl --user cat openclaw-gateway')
    expect(unit.stdout).toContain(
      `ExecStart=${node.home}/.nvm/versions/node/v24.21.0/bin/node --max-old-space-size=8192`,
    )
    expect((await run(shell, `${node.home}/.nvm/versions/node/v24.21.0/bin/node --version`)).stdout).toBe(
      'v24.21.0\n',
    )
    expect(statSync(join(node.home, '.openclaw/openclaw.json')).mode & 0o777).toBe(0o600)
  })
})

function processesOf(marker: string): string[] {
  if (!existsSync('/proc/self/environ')) return []
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(marker)
    } catch {
      return false
    }
  })
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

test('close leaves no process, no port and no file', async () => {
  const root = mkdtempSync(join(tmpdir(), 'ocm-close-'))
  mkdirSync(join(root, 'nodes'))
  const spec = { id: 'a', name: 'claw-a', version: '2026.9.6', agents, timings } as const
  const own = await startNodes({
    root: join(root, 'nodes'),
    authorizedKeys: [loginKey.publicKey],
    nodes: [spec],
  })
  const [only] = own.nodes
  if (!only) throw new Error('no node')
  const client = await login(only)
  client.on('error', () => {})
  const { stdout } = await run(client, 'echo "$OPENCLAW_SANDBOX_NODE"')
  const cut = [
    run(client, 'sleep 600 & sleep 600'),
    run(client, 'setsid sleep 600 >/dev/null 2>&1 & sleep 600'),
  ]
  const ends = Promise.allSettled(cut)
  only.gateway.startTurn()
  await eventually(() => expect(only.facts().runningCommands).toBe(2))
  const sleepers = existsSync('/proc/self/environ') ? 4 : 0
  await eventually(() => expect(processesOf(stdout.trim()).length).toBeGreaterThan(sleepers))
  await own.close()
  await ends
  await own.close()
  expect(processesOf(stdout.trim())).toEqual([])
  expect(await answers(only.sshPort)).toBe(false)
  expect(await answers(only.gatewayPort)).toBe(false)
  expect(readdirSync(join(root, 'nodes'))).toEqual([])
  rmSync(root, { recursive: true })
})
