import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'vitest'
import type { MessageView } from '../../src/sandbox/discord/control.ts'
import { type DiscordSandbox, startDiscord } from '../../src/sandbox/discord/start-discord.ts'
import { controlsOf } from '../support/room.ts'
import { must } from './command.ts'
import { type RealNode, startFleet } from './fleet.ts'
import { tunnelTo } from './tunnel.ts'

export const TOKEN = 'a-token-of-the-emulator'
/** RestartSec of the unit, the start of the program, and a busy machine. */
export const BACK_MS = 90_000
const METRICS_PORT = 9_464
/** Where the C library is told that it is another time; see faketime(1). */
const CLOCK = '/run/ocm-clock'
const CLOCK_LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'

/** What systemd says of the service. */
export interface State {
  active: string
  pid: number | null
  status: string
  restarts: number
}

/**
 * A machine on which nothing but Node and ocm is installed, in reach of the embedded Discord, with a node to watch that it has
 * no way to: so there is something to tell, once.
 */
export interface ServiceMachine {
  readonly node: RealNode
  readonly discord: DiscordSandbox
  /** Runs ocm as root in /root, or as the login in its home: the exit code on a line, then what it printed. */
  ocm(line: string, options?: { input?: string; user?: boolean }): Promise<string>
  /** Writes settings for {@link ocm} that `ocm init` keeps, and gives what it needs. Returns its options. */
  prepareSettings(more: Readonly<Record<string, string>>, home?: string): Promise<string>
  state(level?: string): Promise<State>
  /** Waits until the service is ready in another process than `before`. */
  back(before: number | null, level?: string): Promise<number | null>
  /** The registry that names the node `oak`, as a file on the machine. */
  registryFile(): Promise<string>
  openTunnel(): Promise<void>
  closeTunnel(): Promise<void>
  /** Epoch milliseconds by its own clock at which the service last saw all nodes; 0 when it does not say. */
  lastPass(): Promise<number>
  /** Puts another text under the unit, over what `ocm service install` wrote, and starts it anew. */
  override(lines: readonly string[]): Promise<void>
  /** Moves the clock of the service, and of nothing else, so far from the real one: `+25h`, `-2d`, `+0`. */
  moveClock(by: string): Promise<void>
  /** Settings of the unit under which {@link moveClock} works. */
  readonly clockLines: readonly string[]
  messages(): MessageView[]
  /** Controls that are on two messages: the same thing was sent twice. */
  sentTwice(): string[]
  stop(): Promise<void>
}

