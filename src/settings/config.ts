import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { ErrorParams } from '../base/errors.ts'
import { LOCALES, type Locale } from '../base/locale.ts'
import { LOG_LEVELS, type LogLevel } from '../base/log.ts'
import type { AccessLevel, Grant } from '../operations/access.ts'
import type { OperationLimits } from '../operations/context.ts'
import { ConfigError, type ConfigProblem, type ConfigProblemCode } from './config-error.ts'
import { type Environment, localeSetting, processEnvironment } from './environment.ts'

/** Who a grant is for: a Discord role, a Discord user, or everyone who can see the commands. */
export type Subject = { kind: 'role' | 'user'; id: string } | { kind: 'everyone' }

/** A permission from the settings. */
export interface GrantRule {
  subject: Subject
  grant: Grant
}

/** Where and as whom the bot works. */
export interface DiscordConfig {
  token: string
  guildId: string
  /** Where alerts and shared posts go. */
  channelId: string
  /** Base address of the REST API without a version; null is Discord itself. */
  apiUrl: string | null
}

/** All settings. Times are milliseconds, paths are as the operating system takes them. */
export interface Config {
  /** null only where Discord was declared optional and is not set up. */
  discord: DiscordConfig | null
  grants: readonly GrantRule[]
  dataDir: string
  registryPath: string
  ssh: {
    keyPath: string | null
    keyPassphrase: string | null
    /** Socket of the SSH agent; null when none is to be used. */
    agentSocket: string | null
    knownHostsPath: string | null
    connectTimeoutMs: number
    parallelConnects: number
  }
  logLevel: LogLevel
  defaultLocale: Locale
  limits: OperationLimits
  alerts: {
    /** The role that is called when it is critical; null calls nobody. */
    roleId: string | null
    /** Minutes after midnight UTC between which only critical alerts are posted; null for never. */
    quietHours: { from: number; to: number } | null
  }
  /** Values that must never appear anywhere. */
  secrets: readonly string[]
  /** What is allowed but probably not meant. */
  warnings: readonly ConfigProblem[]
}

/** Reports what is wrong with a setting; the value that is returned then is never used. */
type Fail = (code: ConfigProblemCode, params?: ErrorParams) => never

/** A setting that `read` makes a value of, or refuses. */
function setting<T>(read: (text: string, fail: Fail) => T) {
  return z.string().transform(
    (text, context): T =>
      read(text, (code, params = {}) => {
        context.addIssue({ code: 'custom', params: { problem: code, params } })
        return z.NEVER
      }),
  )
}

/** A setting of one form, taken as it is. */
function matching(form: RegExp, code: ConfigProblemCode) {
  return setting((text, fail) => (form.test(text) ? text : fail(code)))
}

const snowflake = matching(/^\d{17,20}$/, 'not-an-id')

const QUIET_HOURS = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/

const quietHours = setting((text, fail) => {
  const times = QUIET_HOURS.exec(text)?.slice(1).map(Number)
  if (!times) return fail('not-a-span')
  const [fromHour = 0, from = 0, toHour = 0, to = 0] = times
  return { from: fromHour * 60 + from, to: toHour * 60 + to }
})

function milliseconds(fallback: number, min: number, max: number) {
  return wholeNumber(fallback, min, max, 'milliseconds')
}

/** @param unit has its text, `setting.unit.<unit>` */
function wholeNumber(
  fallback: number,
  min: number,
  max: number,
  unit: 'milliseconds' | 'nodes' | 'connections',
) {
  // As text: a number would be shown with the grouping of a language, which cannot be typed.
  const params = { min: String(min), max: String(max), fallback: String(fallback), unit }
  return setting((text, fail) => {
    if (!/^\d{1,10}$/.test(text)) return fail('not-a-number', params)
    const value = Number(text)
    return value >= min && value <= max ? value : fail('out-of-range', params)
  }).default(fallback)
}

function choice<const T extends readonly string[]>(values: T) {
  const params = { choices: values.join(', ') }
  return setting((text, fail): T[number] => (values.includes(text) ? text : fail('not-a-choice', params)))
}

const apiUrl = setting((text, fail) =>
  z.url({ protocol: /^https?$/ }).safeParse(text).success ? text : fail('not-an-address'),
)

