import { execFile } from 'node:child_process'
import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DiscordSandbox, startDiscord } from '../../src/sandbox/discord/start-discord.ts'
import type { Conversation } from '../support/conversation.ts'
import { controlsOf, person, textOf } from '../support/room.ts'
import { must } from './command.ts'
import { type Fleet, type RealNode, startFleet } from './fleet.ts'
import { type LocalRegistry, startLocalRegistry } from './local-registry.ts'
import { ADMIN, USER, USER_ID } from './machine.ts'
import { atTerminal } from './terminal.ts'
import { tunnelTo } from './tunnel.ts'

const SOURCE = path.join(import.meta.dirname, '../..')
const HOME = `/home/${ADMIN}`
const TOKEN = 'a-token-of-the-emulator'

let fleet: Fleet
let discord: DiscordSandbox
let registry: LocalRegistry
let tunnel: ReturnType<typeof tunnelTo>
let scratch = ''
/** Where ocm is to run: Node, npm, an administrator, and nothing else. */
let desk: RealNode
let tokyo: RealNode

beforeAll(async () => {
  scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'ocm-guide-'))
  ;[fleet, discord, registry] = await Promise.all([
    startFleet({
      nodes: [
        { name: 'desk', openclaw: null },
        {
          name: 'tokyo-1',
          openclaw: '2026.9.6',
          sessions: [{ agent: 'main', tokens: 15_000 }],
        },
      ],
    }),
    startDiscord({
      token: TOKEN,
      users: [{ name: 'Ada', roles: ['ops team'] }],
      roles: [{ name: 'ops team' }],
      channels: [{ name: 'fleet' }],
      page: false,
    }),
    startLocalRegistry(SOURCE),
  ])
  desk = fleet.node('desk')
  tokyo = fleet.node('tokyo-1')
  const npm = (await must('npm', ['root', '--global'])).trim()
  await fs.copyFile(process.execPath, desk.machine.file('/usr/local/bin/node'))
  await fs.mkdir(desk.machine.file('/usr/local/lib/node_modules'), { recursive: true })
  await must('cp', ['-a', path.join(npm, 'npm'), desk.machine.file('/usr/local/lib/node_modules/')])
  await desk.root('ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm')
  const address = await desk.machine.cableTo(tokyo.machine)
  await desk.root(`echo '${address} tokyo-1' >> /etc/hosts`)
  // What the guide takes for granted: the registry of npm, Discord, and a person who can log in to the node.
  await desk.machine.writeAs(0, '/root/.npmrc', `registry=${registry.address}\n`)
  await desk.machine.writeAs(1_001, `${HOME}/.env`, `DISCORD_API_URL=${discord.apiUrl}\n`, 0o600)
  await desk.machine.writeAs(
    1_001,
    `${HOME}/.ssh/id_ed25519`,
    await fs.readFile(fleet.keyPath, 'utf8'),
    0o600,
  )
  discord.expectRefusal({ path: /gateway/, status: 404 })
  tunnel = tunnelTo(desk, [`${discord.apiUrl}/v10/gateway`, registry.address], scratch)
  await tunnel.open()
})
afterAll(async () => {
  await tunnel?.close()
  await fleet?.stop()
  await discord?.close()
  await registry?.close()
  await fs.rm(scratch, { recursive: true, force: true })
})

