import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { plainWords } from '../../src/presenters/ink.ts'
import { settingLine } from '../../src/presenters/setting-line.ts'
import { loadConfig, settingsSchema } from '../../src/settings/config.ts'
import type { ConfigError } from '../../src/settings/config-error.ts'

const GUILD = '123456789012345678'
const discord = {
  DISCORD_TOKEN: 'a-token-that-nobody-may-see',
  DISCORD_GUILD_ID: GUILD,
  DISCORD_CHANNEL_ID: '223456789012345678',
  HOME: '/home/ocm',
}

function problemsOf(env: Record<string, string>, mode: 'required' | 'optional' = 'required') {
  try {
    loadConfig(env, { discord: mode })
  } catch (error) {
    return (error as ConfigError).problems
  }
  throw new Error('the settings were accepted')
}

describe('settings', () => {
  it('need only a token, a guild and a channel', () => {
    const config = loadConfig(discord)
    expect(config.discord).toEqual({
      token: 'a-token-that-nobody-may-see',
      guildId: GUILD,
      channelId: '223456789012345678',
      apiUrl: null,
    })
    expect(config).toMatchObject({
      grants: [],
      channels: [],
      dataDir: './data',
      registryPath: 'data/registry.json',
      ssh: { keyPath: null, agentSocket: null, connectTimeoutMs: 3_000, parallelConnects: 8 },
      logLevel: 'info',
      defaultLocale: 'en',
      limits: {
        listDeadlineMs: 5_000,
        confirmationMs: 300_000,
        parallelNodes: 32,
        refreshIntervalMs: 30_000,
        backup: {
          floorBytes: 2_048_000_000,
          rateBytes: null,
          silenceMs: 120_000,
          keep: { last: 3, daily: 7, weekly: 4, monthly: 6 },
        },
      },
    })
    expect(config.warnings.map((warning) => warning.name)).toEqual(['OCM_ADMINS', 'OCM_SSH_KEY'])
  })

  it('open no port that nobody asked for, and then one of this machine alone', () => {
    expect(loadConfig(discord)).toMatchObject({ http: null, watch: { metrics: null } })
    const asked = loadConfig({ ...discord, OCM_HTTP_LISTEN: '8377', OCM_METRICS_LISTEN: '9464' })
    expect([asked.http?.host, asked.watch.metrics?.host]).toEqual(['127.0.0.1', '127.0.0.1'])
  })

  it('are the same in .env.example, each with one comment line', async () => {
    const lines = (await readFile(new URL('../../.env.example', import.meta.url), 'utf8')).split('\n')
    const keys = lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split('=')[0])
    expect(keys.sort()).toEqual(Object.keys(settingsSchema.shape).sort())
    for (const [index, line] of lines.entries())
      if (/^[A-Z]/.test(line)) {
        expect(lines[index - 1]).toMatch(/^# .*\.$/)
        expect(lines[index - 2] ?? '').not.toMatch(/^#/)
      }
  })

  it('in .env.example are the defaults', async () => {
    const text = await readFile(new URL('../../.env.example', import.meta.url), 'utf8')
    const example = Object.fromEntries(
      text
        .split('\n')
        .flatMap((line) => [/^([A-Z_]+)=(.*)$/.exec(line)?.slice(1) ?? []])
        .filter((pair) => pair.length === 2),
    )
    expect(loadConfig(example, { discord: 'optional' })).toEqual(loadConfig({}, { discord: 'optional' }))
  })

  it('are all reported at once, by code and without a value', () => {
    const env = {
      DISCORD_TOKEN: 'secret with spaces in it',
      DISCORD_GUILD_ID: 'secret-guild',
      OCM_ADMINS: `role:${GUILD}, secret-someone`,
      OCM_PARALLEL_NODES: '1e9',
      OCM_LIST_DEADLINE_MS: '99999999',
      OCM_LOG_LEVEL: 'secret-level',
      DISCORD_API_URL: 'ftp://secret.example',
      OCM_AUDIT_COPY: 'https://somebody:secret@example.org/hook',
      OCM_HEARTBEAT_URL: 'https://secret@example.org/ping',
    }
    const problems = problemsOf(env)
    expect(problems.map(({ name, code }) => `${name} ${code}`).sort()).toEqual([
      'DISCORD_API_URL not-an-address',
      'DISCORD_CHANNEL_ID channel-unset',
      'DISCORD_GUILD_ID not-an-id',
      'DISCORD_TOKEN not-a-token',
      'OCM_ADMINS grant-unreadable',
      'OCM_AUDIT_COPY address-with-login',
      'OCM_HEARTBEAT_URL address-with-login',
      'OCM_LIST_DEADLINE_MS out-of-range',
      'OCM_LOG_LEVEL not-a-choice',
      'OCM_PARALLEL_NODES not-a-number',
    ])
    expect(JSON.stringify(problems)).not.toContain('secret')
  })

  it.each(LOCALES)('are explained in %s with the limits as they are typed', (locale) => {
    const env = { OCM_ADMINS: `role:${GUILD},,who`, OCM_LIST_DEADLINE_MS: '1', OCM_QUIET_HOURS: 'night' }
    const lines = problemsOf({ ...env, OCM_LOG_LEVEL: 'loud' }).map((problem) =>
      settingLine(problem, plainWords(locale)),
    )
    expect(lines).toHaveLength(7)
    const all = lines.join('\n')
    for (const name of [...Object.keys(env), 'OCM_LOG_LEVEL', 'DISCORD_TOKEN']) expect(all).toContain(name)
    for (const value of ['500', '120000', '5000', 'debug', '22:00-07:00', '3']) expect(all).toContain(value)
    expect(all).not.toMatch(/[{}?]|setting\./)
  })

  it.each([
    ['ja', 'ja'],
    ['zh-CN', 'zh-CN'],
    ['klingon', 'en'],
  ])('ask for the language %s of their own problems, which are told in %s', (asked, told) => {
    try {
      loadConfig({ OCM_DEFAULT_LOCALE: asked, OCM_LOG_LEVEL: 'loud' })
      expect.unreachable()
    } catch (error) {
      expect((error as ConfigError).locale).toBe(told)
    }
  })

  it('carry their list in the error that every face can show', () => {
    expect(() => loadConfig({})).toThrow(
      expect.objectContaining({
        code: 'config-invalid',
        params: { count: 3 },
        detail: expect.stringContaining('DISCORD_TOKEN: token-unset'),
      }),
    )
  })

  it.each(['', '   '])('that are empty (%j) are left out, never zero', (empty) => {
    const env = { ...discord, OCM_CONNECT_TIMEOUT_MS: empty, OCM_PARALLEL_NODES: empty, OCM_ADMINS: empty }
    expect(loadConfig(env)).toEqual(loadConfig(discord))
    expect(problemsOf({ ...discord, DISCORD_TOKEN: empty })).toMatchObject([{ name: 'DISCORD_TOKEN' }])
  })

  it.each(['-1', '1.5', '0x10', '1_000', ' 5 s', 'NaN', '999999999999'])('refuse %j as a number', (value) => {
    expect(problemsOf({ ...discord, OCM_CONNECT_TIMEOUT_MS: value })).toMatchObject([
      { name: 'OCM_CONNECT_TIMEOUT_MS' },
    ])
  })

  it('without Discord serve a program that does not need it, but are still checked', () => {
    expect(loadConfig({}, { discord: 'optional' }).discord).toBeNull()
    expect(problemsOf({ DISCORD_GUILD_ID: 'x' }, 'optional')).toMatchObject([{ name: 'DISCORD_GUILD_ID' }])
  })

  it('take the channels in which commands are answered', () => {
    const [ops, chat] = ['123456789012345678', '223456789012345678']
    expect(loadConfig({ ...discord, OCM_CHANNELS: `${ops}, ${chat}` }).channels).toEqual([ops, chat])
    expect(problemsOf({ ...discord, OCM_CHANNELS: 'ops' })).toMatchObject([
      { name: 'OCM_CHANNELS', code: 'not-an-id' },
    ])
  })

  it('turn grants into rules', () => {
    const config = loadConfig({
      ...discord,
      OCM_ADMINS: `user:${GUILD}`,
      OCM_OPERATORS: `role:${GUILD}@web+db , Role:${GUILD}`,
      OCM_VIEWERS: 'everyone@lab,',
    })
    expect(config.grants).toEqual([
      { subject: { kind: 'user', id: GUILD }, grant: { level: 'admin', tags: null } },
      { subject: { kind: 'role', id: GUILD }, grant: { level: 'operator', tags: ['web', 'db'] } },
      { subject: { kind: 'role', id: GUILD }, grant: { level: 'operator', tags: null } },
      { subject: { kind: 'everyone' }, grant: { level: 'viewer', tags: ['lab'] } },
    ])
    for (const bad of ['role:12', 'everyone@', 'group:1', `user:${GUILD}@a,@b`])
      expect(problemsOf({ ...discord, OCM_ADMINS: bad })).toMatchObject([{ name: 'OCM_ADMINS' }])
  })

  it('find the SSH agent as OpenSSH does', () => {
    const socket = (value?: string) =>
      loadConfig({
        ...discord,
        SSH_AUTH_SOCK: '/run/agent',
        ...(value === undefined ? {} : { OCM_SSH_AGENT: value }),
      }).ssh.agentSocket
    expect(socket()).toBe('/run/agent')
    expect(socket('SSH_AUTH_SOCK')).toBe('/run/agent')
    expect(socket('none')).toBeNull()
    expect(socket('~/agent.sock')).toBe('/home/ocm/agent.sock')
  })

  it('list the secrets and warn of names that are no setting', () => {
    const config = loadConfig({
      ...discord,
      OCM_SSH_KEY: '~/.ssh/id',
      OCM_SSH_KEY_PASSPHRASE: 'open sesame',
      OCM_REGISTY: 'x',
    })
    expect(config.secrets).toEqual(['a-token-that-nobody-may-see', 'open sesame'])
    expect(config.ssh).toMatchObject({ keyPath: '/home/ocm/.ssh/id', keyPassphrase: 'open sesame' })
    expect(config.warnings.map((warning) => warning.name)).toEqual(['OCM_REGISTY', 'OCM_ADMINS'])
  })

  it('takes public keys of age, and nothing else for one', () => {
    const key = `age1${'q'.repeat(58)}`
    const keysOf = (text: string) =>
      loadConfig({ ...discord, OCM_BACKUP_RECIPIENTS: text }).limits.backup.recipients
    expect(keysOf('')).toEqual([])
    expect(keysOf(`${key}, ${key}`)).toEqual([key, key])
    for (const wrong of ['age1', `${key},x`, 'AGE-SECRET-KEY-1QQQ'])
      expect(problemsOf({ ...discord, OCM_BACKUP_RECIPIENTS: wrong }), wrong).toMatchObject([
        { name: 'OCM_BACKUP_RECIPIENTS', code: 'not-a-recipient' },
      ])
  })

  it('name an off-site target only with its keys, which are secrets', () => {
    const keys = { OCM_OFFSITE_KEY_ID: 'AKID', OCM_OFFSITE_SECRET: 'an-off-site-secret' }
    const offsite = { ...discord, OCM_OFFSITE_BUCKET: 'team-backups', ...keys }
    expect(loadConfig(discord).offsite).toBeNull()
    expect(loadConfig({ ...discord, ...keys }).offsite).toBeNull()
    const amazon = loadConfig({ ...offsite, OCM_OFFSITE_REGION: 'eu-central-1' })
    expect(amazon.offsite).toMatchObject({
      endpoint: 'https://s3.eu-central-1.amazonaws.com',
      prefix: 'ocm',
      pathStyle: false,
    })
    expect(amazon.secrets).toEqual(expect.arrayContaining(Object.values(keys)))
    const own = loadConfig({ ...offsite, OCM_OFFSITE_ENDPOINT: 'http://nas.lan:9000' })
    expect(own.offsite).toMatchObject({ endpoint: 'http://nas.lan:9000', pathStyle: true })
    expect(own.warnings).toContainEqual({ name: 'OCM_OFFSITE_ENDPOINT', code: 'offsite-plain', params: {} })
    expect(problemsOf({ ...discord, OCM_OFFSITE_BUCKET: 'team-backups' })).toMatchObject([
      { name: 'OCM_OFFSITE_KEY_ID', code: 'offsite-key-unset' },
      { name: 'OCM_OFFSITE_SECRET', code: 'offsite-key-unset' },
    ])
    for (const [name, wrong] of [
      ['OCM_OFFSITE_BUCKET', 's3://team'],
      ['OCM_OFFSITE_PREFIX', '../up'],
      ['OCM_OFFSITE_ENDPOINT', 'https://s3.example.org/path'],
      ['OCM_OFFSITE_PATH_STYLE', 'maybe'],
    ] as const)
      expect(problemsOf({ ...offsite, [name]: wrong }), wrong).toMatchObject([{ name }])
  })

  it('take which backups stay, with commas or spaces', () => {
    const keepOf = (text: string) => loadConfig({ ...discord, OCM_BACKUP_KEEP: text }).limits.backup.keep
    expect(keepOf('monthly=2, last=1')).toEqual({ last: 1, daily: 0, weekly: 0, monthly: 2 })
    expect(keepOf('daily=7 last=0')).toEqual({ last: 0, daily: 7, weekly: 0, monthly: 0 })
    expect(keepOf('all')).toBeNull()
    for (const wrong of [
      '7',
      'last',
      'last=0',
      'last=1,last=2',
      'last=-1',
      'last=1001',
      'last=1;yearly=1',
      'none',
    ])
      expect(problemsOf({ ...discord, OCM_BACKUP_KEEP: wrong }), wrong).toMatchObject([
        { name: 'OCM_BACKUP_KEEP', code: 'not-a-retention' },
      ])
  })

  it('take the role to call and the quiet hours, also across midnight', () => {
    expect(loadConfig(discord).alerts).toEqual({
      roleId: null,
      quietHours: null,
      backupDigest: { minute: 8 * 60, zone: 'UTC' },
    })
    const alerts = { OCM_ALERT_ROLE: GUILD, OCM_QUIET_HOURS: '22:00-07:30' }
    expect(loadConfig({ ...discord, ...alerts }).alerts).toMatchObject({
      roleId: GUILD,
      quietHours: { from: 22 * 60, to: 7 * 60 + 30, zone: 'UTC' },
    })
    const there = { ...alerts, OCM_TIME_ZONE: 'asia/tokyo' }
    expect(loadConfig({ ...discord, ...there }).alerts.quietHours?.zone).toBe('Asia/Tokyo')
    for (const wrong of ['Mars/Olympus', 'JST-9', '25:00'])
      expect(problemsOf({ ...discord, OCM_TIME_ZONE: wrong })).toMatchObject([
        { name: 'OCM_TIME_ZONE', code: 'not-a-zone' },
      ])
    for (const wrong of ['22-7', '24:00-07:00', '22:00', '22:60-07:00'])
      expect(problemsOf({ ...discord, OCM_QUIET_HOURS: wrong })[0]?.name).toBe('OCM_QUIET_HOURS')
  })

  it('take the time of the digest of backups in the time zone, or none', () => {
    const digestOf = (OCM_BACKUP_DIGEST: string) =>
      loadConfig({ ...discord, OCM_TIME_ZONE: 'Asia/Tokyo', OCM_BACKUP_DIGEST }).alerts.backupDigest
    expect(digestOf('07:05')).toEqual({ minute: 7 * 60 + 5, zone: 'Asia/Tokyo' })
    expect(digestOf('none')).toBeNull()
    for (const wrong of ['7:05', '24:00', '08:00-09:00', 'morning'])
      expect(problemsOf({ ...discord, OCM_BACKUP_DIGEST: wrong })).toMatchObject([
        { name: 'OCM_BACKUP_DIGEST', code: 'not-a-time' },
      ])
  })
})