/** Every setting; `.env.example` has the same keys. A setting that is empty counts as left out. */
export const settingsSchema = z.object({
  DISCORD_TOKEN: matching(/^\S{20,}$/, 'not-a-token').optional(),
  DISCORD_GUILD_ID: snowflake.optional(),
  DISCORD_CHANNEL_ID: snowflake.optional(),
  DISCORD_API_URL: apiUrl.optional(),
  OCM_ADMINS: grantList('admin'),
  OCM_OPERATORS: grantList('operator'),
  OCM_VIEWERS: grantList('viewer'),
  OCM_DATA_DIR: z.string().default('./data'),
  OCM_REGISTRY: z.string().optional(),
  OCM_SSH_KEY: z.string().optional(),
  OCM_SSH_KEY_PASSPHRASE: z.string().optional(),
  OCM_SSH_AGENT: z.string().optional(),
  OCM_KNOWN_HOSTS: z.string().optional(),
  OCM_LOG_LEVEL: choice(LOG_LEVELS).default('info'),
  OCM_DEFAULT_LOCALE: choice(LOCALES).default('en'),
  OCM_LIST_DEADLINE_MS: milliseconds(5_000, 500, 120_000),
  OCM_STATUS_DEADLINE_MS: milliseconds(10_000, 500, 120_000),
  OCM_CONNECT_TIMEOUT_MS: milliseconds(3_000, 200, 60_000),
  OCM_RESTART_DEADLINE_MS: milliseconds(120_000, 5_000, 840_000),
  OCM_DRAIN_DEADLINE_MS: milliseconds(60_000, 1_000, 600_000),
  OCM_CONFIRMATION_MS: milliseconds(300_000, 10_000, 86_400_000),
  OCM_PARALLEL_NODES: wholeNumber(32, 1, 1_000, 'nodes'),
  OCM_PARALLEL_CONNECTS: wholeNumber(8, 1, 256, 'connections'),
  OCM_REFRESH_INTERVAL_MS: milliseconds(30_000, 1_000, 3_600_000),
  OCM_ALERT_ROLE: snowflake.optional(),
  OCM_QUIET_HOURS: quietHours.optional(),
})

type Settings = z.infer<typeof settingsSchema>

/**
 * Reads the settings.
 * @param options.discord `optional` for a program that works without Discord
 * @throws ConfigError with every problem at once
 */
export function loadConfig(
  env: Environment = processEnvironment(),
  options: { discord: 'required' | 'optional' } = { discord: 'required' },
): Config {
  const given = Object.fromEntries(
    Object.keys(settingsSchema.shape)
      .map((name) => [name, env[name]?.trim() ?? ''] as const)
      .filter(([, value]) => value !== ''),
  )
  const result = settingsSchema.safeParse(given)
  const problems = [
    ...(options.discord === 'required' ? missingDiscord(given) : []),
    ...(result.error?.issues.map(problemOf) ?? []),
  ]
  if (!result.success || problems.length > 0) throw new ConfigError(problems, localeSetting(env))
  return build(result.data, env)
}

function build(settings: Settings, env: Environment): Config {
  const home = env.HOME ?? homedir()
  const path = (value: string | undefined) =>
    value === undefined ? null : value.replace(/^~(?=\/|$)/, () => home)
  const dataDir = path(settings.OCM_DATA_DIR) ?? settings.OCM_DATA_DIR
  const keyPassphrase = settings.OCM_SSH_KEY_PASSPHRASE ?? null
  const discord = discordOf(settings)
  const config: Omit<Config, 'warnings'> = {
    discord,
    grants: [...settings.OCM_ADMINS, ...settings.OCM_OPERATORS, ...settings.OCM_VIEWERS],
    dataDir,
    registryPath: path(settings.OCM_REGISTRY) ?? join(dataDir, 'registry.json'),
    ssh: {
      keyPath: path(settings.OCM_SSH_KEY),
      keyPassphrase,
      agentSocket: path(agentSocket(settings.OCM_SSH_AGENT, env)),
      knownHostsPath: path(settings.OCM_KNOWN_HOSTS),
      connectTimeoutMs: settings.OCM_CONNECT_TIMEOUT_MS,
      parallelConnects: settings.OCM_PARALLEL_CONNECTS,
    },
    logLevel: settings.OCM_LOG_LEVEL,
    defaultLocale: settings.OCM_DEFAULT_LOCALE,
    limits: {
      listDeadlineMs: settings.OCM_LIST_DEADLINE_MS,
      statusDeadlineMs: settings.OCM_STATUS_DEADLINE_MS,
      restartDeadlineMs: settings.OCM_RESTART_DEADLINE_MS,
      drainDeadlineMs: settings.OCM_DRAIN_DEADLINE_MS,
      confirmationMs: settings.OCM_CONFIRMATION_MS,
      parallelNodes: settings.OCM_PARALLEL_NODES,
      refreshIntervalMs: settings.OCM_REFRESH_INTERVAL_MS,
    },
    alerts: { roleId: settings.OCM_ALERT_ROLE ?? null, quietHours: settings.OCM_QUIET_HOURS ?? null },
    secrets: [settings.DISCORD_TOKEN, keyPassphrase].filter((value) => typeof value === 'string'),
  }
  return { ...config, warnings: warningsOf(config, env) }
}

