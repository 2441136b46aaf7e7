import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inviteLink } from '../../src/discord/permissions.ts'
import { type DiscordSandbox, startDiscord } from '../../src/sandbox/discord/start-discord.ts'
import { type Conversation, converse } from '../support/conversation.ts'
import { makeKeyPair } from '../support/key-pair.ts'
import { type BuiltProgram, buildProgram } from '../support/program.ts'

const TOKEN = 'a-token-of-the-emulator'

let built: BuiltProgram
let discord: DiscordSandbox
let home = ''
const file = () => join(home, '.env')
const settings = async () => parseEnv(await readFile(file(), 'utf8'))

beforeAll(async () => {
  built = await buildProgram()
  discord = await startDiscord({
    token: TOKEN,
    users: [{ name: 'Ada' }],
    roles: [{ name: 'ops team' }, { name: 'guests' }],
    channels: [{ name: 'general' }, { name: 'fleet' }],
    page: false,
  })
}, 60_000)
afterAll(async () => {
  await discord?.close()
  await built?.remove()
})
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ocm-init-'))
  await mkdir(join(home, '.ssh'))
  await writeFile(join(home, '.ssh/id_ed25519'), makeKeyPair().private, { mode: 0o600 })
})
afterEach(() => rm(home, { recursive: true, force: true }))

const environment = () => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  LANG: 'C.UTF-8',
  TERM: 'xterm',
  DISCORD_API_URL: discord.apiUrl,
})

/** Runs `ocm init` without a terminal. */
async function init(args: string[], input = '') {
  const child = spawn(process.execPath, [built.main, 'init', ...args], { cwd: home, env: environment() })
  const printed = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text))
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...printed }
}

/** Runs `ocm init` in a terminal of its own. */
function initAtTerminal(answers: Conversation) {
  const line = `'${process.execPath}' '${built.main}' init`
  return converse(spawn('script', ['-qfec', line, '/dev/null'], { cwd: home, env: environment() }), answers)
}

it.each([
  ['at the hidden question', [['Bot token', '\u0003']]],
  [
    'at an open one',
    [
      ['Bot token', TOKEN],
      ['Server', '\u0003'],
    ],
  ],
] as const)('says that nothing was written to who breaks off %s', async (_where, answers) => {
  const { code, shown } = await initAtTerminal(answers)
  expect(code).toBe(130)
  expect(shown).toContain('nothing was written')
  expect(shown).not.toContain('broke')
  expect(await readdir(home)).not.toContain('.env')
})

const FLAGS = [
  '--guild',
  'Demo',
  '--channel',
  '#fleet',
  '--admins',
  'Ops Team,user:123456789012345678',
  '--yes',
]

describe('setting ocm up', () => {
  it('asks a person, shows no secret, and writes what the bot starts with', { timeout: 30_000 }, async () => {
    const { ids } = discord
    const { code, shown } = await initAtTerminal([
      ['Bot token', TOKEN],
      ['Server', ''],
      ['Channel', 'nowhere'],
      ['Channel', 'fleet'],
      ['Roles', 'ops team'],
      ['Private key', ''],
      ['known_hosts', ''],
      ['Folder', ''],
    ])
    expect(shown).not.toContain(TOKEN)
    expect(shown).toContain('DISCORD_CHANNEL_ID is not a Discord id')
    expect(shown).toContain(inviteLink(ids.bot))
    expect(await settings()).toEqual({
      DISCORD_TOKEN: TOKEN,
      DISCORD_GUILD_ID: ids.guild,
      DISCORD_CHANNEL_ID: ids.channels.fleet,
      OCM_ADMINS: `role:${ids.roles['ops team']}`,
      OCM_SSH_KEY: '~/.ssh/id_ed25519',
    })
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    // The commands are not registered yet, which the bot does when it starts: a warning, and nothing worse.
    expect(shown).toContain('0 problems')
    expect(code).toBe(3)
  })

  it('takes everything from a program, the token by its standard input', { timeout: 30_000 }, async () => {
    const { code, out, err } = await init([...FLAGS, '--token-file', '-', '--json'], `${TOKEN}\n`)
    expect([code, err]).toEqual([3, ''])
    expect(out).not.toContain(TOKEN)
    const { data } = JSON.parse(out)
    expect(data.invite).toBe(inviteLink(discord.ids.bot))
    expect(data.findings.map((one: { code: string }) => one.code)).toContain(
      'doctor.discord.permissions-complete',
    )
    expect(await settings()).toMatchObject({
      OCM_ADMINS: `role:${discord.ids.roles['ops team']},user:123456789012345678`,
    })
  })

  it('keeps the lines that it does not know, and changes nothing unasked', { timeout: 30_000 }, async () => {
    const before = `# mine\nOTHER='a b'\nDISCORD_TOKEN=${TOKEN}\nDISCORD_GUILD_ID=123456789012345678\n\nOCM_TIME_ZONE=UTC # zone\n`
    await writeFile(file(), before)
    await chmod(file(), 0o644)
    const flags = ['--no-check', '--guild', discord.ids.guild, '--channel', discord.ids.channels.fleet ?? '']
    const refused = await init(flags)
    expect(refused.code).toBe(6)
    expect(await readFile(file(), 'utf8')).toBe(before)
    expect((await init([...flags, '--yes'])).code).toBe(0)
    const after = await readFile(file(), 'utf8')
    expect(after.split('\n').slice(0, 6)).toEqual(
      before.replace('123456789012345678', discord.ids.guild).split('\n').slice(0, 6),
    )
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    expect(await readdir(home)).not.toContainEqual(expect.stringContaining('.tmp'))
  })

  it('names at once everything that is missing or wrong, and writes nothing', {
    timeout: 30_000,
  }, async () => {
    const { code, err } = await init(['--channel', 'no such channel', '--no-check', '--admins', 'nobody'])
    expect(code).toBe(2)
    for (const name of ['DISCORD_TOKEN', 'DISCORD_GUILD_ID', 'DISCORD_CHANNEL_ID', 'OCM_ADMINS'])
      expect(err).toContain(name)
    expect(await readdir(home)).toEqual(['.ssh'])
  })

  it('writes what is known when Discord cannot be asked, and says so', { timeout: 30_000 }, async () => {
    const ids = [
      '--guild',
      discord.ids.guild,
      '--channel',
      discord.ids.channels.fleet ?? '',
      '--token-file',
      '-',
    ]
    discord.expectRefusal({ status: 401 })
    const { code, out } = await init(ids, 'another-token-that-nobody-knows')
    expect(code).toBe(4)
    expect(out).toContain('Discord refuses DISCORD_TOKEN')
    expect(await settings()).toMatchObject({ DISCORD_GUILD_ID: discord.ids.guild })
  })
})
