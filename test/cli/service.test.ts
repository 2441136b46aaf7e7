import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDiscord } from '../../src/sandbox/discord/start-discord.ts'
import { openServiceManager } from '../../src/service/service-manager.ts'
import { settingsFiles } from '../../src/service/settings-files.ts'
import { unitText } from '../../src/service/unit.ts'
import { readEnvironment } from '../../src/settings/environment.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { makeKeyPair } from '../support/key-pair.ts'
import { keepLog } from '../support/log-keeper.ts'
import { type BuiltProgram, buildProgram } from '../support/program.ts'

let built: BuiltProgram
let folder = ''
beforeAll(async () => {
  built = await buildProgram()
  folder = await mkdtemp(join(tmpdir(), 'ocm-service-'))
  await mkdir(join(folder, 'bin'))
  await writeFile(join(folder, 'key'), makeKeyPair().private, { mode: 0o600 })
  // What systemd is told and asked lands in files: nothing here runs under a service manager.
  await program('systemd-notify', `printf '%s\\n' "$@" >> '${join(folder, 'told')}'`)
}, 60_000)
afterAll(async () => {
  await built?.remove()
  await rm(folder, { recursive: true, force: true })
})

/** In one step: a shell takes a half-written program for one that does nothing and ends well. */
async function program(name: string, body: string): Promise<void> {
  const path = join(folder, 'bin', name)
  await writeFile(`${path}.new`, `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  await rename(`${path}.new`, path)
}
const surroundings = () => ({
  PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
  HOME: folder,
  LANG: 'C.UTF-8',
})
const told = async () =>
  (await readFile(join(folder, 'told'), 'utf8').catch(() => '')).split('\n').slice(0, -1)

async function ocm(...args: string[]) {
  const child = spawn(process.execPath, [built.main, ...args], { cwd: folder, env: surroundings() })
  const printed = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...printed }
}

const analyses = process.env.CI === 'true' || spawnSync('systemd-analyze', ['--version']).error === undefined

describe('the unit of the service', () => {
  it.skipIf(!analyses)('is closed as far as V8 and the network allow', { timeout: 30_000 }, async () => {
    const shown = await ocm('service', 'install', '--print')
    expect(shown).toMatchObject({ code: 0, err: '' })
    const file = join(folder, 'ocm.service')
    await writeFile(file, shown.out)
    const judged = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', file], {
      encoding: 'utf8',
    })
    expect(judged.status, judged.stdout).toBe(0)
    expect(shown.out).not.toContain('MemoryDenyWriteExecute')
    expect(spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' }).stderr).not.toContain(
      'ocm.service',
    )
  })

  it('of a user asks for nothing that needs a name space or root', { timeout: 30_000 }, async () => {
    const { out } = await ocm('service', 'install', '--user', '--print')
    expect(out).not.toMatch(/^(?:User|Group|Private\w+|Protect\w+|LoadCredential)=/m)
    expect(out).toContain(`WorkingDirectory=${folder}\n`)
    expect(out).toContain('WantedBy=default.target')
  })

  it('keeps the words of its command apart, whatever is in them', () => {
    const text = unitText({
      level: 'user',
      command: ['/opt/my node/bin/node', '/srv/100%/$HOME/"x"/main.js'],
      credentials: [],
      environmentFile: null,
      folder: '/srv/a b',
    })
    expect(text).toContain('ExecStart="/opt/my node/bin/node" "/srv/100%%/$$HOME/\\"x\\"/main.js"\n')
    expect(text).toContain('WorkingDirectory=/srv/a b\n')
  })

  it('is not written where there is no systemd, no root or no settings, and says which', async () => {
    const { code, err, out } = await ocm('service', 'install', '--yes')
    expect([code, out]).toEqual([6, ''])
    expect(err).toMatch(/cannot be made a service here: .+\n {2}Next: .+/)
  })
})

describe('the settings of a service', () => {
  it('name the certificate where it lies, also the one beside the key', async () => {
    const named = async (values: Record<string, string>) => {
      const { files } = await settingsFiles({ OCM_SSH_KEY: 'key', ...values }, { folder, home: folder })
      return parseEnv(files.find(({ path }) => path === '/etc/ocm/ocm.env')?.content ?? '')
        .OCM_SSH_CERTIFICATE
    }
    expect(await named({})).toBeUndefined()
    expect(await named({ OCM_SSH_CERTIFICATE: '~/signed.pub' })).toBe(join(folder, 'signed.pub'))
    await writeFile(join(folder, 'key-cert.pub'), '')
    expect(await named({})).toBe(join(folder, 'key-cert.pub'))
    await rm(join(folder, 'key-cert.pub'))
  })

  it('hold no secret in the file that the environment is made of', async () => {
    await writeFile(join(folder, 'hosts'), 'h ssh-ed25519 AAAA\n')
    const values = {
      DISCORD_TOKEN: 'the-token',
      OCM_SSH_KEY: '~/key',
      OCM_SSH_KEY_PASSPHRASE: 'the phrase',
      OCM_KNOWN_HOSTS: 'hosts',
      OCM_DATA_DIR: './data',
      OCM_ADMINS: 'role:123456789012345678@a+b, everyone',
      OCM_TIME_ZONE: '',
    }
    const { files, credentials } = await settingsFiles(values, { folder, home: folder })
    const plain = files.find(({ path }) => path === '/etc/ocm/ocm.env')?.content ?? ''
    expect(parseEnv(plain)).toEqual({
      OCM_DATA_DIR: '/var/lib/ocm',
      OCM_SSH_AGENT: 'none',
      OCM_SSH_KEY: '/etc/ocm/OCM_SSH_KEY',
      OCM_KNOWN_HOSTS: '/etc/ocm/OCM_KNOWN_HOSTS',
      OCM_ADMINS: values.OCM_ADMINS,
    })
    expect(files.find(({ path }) => path.endsWith('/OCM_SSH_KEY'))?.content).toContain('PRIVATE KEY')
    expect(credentials.map(({ name }) => name).sort()).toEqual([
      'DISCORD_TOKEN',
      'OCM_KNOWN_HOSTS',
      'OCM_SSH_KEY',
      'OCM_SSH_KEY_PASSPHRASE',
    ])
    await expect(settingsFiles({ OCM_SSH_KEY: 'none' }, { folder, home: folder })).rejects.toMatchObject({
      code: 'service-impossible',
      params: { why: 'no-key', file: 'none' },
    })
  })

  it('take the keys of single tags and the full one along, each in a file for the account alone', async () => {
    const values = { OCM_SSH_KEY: 'key', OCM_SSH_KEYS: 'prod=key, eu=~/key', OCM_SSH_FULL_KEY: '~/key' }
    const { files, credentials } = await settingsFiles(values, { folder, home: folder })
    const plain = parseEnv(files.find(({ path }) => path === '/etc/ocm/ocm.env')?.content ?? '')
    expect(plain).toMatchObject({
      OCM_SSH_KEYS: 'prod=/etc/ocm/OCM_SSH_KEYS.prod,eu=/etc/ocm/OCM_SSH_KEYS.eu',
      OCM_SSH_FULL_KEY: '/etc/ocm/OCM_SSH_FULL_KEY',
    })
    for (const name of ['OCM_SSH_KEYS.prod', 'OCM_SSH_KEYS.eu', 'OCM_SSH_FULL_KEY'])
      expect(files.find(({ path }) => path === `/etc/ocm/${name}`)?.content).toContain('PRIVATE KEY')
    expect(credentials.map(({ name }) => name)).toEqual(['OCM_SSH_KEY'])
    const missing = settingsFiles({ ...values, OCM_SSH_KEYS: 'prod=none' }, { folder, home: folder })
    await expect(missing).rejects.toMatchObject({ code: 'service-impossible', params: { file: 'none' } })
  })

  it('are read from credentials before the environment and the file', async () => {
    const place = join(folder, 'credentials')
    await mkdir(place)
    await writeFile(join(place, 'DISCORD_TOKEN'), 'from-a-credential\n')
    await writeFile(join(place, 'OCM_SSH_KEY'), 'a key')
    const env = { CREDENTIALS_DIRECTORY: place, DISCORD_TOKEN: 'from-the-environment', OCM_LOG_LEVEL: 'warn' }
    expect(readEnvironment(null, env).values).toMatchObject({
      DISCORD_TOKEN: 'from-a-credential',
      OCM_SSH_KEY: join(place, 'OCM_SSH_KEY'),
      OCM_LOG_LEVEL: 'warn',
    })
    expect(
      readEnvironment(null, { ...env, CREDENTIALS_DIRECTORY: join(folder, 'none') }).values,
    ).toMatchObject({
      DISCORD_TOKEN: 'from-the-environment',
    })
  })
})

describe('what the service manager is told', () => {
  it('is a sign for good passes alone, and no more of them than it needs', async () => {
    await rm(join(folder, 'told'), { force: true })
    const clock = createFakeClock()
    const env = { ...surroundings(), NOTIFY_SOCKET: '/run/nowhere', WATCHDOG_USEC: '600000000' }
    const manager = openServiceManager({ env, clock, log: keepLog(), passMs: 60_000 })
    manager.ready()
    await expect.poll(told).toEqual(['READY=1'])
    manager.passed()
    manager.passed()
    await expect.poll(told).toEqual(['READY=1', 'WATCHDOG=1'])
    await clock.advance(150_000)
    manager.passed()
    await expect.poll(told).toEqual(['READY=1', 'WATCHDOG=1', 'WATCHDOG=1'])
  })

  it('widens a span that is too short for the interval of the settings', async () => {
    await rm(join(folder, 'told'), { force: true })
    const env = { ...surroundings(), NOTIFY_SOCKET: '/run/nowhere', WATCHDOG_USEC: '600000000' }
    openServiceManager({ env, clock: createFakeClock(), log: keepLog(), passMs: 3_600_000 }).ready()
    await expect.poll(told).toEqual(['READY=1', 'WATCHDOG_USEC=10800000000'])
  })

  it('is nothing where none listens, and a program that is missing is said once', async () => {
    const log = keepLog()
    const clock = createFakeClock()
    openServiceManager({ env: { PATH: '/nowhere' }, clock, log, passMs: 1 }).ready()
    const env = { PATH: '/nowhere', NOTIFY_SOCKET: '/run/nowhere', WATCHDOG_USEC: '1000000' }
    const manager = openServiceManager({ env, clock, log, passMs: 1 })
    manager.ready()
    await expect.poll(() => log.lines.length).toBe(1)
    manager.passed()
    expect(log.lines).toHaveLength(1)
  })

  it('is told again what it could not be told once', async () => {
    await rm(join(folder, 'told'), { force: true })
    const log = keepLog()
    const clock = createFakeClock()
    const env = { ...surroundings(), NOTIFY_SOCKET: '/run/nowhere', WATCHDOG_USEC: '600000000' }
    const manager = openServiceManager({ env, clock, log, passMs: 60_000 })
    await program('systemd-notify', 'exit 1')
    try {
      manager.ready()
      await expect.poll(() => log.lines.length).toBe(1)
      manager.passed()
      // However often it fails, that is said once.
      for (let times = 0; times < 3; times++) manager.passed()
      await clock.advance(150_000)
      manager.passed()
      expect(log.lines).toHaveLength(1)
    } finally {
      await program('systemd-notify', `printf '%s\\n' "$@" >> '${join(folder, 'told')}'`)
    }
    const all = async () => {
      manager.passed()
      return [...new Set(await told())].sort()
    }
    await expect.poll(all, { timeout: 10_000 }).toEqual(['READY=1', 'WATCHDOG=1'])
  })

  it('is ready, then good, by a bot that runs', { timeout: 60_000 }, async () => {
    await rm(join(folder, 'told'), { force: true })
    const discord = await startDiscord({
      token: 'a-token-of-the-emulator',
      users: [{ name: 'Ada' }],
      roles: [],
      channels: [{ name: 'fleet' }],
      page: false,
    })
    const bot = spawn(process.execPath, [join(built.folder, 'src/main.js')], {
      cwd: folder,
      stdio: 'ignore',
      env: {
        ...surroundings(),
        NOTIFY_SOCKET: '/run/nowhere',
        WATCHDOG_USEC: '600000000',
        DISCORD_TOKEN: 'a-token-of-the-emulator',
        DISCORD_GUILD_ID: discord.ids.guild,
        DISCORD_CHANNEL_ID: discord.ids.channels.fleet ?? '',
        DISCORD_API_URL: discord.apiUrl,
        OCM_SSH_KEY: join(folder, 'key'),
        OCM_SSH_AGENT: 'none',
        OCM_DATA_DIR: join(folder, 'data'),
        OCM_REFRESH_INTERVAL_MS: '1000',
      },
    })
    const ended = once(bot, 'close')
    try {
      await expect
        .poll(told, { timeout: 40_000 })
        .toEqual(expect.arrayContaining(['READY=1', 'STATUS=ready', 'WATCHDOG=1']))
    } finally {
      bot.kill('SIGTERM')
      await ended
      await discord.close()
    }
    await expect.poll(told).toContain('STOPPING=1')
  })
})

describe('the state of the service', () => {
  const answer = (values: Record<string, string>) =>
    program(
      'systemctl',
      Object.entries(values)
        .map(([name, value]) => `echo '${name}=${value}'`)
        .join('\n'),
    )

  it('is told with what ocm says of itself', { timeout: 30_000 }, async () => {
    await answer({
      LoadState: 'loaded',
      ActiveState: 'active',
      SubState: 'running',
      MainPID: '42',
      StatusText: 'ready',
    })
    const running = await ocm('service', 'status')
    expect([running.code, running.out]).toEqual([0, expect.stringContaining('ocm.service: active (running)')])
    expect(running.out).toContain('says: ready')
    await answer({ LoadState: 'loaded', ActiveState: 'failed', SubState: 'failed', Result: 'exit-code' })
    expect((await ocm('service', 'status', '--json')).code).toBe(4)
    await answer({ LoadState: 'not-found', ActiveState: 'inactive' })
    expect((await ocm('service', 'status')).out).toContain('not installed')
    await program('systemctl', 'exit 1')
    expect((await ocm('service', 'status')).code).toBe(5)
  })
})
