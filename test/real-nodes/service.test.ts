import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DiscordSandbox, startDiscord } from '../../src/sandbox/discord/start-discord.ts'
import { must } from './command.ts'
import { type Fleet, type RealNode, startFleet } from './fleet.ts'

const TOKEN = 'a-token-of-the-emulator'
/** RestartSec of the unit, the start of the program, and a busy machine. */
const BACK_MS = 90_000

let fleet: Fleet
let machine: RealNode
let discord: DiscordSandbox
let tunnel: ChildProcess | undefined
let scratch = ''

beforeAll(async () => {
  scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'ocm-package-'))
  ;[fleet, discord] = await Promise.all([
    startFleet({ nodes: [{ name: 'fern', openclaw: null }] }),
    startDiscord({
      token: TOKEN,
      users: [{ name: 'Ada' }],
      roles: [{ name: 'ops team' }],
      channels: [{ name: 'fleet' }],
      page: false,
    }),
  ])
  machine = fleet.node('fern')
  const archive = (await must('npm', ['pack', '--silent', '--pack-destination', scratch])).trim()
  const install = ['install', '--global', '--no-fund', '--no-audit', '--silent', '--prefix']
  await must('npm', [...install, path.join(scratch, 'usr'), path.join(scratch, archive)], {
    timeoutMs: 300_000,
  })
  // A machine of its own has no way to a registry: what npm has installed is carried there.
  await must('cp', ['-a', `${path.join(scratch, 'usr')}/.`, machine.machine.file('/usr/local')])
  await fs.copyFile(process.execPath, machine.machine.file('/usr/local/bin/node'))
  await must('chown', ['-R', '0:0', machine.machine.file('/usr/local')])
})
afterAll(async () => {
  tunnel?.kill('SIGKILL')
  await fleet?.stop()
  await discord?.close()
  await fs.rm(scratch, { recursive: true, force: true })
})

/** Lets the machine reach the embedded Discord under the address that it has here. */
async function openTunnel(): Promise<void> {
  // The question whether the way is open; nobody has signed in for it.
  discord.expectRefusal({ path: /gateway/, status: 404 })
  const { port } = new URL(discord.apiUrl)
  const way = ['-N', '-R', `${port}:127.0.0.1:${port}`, '-o', 'ExitOnForwardFailure=yes']
  const settings = [
    '-F',
    'none',
    '-i',
    machine.keyPath,
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'BatchMode=yes',
  ]
  const known = ['-o', `UserKnownHostsFile=${path.join(scratch, 'known_hosts')}`]
  tunnel = spawn('ssh', [...settings, ...known, ...way, `${machine.login}@${machine.host}`], {
    stdio: 'ignore',
  })
  await expect
    .poll(async () => (await machine.root(`curl -s -o /dev/null ${discord.apiUrl}/v10/gateway`)).code, {
      timeout: 30_000,
      interval: 200,
    })
    .toBe(0)
}

async function closeTunnel(): Promise<void> {
  if (!tunnel) return
  const ended = once(tunnel, 'exit')
  tunnel.kill('SIGKILL')
  await ended
}

async function ocm(line: string, input = ''): Promise<string> {
  const ran = await machine.root(`cd /root && LANG=C.UTF-8 ocm ${line}`, { input, timeoutMs: 180_000 })
  return `${ran.code}\n${ran.stdout}${ran.stderr}`
}

async function state(): Promise<{ active: string; pid: number | null; status: string; restarts: number }> {
  const ran = await machine.root('ocm service status --json')
  return JSON.parse(ran.stdout).data.state
}

/** Waits until the service has said that it is ready, in another process than `before`. */
async function back(before: number | null): Promise<number | null> {
  await expect
    .poll(async () => ({ ...(await state()), other: (await state()).pid !== before }), {
      timeout: BACK_MS,
      interval: 1_000,
    })
    .toMatchObject({ active: 'active', status: 'ready', other: true })
  return (await state()).pid
}

describe('ocm on a machine where nothing but Node is installed', () => {
  test('is set up, becomes a service, and comes back from a kill and from a power cut', async () => {
    await openTunnel()
    await fs.copyFile(machine.keyPath, machine.machine.file('/root/key'))
    await machine.root(`umask 077; echo DISCORD_API_URL=${discord.apiUrl} > /root/.env; chmod 600 /root/key`)
    const options =
      "--token-file=- --guild Demo --channel fleet --admins 'ops team' --ssh-key /root/key --yes"
    // The commands are not registered before the bot has run: a warning, and nothing else.
    expect(await ocm(`init ${options}`, TOKEN)).toMatch(/^3\n[\s\S]*0 problems/)
    expect(await ocm('service install --yes')).toMatch(/^0\n[\s\S]*ocm\.service: active/)
    const first = await back(null)
    const environment = await machine.root(`tr '\\0' '\\n' < /proc/${first}/environ`)
    expect(environment.stdout).toContain('CREDENTIALS_DIRECTORY=')
    expect(environment.stdout).not.toContain(TOKEN)
    expect((await machine.root('stat -c "%a %U" /etc/ocm /etc/ocm/* /var/lib/ocm/.')).stdout).not.toMatch(
      /^\d*[1-7] /m,
    )
    const judged = await machine.root('systemd-analyze security --threshold=20 ocm')
    expect(judged.code, judged.stdout).toBe(0)
    const seen = await machine.root('cd / && runuser -u ocm -- ocm doctor --env-file /etc/ocm/ocm.env --json')
    const findings: { level: string; code: string }[] = JSON.parse(seen.stdout).data.findings
    expect(findings.filter(({ level }) => level === 'problem')).toEqual([])

    await machine.root(`kill -9 ${first}`)
    const second = await back(first)
    expect((await state()).restarts).toBe(1)

    await closeTunnel()
    await machine.machine.powerOff()
    await machine.machine.powerOn()
    await openTunnel()
    await back(second)
    expect(await ocm('service uninstall --yes')).toMatch(/^0\n/)
    expect(await ocm('service status')).toContain('not installed')
    expect((await machine.root('ls /etc/ocm /var/lib/ocm/ocm.db')).code).toBe(0)
  })
})
