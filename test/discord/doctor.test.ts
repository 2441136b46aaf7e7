import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { alertChannelByRest } from '../../src/discord/alerts/channel-test-by-rest.ts'
import { checkDiscord, type DiscordCheck, type LogIn } from '../../src/discord/doctor.ts'
import { inviteLink, NEEDED_PERMISSIONS, permissionTitle } from '../../src/discord/permissions.ts'
import { testOutcome } from '../../src/operations/test-alerts.ts'
import { createPlainInk } from '../../src/presenters/plain-ink.ts'
import { channelTest } from '../../src/presenters/test-alerts.ts'
import { Permission } from '../../src/sandbox/discord/permissions.ts'
import {
  type DiscordOptions,
  type DiscordSandbox,
  startDiscord,
} from '../../src/sandbox/discord/start-discord.ts'

const TOKEN = 'a-token-of-the-emulator'
const CLIENT_SECRET = 'a-client-secret-of-the-emulator'
const REDIRECT = 'https://ocm.example.org/api/ocm/login/discord/back'

let discord: DiscordSandbox | undefined

afterEach(() => discord?.close())

async function check(
  options: Partial<DiscordOptions>,
  about: { role?: string; guildId?: string; logIn?: LogIn; redirects?: string[] } = {},
): Promise<DiscordCheck[]> {
  discord = await startDiscord({
    token: TOKEN,
    users: [{ name: 'Ada' }],
    roles: [{ name: 'on-call' }, { name: 'pager', mentionable: true }],
    channels: [{ name: 'ops' }],
    page: false,
    ...options,
  })
  const { guild, channels, roles } = discord.ids
  const config = {
    token: TOKEN,
    guildId: about.guildId ?? guild,
    channelId: channels.ops ?? '',
    apiUrl: discord.apiUrl,
  }
  const role = about.role === undefined ? null : (roles[about.role] ?? about.role)
  for (const redirect of about.redirects ?? []) discord.oauth.allowRedirect(redirect)
  return checkDiscord(
    config,
    { alertRoleId: role, logIn: about.logIn ?? null },
    [],
    new AbortController().signal,
  )
}

const found = (checks: DiscordCheck[], code: string) => checks.find((one) => one.code === code)

describe('the doctor at Discord', () => {
  it('says that a role hears nothing when it may not be mentioned', async () => {
    const checks = await check({}, { role: 'on-call' })
    expect(found(checks, 'role-silent')).toMatchObject({ level: 'problem', params: { role: 'on-call' } })
  })

  it('is content with a role that may be mentioned', async () => {
    expect(found(await check({}, { role: 'pager' }), 'role-callable')?.level).toBe('ok')
  })

  it('names a role that is not on the server', async () => {
    const checks = await check({}, { role: '123456789012345678' })
    expect(found(checks, 'role-missing')?.params).toEqual({ role: '123456789012345678' })
  })

  it.each([
    ['log-in-ready', 'ok', CLIENT_SECRET, [REDIRECT]],
    ['redirect-missing', 'problem', CLIENT_SECRET, [`${REDIRECT}/`]],
    ['client-secret-refused', 'problem', 'another-client-secret-0123', [REDIRECT]],
  ])('says of signing in to the page: %s', async (code, level, clientSecret, redirects) => {
    const logIn = { clientSecret, redirect: REDIRECT }
    const checks = await check({ clientSecret: CLIENT_SECRET }, { logIn, redirects })
    expect(found(checks, code)?.level).toBe(level)
    expect(JSON.stringify(checks)).not.toContain(clientSecret)
  })

  it('hands out an invite link when the bot is not on the server', async () => {
    const checks = await check({}, { guildId: '123456789012345678' })
    discord?.expectRefusal({ code: 10004 })
    expect(String(found(checks, 'guild-missing')?.params.invite)).toMatch(
      /^https:\/\/discord\.com\/oauth2\/authorize\?client_id=\d+&scope=bot&permissions=\d+$/,
    )
  })
})

describe('the setup guide', () => {
  it('invites with exactly the permissions that are needed, and explains each', async () => {
    discord = undefined
    const guide = await readFile(new URL('../../docs/setup.md', import.meta.url), 'utf8')
    expect(guide).toContain(inviteLink('APPLICATION_ID'))
    const explained = [...guide.matchAll(/^\| ([A-Z][A-Za-z ]+) \| /gm)].map(([, name]) => name)
    const titles = NEEDED_PERMISSIONS.map((name) =>
      permissionTitle(name).replace('View Channel', 'View Channels'),
    )
    expect(explained.toSorted()).toEqual(titles.toSorted())
  })
})

describe('a test of the alert channel from a shell', () => {
  async function tried(options: {
    bot?: { permissions: bigint }
    roleId?: (ids: DiscordSandbox['ids']) => string
  }) {
    discord = await startDiscord({
      token: TOKEN,
      users: [{ name: 'Ada' }],
      roles: [{ name: 'on-call' }, { name: 'pager', mentionable: true }],
      channels: [{ name: 'ops' }],
      page: false,
      ...(options.bot ? { bot: options.bot } : {}),
    })
    const { ids, apiUrl } = discord
    const config = { token: TOKEN, guildId: ids.guild, channelId: ids.channels.ops ?? '', apiUrl }
    const channel = alertChannelByRest(config, options.roleId?.(ids) ?? null, Date.now)
    return channel.test({ locale: 'en', signal: new AbortController().signal })
  }

  it.each([
    ['pager', 'heard', 'done'],
    ['on-call', 'silent', 'partial'],
    ['123456789012345678', 'missing', 'partial'],
  ])('says whether the role %s would hear a call: %s', async (name, state, outcome) => {
    const result = await tried({ roleId: (ids) => ids.roles[name] ?? name })
    expect([result.call, result.failed]).toEqual([{ state, role: name }, []])
    expect(testOutcome(result)).toBe(outcome)
  })

  it('leaves the thread of a bot that may not delete it, archived, and says so', async () => {
    const result = await tried({})
    expect([result.thread, result.failed]).toEqual(['archived', []])
    const told = JSON.stringify(channelTest(result, createPlainInk('en', Date.now), 'ops'))
    expect(told).toContain('The thread of the test stays, archived')
    expect(told).not.toContain('take both away')
    const ada = { userId: discord?.ids.users.Ada ?? '' } as never
    expect(discord?.control.messages(ada)).toEqual([])
  })

  it('deletes the thread where it may, and looks whether it is gone', async () => {
    const result = await tried({ bot: { permissions: Permission.pinMessages | Permission.manageThreads } })
    discord?.expectRefusal({ code: 10003 })
    expect([result.thread, result.failed]).toEqual(['deleted', []])
    const told = JSON.stringify(channelTest(result, createPlainInk('en', Date.now), 'ops'))
    expect(told).toContain('take both away again')
    expect(told).not.toContain('archived')
  })
})