export async function startServiceMachine(): Promise<ServiceMachine> {
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'ocm-package-'))
  const [fleet, discord] = await Promise.all([
    startFleet({
      nodes: [
        { name: 'fern', openclaw: null },
        { name: 'oak', openclaw: null, runs: 'sshd' },
      ],
    }),
    startDiscord({
      token: TOKEN,
      users: [{ name: 'Ada' }],
      roles: [{ name: 'ops team' }],
      channels: [{ name: 'fleet' }],
      page: false,
    }),
  ])
  const node = fleet.node('fern')
  await installPackage(node, scratch)
  await fs.copyFile(CLOCK_LIBRARY, node.machine.file('/usr/local/lib/libfaketime.so'))
  const as = {
    userId: discord.ids.users.Ada ?? '',
    locale: 'en-US',
    channelId: discord.ids.channels.fleet ?? '',
  } as const
  const messages = () => discord.control.messages(as)
  const tunnel = tunnelToDiscord(node, discord, scratch)
  const state = async (level = '') => {
    const command = `ocm service status ${level} --json`
    const ran = level === '' ? await node.root(command) : await node.user(`cd && ${command}`)
    return JSON.parse(ran.stdout).data.state as State
  }
  return {
    node,
    discord,
    async ocm(line, { input = '', user = false } = {}) {
      const run = user ? node.user : node.root
      const ran = await run(`cd ${user ? '' : '/root'} && LANG=C.UTF-8 ocm ${line}`, {
        input,
        timeoutMs: 180_000,
      })
      return `${ran.code}\n${ran.stdout}${ran.stderr}`
    },
    async prepareSettings(more, home = '/root') {
      const key = path.join(home, 'key')
      const owner = home === '/root' ? 0 : 1000
      const known = `${fleet.node('oak').host} ${await fleet.node('oak').hostKey()}\n`
      const lines = Object.entries({ DISCORD_API_URL: discord.apiUrl, ...more }).map(
        ([name, value]) => `${name}=${value}\n`,
      )
      await node.machine.writeAs(owner, path.join(home, '.env'), lines.join(''), 0o600)
      await node.machine.writeAs(owner, key, await fs.readFile(node.keyPath, 'utf8'), 0o600)
      await node.machine.writeAs(owner, path.join(home, 'known'), known, 0o600)
      return `--token-file=- --guild Demo --channel fleet --admins 'ops team' --ssh-key ${key} --known-hosts ${home}/known --yes`
    },
    state,
    async back(before, level) {
      await expect
        .poll(
          async () => {
            const now = await state(level)
            return { ...now, other: now.pid !== before }
          },
          { timeout: BACK_MS, interval: 1_000 },
        )
        .toMatchObject({ active: 'active', status: 'ready', other: true })
      return (await state(level)).pid
    },
    async registryFile() {
      const oak = fleet.node('oak')
      const entry = {
        id: 'oak',
        name: 'Oak',
        host: oak.host,
        sshPort: 22,
        sshUser: oak.login,
        ocPath: '~/.openclaw',
        gatewayPort: 18_789,
      }
      // Not in /tmp, which the machine has in its memory.
      const file = '/usr/local/share/nodes-registry.json'
      await node.machine.writeAs(0, file, JSON.stringify({ nodes: [entry], retired: [] }))
      return file
    },
    openTunnel: tunnel.open,
    closeTunnel: tunnel.close,
    async lastPass() {
      const { stdout } = await node.root(`curl -s http://127.0.0.1:${METRICS_PORT}/metrics`)
      return Number(/^ocm_sweep_last_success_timestamp_seconds (\S+)$/m.exec(stdout)?.[1] ?? 0) * 1_000
    },
    async override(lines) {
      await node.machine.writeAs(
        0,
        '/etc/systemd/system/ocm.service.d/override.conf',
        ['[Service]', ...lines, ''].join('\n'),
      )
      await node.root('systemctl daemon-reload && systemctl restart ocm')
    },
    async moveClock(by) {
      // Replaced, not written over: it is read while it is changed.
      await node.root(`echo '${by}' > ${CLOCK}.new && mv ${CLOCK}.new ${CLOCK}`)
    },
    clockLines: [
      'Environment=LD_PRELOAD=/usr/local/lib/libfaketime.so',
      `Environment=FAKETIME_TIMESTAMP_FILE=${CLOCK} FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1`,
    ],
    messages,
    sentTwice() {
      const controls = messages().flatMap(controlsOf)
      return controls.filter((id, index) => controls.indexOf(id) !== index)
    },
    async stop() {
      await tunnel.close()
      await fleet.stop()
      await discord.close()
      await fs.rm(scratch, { recursive: true, force: true })
    },
  }
}

/** The settings of a service that looks at its nodes every second, and says when. */
export const QUICK = {
  OCM_BACKUP_DIGEST: 'none',
  OCM_REFRESH_INTERVAL_MS: '1000',
  OCM_LIST_DEADLINE_MS: '1000',
  OCM_METRICS_LISTEN: String(METRICS_PORT),
} as const

/** Puts the package there as it is published. */
async function installPackage(node: RealNode, scratch: string): Promise<void> {
  const archive = (await must('npm', ['pack', '--silent', '--pack-destination', scratch])).trim()
  const install = ['install', '--global', '--no-fund', '--no-audit', '--silent', '--prefix']
  await must('npm', [...install, path.join(scratch, 'usr'), path.join(scratch, archive)], {
    timeoutMs: 300_000,
  })
  // A machine of its own has no way to a registry: what npm has installed is carried there.
  await must('cp', ['-a', `${path.join(scratch, 'usr')}/.`, node.machine.file('/usr/local')])
  await fs.copyFile(process.execPath, node.machine.file('/usr/local/bin/node'))
  await must('chown', ['-R', '0:0', node.machine.file('/usr/local')])
}

function tunnelToDiscord(node: RealNode, discord: DiscordSandbox, scratch: string) {
  // The question whether the way is open; nobody has signed in for it.
  discord.expectRefusal({ path: /gateway/, status: 404 })
  return tunnelTo(node, [`${discord.apiUrl}/v10/gateway`], scratch)
}
