import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { alertChannelByRest } from '../../src/discord/alerts/channel-test-by-rest.ts'
import { checkDiscord, type DiscordCheck, type LogIn } from '../../src/discord/doctor.ts'
import { inviteLink, NEEDED_PERMISSIONS, permissionTitle } from '../../src/discord/permissions.ts'
import { testOutcome } from '../../src/operations/test-alerts.ts'
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
  it.each([
    ['pager', 'heard', 'done'],
    ['on-call', 'silent', 'partial'],
    ['123456789012345678', 'missing', 'partial'],
  ])('says whether the role %s would hear a call: %s', async (name, state, outcome) => {
    discord = await startDiscord({
      token: TOKEN,
      users: [{ name: 'Ada' }],
      roles: [{ name: 'on-call' }, { name: 'pager', mentionable: true }],
      channels: [{ name: 'ops' }],
      page: false,
    })
    const { ids, apiUrl } = discord
    const config = { token: TOKEN, guildId: ids.guild, channelId: ids.channels.ops ?? '', apiUrl }
    const channel = alertChannelByRest(config, ids.roles[name] ?? name, Date.now)
    const result = await channel.test({ locale: 'en', signal: new AbortController().signal })
    expect([result.call, result.failed]).toEqual([{ state, role: name }, []])
    expect(testOutcome(result)).toBe(outcome)
  })
})
