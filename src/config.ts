import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { OperationLimits } from './context.ts'
import type { Environment } from './environment.ts'
import { OperatorError } from './errors.ts'
import { LOG_LEVELS, type LogLevel } from './log.ts'
import type { AccessLevel, Grant } from './operations/access.ts'

/** One thing that is wrong or doubtful about the settings, in plain words and without the value. */
export interface ConfigProblem {
  name: string
  problem: string
  hint: string
}

/** Every problem of the settings at once; `detail` is the list as text. */
export class ConfigError extends OperatorError {
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ name, problem, hint }) => `${name}: ${problem}. ${hint}`)
    super('config-invalid', { count: problems.length }, { detail: lines.join('\n') })
    this.problems = problems
  }
}

/** Who a grant is for: a Discord role, a Discord user, or everyone who can see the commands. */
export type Subject = { kind: 'role' | 'user'; id: string } | { kind: 'everyone' }

/** A permission from the settings. */
export interface GrantRule {
  subject: Subject
  grant: Grant
}

export type Locale = 'en' | 'ja' | 'zh-CN'

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

const snowflake = z
  .string()
  .regex(
    /^\d{17,20}$/,
    'is not a Discord id|It is 17 to 20 digits; copy it in Discord with developer mode on.',
  )

const QUIET_HOURS = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/

const quietHours = z
  .string()
  .regex(QUIET_HOURS, 'is not a span of time|Write it as 22:00-07:00, in UTC; leave it out for none.')
  .transform((text) => {
    const [fromHour = 0, from = 0, toHour = 0, to = 0] = QUIET_HOURS.exec(text)?.slice(1).map(Number) ?? []
    return { from: fromHour * 60 + from, to: toHour * 60 + to }
  })

function milliseconds(fallback: number, min: number, max: number) {
  return wholeNumber(fallback, min, max, 'milliseconds')
}

function wholeNumber(fallback: number, min: number, max: number, unit: string) {
  const hint = `Use ${min} to ${max} ${unit}, digits only; leave it out for ${fallback}.`
  return z
    .string()
    .regex(/^\d{1,10}$/, `is not a whole number|${hint}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `is out of range|${hint}`)
    .default(fallback)
}

function choice<const T extends readonly [string, ...string[]]>(values: T, fallback: T[number]) {
  return z
    .enum(values, { error: `is not one of the choices|Use one of: ${values.join(', ')}.` })
    .default(fallback)
}

const apiUrl = z.url({
  protocol: /^https?$/,
  error: 'is not a web address|Leave it out for Discord itself.',
})

/** Every setting; `.env.example` has the same keys. A setting that is empty counts as left out. */
export const settingsSchema = z.object({
  DISCORD_TOKEN: z
    .string()
    .regex(
      /^\S{20,}$/,
      'does not look like a bot token|Copy it from the Bot page of the Discord developer portal.',
    )
    .optional(),
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
  OCM_LOG_LEVEL: choice(LOG_LEVELS, 'info'),
  OCM_DEFAULT_LOCALE: choice(['en', 'ja', 'zh-CN'], 'en'),
  OCM_LIST_DEADLINE_MS: milliseconds(5_000, 500, 120_000),
  OCM_STATUS_DEADLINE_MS: milliseconds(10_000, 500, 120_000),
  OCM_CONNECT_TIMEOUT_MS: milliseconds(4_000, 200, 60_000),
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
 * Reads the settings; the only reader of the environment.
 * @param options.discord `optional` for a program that works without Discord
 * @throws ConfigError with every problem at once
 */
export function loadConfig(
  env: Environment = process.env,
  options: { discord: 'required' | 'optional' } = { discord: 'required' },
): Config {
  const given = Object.fromEntries(
    Object.keys(settingsSchema.shape)
      .map((name) => [name, env[name]?.trim()] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  )
  const result = settingsSchema.safeParse(given)
  const problems = [
    ...(options.discord === 'required' ? missingDiscord(given) : []),
    ...(result.error?.issues.map(problemOf) ?? []),
  ]
  if (!result.success || problems.length > 0) throw new ConfigError(problems)
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
  const needed = {
    DISCORD_TOKEN: 'Copy it from the Bot page of the Discord developer portal.',
    DISCORD_GUILD_ID: 'The id of your server: right-click it in Discord with developer mode on.',
    DISCORD_CHANNEL_ID: 'The id of the channel for alerts: right-click it in Discord with developer mode on.',
  }
  return Object.entries(needed)
    .filter(([name]) => given[name] === undefined)
    .map(([name, hint]) => ({ name, problem: 'is not set', hint }))
}

/** The messages of the schema are `problem|hint`; values are left out of both, because some are secret. */
function problemOf(issue: z.core.$ZodIssue): ConfigProblem {
  const [problem = 'is not valid', hint = 'See .env.example.'] = issue.message.split('|')
  return { name: String(issue.path[0] ?? ''), problem, hint }
}

function warningsOf(config: Omit<Config, 'warnings'>, env: Environment): ConfigProblem[] {
  const warnings = Object.keys(env)
    .filter((name) => name.startsWith('OCM_') && !Object.hasOwn(settingsSchema.shape, name))
    .map((name) => ({ name, problem: 'is not a setting', hint: 'See .env.example for the names.' }))
  if (config.discord !== null && config.grants.length === 0)
    warnings.push({
      name: 'OCM_ADMINS',
      problem: 'nobody may use the bot',
      hint: 'Name at least one role or user, for example user:123456789012345678.',
    })
  if (config.ssh.keyPath === null && config.ssh.agentSocket === null)
    warnings.push({
      name: 'OCM_SSH_KEY',
      problem: 'there is neither a key file nor an SSH agent',
      hint: 'Set OCM_SSH_KEY to a private key or start the bot with an agent.',
    })
  return warnings
}

const GRANT_HINT =
  'Separate with commas: role:ID, user:ID or everyone, each with @tag or @tag+tag to limit it to tagged nodes.'

function grantList(level: AccessLevel) {
  return z
    .string()
    .transform((text, context) => {
      const entries = text.split(',').map((entry) => entry.trim())
      return entries
        .filter((entry) => entry !== '')
        .flatMap((entry) => {
          const rule = parseGrant(level, entry)
          if (rule !== null) return [rule]
          const place = entries.indexOf(entry) + 1
          context.addIssue({ code: 'custom', message: `entry ${place} cannot be read|${GRANT_HINT}` })
          return []
        })
    })
    .default([])
}

function parseGrant(level: AccessLevel, entry: string): GrantRule | null {
  const match = /^(?:(role|user):(\d{17,20})|everyone)(?:@([a-z0-9_.-]+(?:\+[a-z0-9_.-]+)*))?$/i.exec(entry)
  if (match === null) return null
  const [, kind, id, tags] = match
  const grant: Grant = { level, tags: tags === undefined ? null : tags.split('+') }
  if (kind === undefined || id === undefined) return { subject: { kind: 'everyone' }, grant }
  return { subject: { kind: kind.toLowerCase() === 'role' ? 'role' : 'user', id }, grant }
}

/** The environment of this process. */
export function processEnvironment(): Environment {
  return process.env
}