function discordOf(settings: Settings): DiscordConfig | null {
  const { DISCORD_TOKEN: token, DISCORD_GUILD_ID: guildId, DISCORD_CHANNEL_ID: channelId } = settings
  if (token === undefined || guildId === undefined || channelId === undefined) return null
  return { token, guildId, channelId, apiUrl: settings.DISCORD_API_URL ?? null }
}

/** As OpenSSH's IdentityAgent: left out or `SSH_AUTH_SOCK` is the agent of the session, `none` is no agent. */
function agentSocket(setting: string | undefined, env: Environment): string | undefined {
  if (setting === 'none') return undefined
  return setting === undefined || setting === 'SSH_AUTH_SOCK' ? env.SSH_AUTH_SOCK || undefined : setting
}

function missingDiscord(given: Record<string, unknown>): ConfigProblem[] {
  const needed = [
    ['DISCORD_TOKEN', 'token-unset'],
    ['DISCORD_GUILD_ID', 'guild-unset'],
    ['DISCORD_CHANNEL_ID', 'channel-unset'],
  ] as const
  return needed
    .filter(([name]) => given[name] === undefined)
    .map(([name, code]) => ({ name, code, params: {} }))
}

/** Every setting is made by {@link setting}, so that nothing but its own issues can come out of the schema. */
function problemOf(issue: z.core.$ZodIssue): ConfigProblem {
  const { problem, params } = (issue as z.core.$ZodIssueCustom).params as {
    problem: ConfigProblemCode
    params: ErrorParams
  }
  return { name: String(issue.path[0]), code: problem, params }
}

function warningsOf(config: Omit<Config, 'warnings'>, env: Environment): ConfigProblem[] {
  const warnings: ConfigProblem[] = Object.keys(env)
    .filter((name) => name.startsWith('OCM_') && !Object.hasOwn(settingsSchema.shape, name))
    .map((name) => ({ name, code: 'unknown-name', params: {} }))
  if (config.discord !== null && config.grants.length === 0)
    warnings.push({ name: 'OCM_ADMINS', code: 'nobody-allowed', params: {} })
  if (config.ssh.keyPath === null && config.ssh.agentSocket === null)
    warnings.push({ name: 'OCM_SSH_KEY', code: 'no-key', params: {} })
  return warnings
}

function grantList(level: AccessLevel) {
  return setting((text, fail) =>
    text.split(',').flatMap((entry, index) => {
      const trimmed = entry.trim()
      if (trimmed === '') return []
      return parseGrant(level, trimmed) ?? fail('grant-unreadable', { entry: index + 1 })
    }),
  ).default([])
}

function parseGrant(level: AccessLevel, entry: string): GrantRule | null {
  const match = /^(?:(role|user):(\d{17,20})|everyone)(?:@([a-z0-9_.-]+(?:\+[a-z0-9_.-]+)*))?$/i.exec(entry)
  if (match === null) return null
  const [, kind, id, tags] = match
  const grant: Grant = { level, tags: tags === undefined ? null : tags.split('+') }
  if (kind === undefined || id === undefined) return { subject: { kind: 'everyone' }, grant }
  return { subject: { kind: kind.toLowerCase() === 'role' ? 'role' : 'user', id }, grant }
}