/** The commands that a section of the guide prints, as they stand there. */
async function printed(heading: string): Promise<string[]> {
  const text = await fs.readFile(path.join(SOURCE, 'docs/setup.md'), 'utf8')
  const from = text.indexOf(`${heading}\n`)
  expect(from, heading).toBeGreaterThan(0)
  const [section = ''] = text.slice(from + heading.length).split(/^#/m)
  return section
    .split('\n')
    .filter((line) => line.startsWith('    '))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
}

/** Types a command on the desk as its administrator; what a person cannot know before is put in its place. */
async function type(command: string, answers: Conversation = []) {
  const line = command.replace('./ocm-….tgz', './ocm-*.tgz').replace('ocm@tokyo-1', `${USER}@tokyo-1`)
  return atTerminal(desk.machine, ADMIN, `LANG=C.UTF-8; export LANG; ${line}`, answers)
}

test('the set-up guide, followed to the letter, ends with a node that is watched by a key that can do less', async () => {
  let all = 0
  const step = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const since = performance.now()
    const done = await work()
    const seconds = (performance.now() - since) / 1_000
    all += seconds
    process.stdout.write(`${seconds.toFixed(0)} s  ${what}\n`)
    return done
  }

  // 3. Install and settings
  const [pack = '', install = '', keygen = '', init = '', ...more] = await printed(
    '## 3. Install and settings',
  )
  expect([pack, install, init]).toEqual([
    'npm ci && npm pack',
    'sudo npm install --global ./ocm-….tgz',
    'ocm init',
  ])
  expect(more).toHaveLength(1)
  await step(pack, async () => {
    const files = (await must('git', ['ls-files'])).trim().split('\n')
    await must('cp', ['--parents', '-t', scratch, ...files])
    await promisify(execFile)('sh', ['-c', pack], { cwd: scratch, timeout: 300_000, maxBuffer: 2 ** 26 })
  })
  const archive = (await fs.readdir(scratch)).find((name) => name.endsWith('.tgz')) ?? ''
  await must('cp', [path.join(scratch, archive), desk.machine.file(HOME)])
  const installed = await step(install, () => type(install))
  expect(installed, installed.shown).toMatchObject({ code: 0 })
  expect(await step(keygen, () => type(keygen))).toMatchObject({ code: 0 })
  const asked = await step(init, () =>
    type(init, [
      ['Bot token', TOKEN],
      ['Server', ''],
      ['Channel', 'fleet'],
      ['Roles', 'ops team'],
      ['Private key', ''],
      ['known_hosts', ''],
      ['Folder', ''],
    ]),
  )
  expect(asked.shown).toMatch(/0 problems/)
  expect(asked.shown).not.toContain(TOKEN)
  expect((await desk.root(`grep OCM_SSH_KEY= ${HOME}/.env`)).stdout).toContain('~/.ssh/ocm')

  // 4. Start: as a service
  const [service = ''] = await printed('### As a service')
  const started = await step(service, () => type(service, [['Type y', 'y']]))
  expect([started.code, started.shown]).toEqual([0, expect.stringContaining('ocm.service: active')])

  // "The bot registers its commands and appears online."
  const ada = person(discord, 'Ada')
  await step('its commands are there', () =>
    discord.until(
      () => discord.control.state(ada.as).commands.some(({ path }) => path.join(' ') === 'node list'),
      60_000,
    ),
  )

  // 5. Take your nodes in
  const full = (await desk.root(`cat ${HOME}/.ssh/ocm.pub`)).stdout
  const before = await fs.readFile(tokyo.machine.file(`/home/${USER}/.ssh/authorized_keys`), 'utf8')
  await tokyo.machine.writeAs(USER_ID, `/home/${USER}/.ssh/authorized_keys`, before + full, 0o600)
  const listed = async () => textOf(await ada.ask('node list', {}, /tokyo-1|no nodes/i))
  await step('/node register', async () => {
    const question = await ada.ask(
      'node register',
      { id: 'tokyo-1', name: 'Tokyo 1', host: `${USER}@tokyo-1` },
      (message) => controlsOf(message).some((id) => id.includes('yes')),
    )
    expect(textOf(question)).toContain('SHA256:')
    await ada.press(question, 'yes')
    await expect.poll(listed, { timeout: 60_000, interval: 1_000 }).toMatch(/serving/)
  })

  // A key that can do less
  const lines = await printed('### A key that can do less')
  const [daily = '', alone = '', put = '', ...asService] = lines
  expect([alone, asService]).toEqual([
    expect.stringMatching(/^ocm key restrict tokyo-1 /),
    [expect.stringMatching(/^sudo -u ocm ocm key restrict tokyo-1 /), put, service],
  ])
  await desk.machine.writeAs(1_001, `${HOME}/.ssh/known_hosts`, `tokyo-1 ${await tokyo.hostKey()}\n`)
  await step('a key that can do less', async () => {
    expect(await type(daily)).toMatchObject({ code: 0 })
    for (const command of asService.slice(0, 2)) {
      const ran = await type(command)
      expect(ran, ran.shown).toMatchObject({ code: 0 })
    }
    const head = (await desk.root(`cat ${HOME}/restrict.sh`)).stdout
    const sshd = head.match(/^# (?:Match User|\s+Allow)[^\n]*$/gm)?.map((line) => line.slice(2)) ?? []
    expect(sshd).toHaveLength(3)
    await tokyo.machine.writeAs(0, '/etc/ssh/sshd_config.d/ocm.conf', `${sshd.join('\n')}\n`)
    expect(await tokyo.root('sshd -t && systemctl reload ssh')).toMatchObject({ code: 0 })
    await type(`sed -i 's,^OCM_SSH_KEY=.*,OCM_SSH_KEY=~/.ssh/ocm-daily,' .env`)
    const again = await type(service, [['Type y', 'y']])
    expect(again, again.shown).toMatchObject({ code: 0 })
  })
  // The full key is gone from the node: what is seen now is seen by the other one, which gives no shell.
  await tokyo.root(`sed -i '\\|${full.split(' ')[1]}|d' /home/${USER}/.ssh/authorized_keys`)
  await expect.poll(listed, { timeout: 60_000, interval: 1_000 }).toMatch(/serving/)
  const byDaily = await type(`ssh -i ~/.ssh/ocm-daily -o IdentitiesOnly=yes ocm@tokyo-1 id`)
  expect([byDaily.code === 0, byDaily.shown]).toEqual([false, expect.not.stringContaining('uid=')])

  process.stdout.write(`${all.toFixed(0)} s  in all\n`)
})
