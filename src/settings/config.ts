import { z } from 'zod'
import type { ErrorParams } from '../base/errors.ts'
import { LOCALES, type Locale } from '../base/locale.ts'
import { LOG_LEVELS, type LogLevel } from '../base/log.ts'
import type { OperationLimits } from '../operations/context.ts'
import type { PeopleMap } from '../operations/people.ts'
import { NPM_REGISTRY } from '../provision/package-registry.ts'
import { type AlertsConfig, alertsConfig } from './alerts-config.ts'
import { ConfigError, type ConfigProblem, type ConfigProblemCode } from './config-error.ts'
import { type Environment, localeSetting, processEnvironment } from './environment.ts'
import {
  apiUrl,
  choice,
  hostNames,
  listenAddress,
  matching,
  milliseconds,
  nodeName,
  npmRegistry,
  pageAddress,
  quietHours,
  recipients,
  retention,
  snowflake,
  snowflakes,
  timeOfDay,
  timeZone,
  wholeNumber,
} from './forms.ts'
import { type GrantRule, grantList } from './grants.ts'
import { type HttpConfig, httpConfig } from './http-config.ts'
import {
  type OffsiteConfig,
  offsiteConfig,
  offsiteProblems,
  offsiteSecrets,
  offsiteSettings,
} from './offsite-config.ts'
import { people } from './people.ts'
import { DEFAULT_DATA_DIR, filePath, folderOrAddress, type Places, placesOf } from './place-settings.ts'
import { tagKeys } from './tag-keys.ts'
import { settingWarnings } from './warnings.ts'
import { type WatchConfig, watchConfig, watchSecrets, watchSettings } from './watch-config.ts'

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
  /** Channels in which commands are answered, besides that of the alerts; empty is every one. */
  channels: readonly string[]
  /** Which identities belong to whom; two that belong to one person are no two people. */
  people: PeopleMap
  dataDir: string
  registryPath: string
  ssh: Omit<Places, 'dataDir' | 'registryPath'> & {
    connectTimeoutMs: number
    parallelConnects: number
  }
  logLevel: LogLevel
  defaultLocale: Locale
  limits: OperationLimits
  /** Null: no copies of backups are made elsewhere. */
  offsite: OffsiteConfig | null
  /** Null: nothing is served. */
  http: HttpConfig | null
  /** What lets people sign in to the page with their account of Discord; a secret. Null: they do so by links alone. */
  clientSecret: string | null
  watch: WatchConfig
  alerts: AlertsConfig
  /** Folder or `https:` address of the archives for new nodes. */
  programSource: string
  /** Address of the registry that a new node may be let ask through ocm; null: it is let ask none. */
  npmRegistry: string | null
  /** Values that must never appear anywhere. */
  secrets: readonly string[]
  /** What is allowed but probably not meant. */
  warnings: readonly ConfigProblem[]
}

const MEGABYTE = 1_000_000

/** Every setting; `.env.example` has the same keys. A setting that is empty counts as left out. */
export const settingsSchema = z.object({
  DISCORD_TOKEN: matching(/^\S{20,}$/, 'not-a-token').optional(),
  DISCORD_GUILD_ID: snowflake.optional(),
  DISCORD_CHANNEL_ID: snowflake.optional(),
  DISCORD_API_URL: apiUrl.optional(),
  OCM_ADMINS: grantList('admin'),
  OCM_OPERATORS: grantList('operator'),
  OCM_VIEWERS: grantList('viewer'),
  OCM_CHANNELS: snowflakes.prefault(''),
  OCM_PEOPLE: people.prefault(''),
  OCM_DATA_DIR: z.string().default(DEFAULT_DATA_DIR),
  OCM_REGISTRY: z.string().optional(),
  OCM_SSH_KEY: z.string().optional(),
  OCM_SSH_KEY_PASSPHRASE: z.string().optional(),
  OCM_SSH_CERTIFICATE: z.string().optional(),
  OCM_SSH_KEYS: tagKeys.prefault(''),
  OCM_SSH_FULL_KEY: z.string().optional(),
  OCM_SSH_AGENT: z.string().optional(),
  OCM_KNOWN_HOSTS: z.string().optional(),
  OCM_LOG_LEVEL: choice(LOG_LEVELS).default('info'),
  OCM_DEFAULT_LOCALE: choice(LOCALES).default('en'),
  OCM_LIST_DEADLINE_MS: milliseconds(5_000, 500, 120_000),
  OCM_STATUS_DEADLINE_MS: milliseconds(10_000, 500, 120_000),
  OCM_CONNECT_TIMEOUT_MS: milliseconds(3_000, 200, 60_000),
  OCM_RESTART_DEADLINE_MS: milliseconds(120_000, 5_000, 840_000),
  OCM_UPDATE_SOAK_MS: milliseconds(60_000, 100, 3_600_000),
  OCM_UPDATE_TURN_MS: milliseconds(120_000, 500, 900_000),
  OCM_DRAIN_DEADLINE_MS: milliseconds(60_000, 1_000, 600_000),
  OCM_CONFIRMATION_MS: milliseconds(300_000, 10_000, 86_400_000),
  OCM_PARALLEL_NODES: wholeNumber(32, 1, 1_000, 'nodes'),
  OCM_PARALLEL_CONNECTS: wholeNumber(8, 1, 256, 'connections'),
  OCM_REFRESH_INTERVAL_MS: milliseconds(30_000, 1_000, 3_600_000),
  OCM_BACKUP_FREE_MB: wholeNumber(2_048, 0, 10_000_000, 'megabytes'),
  OCM_BACKUP_RATE_MB: wholeNumber(0, 0, 100_000, 'megabytes'),
  OCM_BACKUP_PARALLEL: wholeNumber(3, 1, 8, 'nodes'),
  OCM_BACKUP_SILENCE_MS: milliseconds(120_000, 5_000, 3_600_000),
  OCM_BACKUP_KEEP: retention.prefault('last=3,daily=7,weekly=4,monthly=6'),
  OCM_BACKUP_RECIPIENTS: recipients.prefault(''),
  OCM_BACKUP_STORE_RECIPIENTS: recipients.prefault(''),
  OCM_BACKUP_IDENTITY_FILE: z.string().optional(),
  OCM_BACKUP_DIGEST: timeOfDay.prefault('08:00'),
  OCM_BACKUP_DRILL_ON: nodeName.optional(),
  ...offsiteSettings,
  OCM_HTTP_LISTEN: listenAddress.optional(),
  OCM_HTTP_HOSTS: hostNames.prefault(''),
  OCM_HTTP_ADDRESS: pageAddress.optional(),
  OCM_DISCORD_CLIENT_SECRET: matching(/^[\w-]{16,128}$/, 'not-a-client-secret').optional(),
  ...watchSettings,
  OCM_PROGRAM_SOURCE: z.string().optional(),
  OCM_NPM_REGISTRY: npmRegistry.prefault(NPM_REGISTRY),
  OCM_ALERT_ROLE: snowflake.optional(),
  OCM_QUIET_HOURS: quietHours.optional(),
  OCM_TIME_ZONE: timeZone.default('UTC'),
})

/** Every setting as it was read. */
export type Settings = z.infer<typeof settingsSchema>

/** The name of a setting. */
export type SettingName = keyof Settings

/**
 * How much a program wants of Discord: `optional` works without, and `none` does not even read those settings, so that
 * a wrong one is nothing to it.
 */
export type DiscordNeed = 'required' | 'optional' | 'none'

/** The settings that only matter to what speaks with Discord. */
const DISCORD_ONLY = [
  'DISCORD_TOKEN',
  'DISCORD_GUILD_ID',
  'DISCORD_CHANNEL_ID',
  'DISCORD_API_URL',
  'OCM_ADMINS',
  'OCM_OPERATORS',
  'OCM_VIEWERS',
  'OCM_CHANNELS',
  'OCM_ALERT_ROLE',
  'OCM_DISCORD_CLIENT_SECRET',
] satisfies (keyof Settings)[]

/**
 * Makes a configuration of an environment; pure.
 * @throws ConfigError with every problem at once
 */
export function loadConfig(
  env: Environment = processEnvironment(),
  options: { discord: DiscordNeed } = { discord: 'required' },
): Config {
  const read = parseSettings(env, options.discord)
  if (read.config === null) throw new ConfigError(read.problems, localeSetting(env))
  return read.config
}

/** The configuration, or everything that stands against it. The places are read either way: any text names one. */
export function parseSettings(
  env: Environment,
  discord: DiscordNeed,
): { config: Config | null; problems: ConfigProblem[]; places: Places } {
  const unread = new Set<string>(discord === 'none' ? DISCORD_ONLY : [])
  const given = Object.fromEntries(
    Object.keys(settingsSchema.shape)
      .map((name) => [name, unread.has(name) ? '' : (env[name]?.trim() ?? '')] as const)
      .filter(([, value]) => value !== ''),
  )
  const result = settingsSchema.safeParse(given)
  const problems = [
    ...(discord === 'required' ? missingDiscord(given) : []),
    ...(result.error?.issues.map(problemOf) ?? []),
    ...(result.success ? offsiteProblems(result.data) : []),
  ]
  const places = placesOf(given, env)
  const valid = result.success && problems.length === 0
  return { config: valid ? build(result.data, places, env) : null, problems, places }
}

/** What is wrong with one setting, looked at alone; null when nothing is. */
export function settingProblem(name: SettingName, value: string): ConfigProblem | null {
  const [issue] = settingsSchema.shape[name].safeParse(value).error?.issues ?? []
  return issue === undefined ? null : problemOf({ ...issue, path: [name] })
}

function build(settings: Settings, places: Places, env: Environment): Config {
  const { dataDir, registryPath, ...access } = places
  const config: Omit<Config, 'warnings'> = {
    discord: discordOf(settings),
    programSource: folderOrAddress(settings.OCM_PROGRAM_SOURCE, env),
    npmRegistry: settings.OCM_NPM_REGISTRY,
    channels: settings.OCM_CHANNELS,
    people: settings.OCM_PEOPLE,
    grants: [...settings.OCM_ADMINS, ...settings.OCM_OPERATORS, ...settings.OCM_VIEWERS],
    dataDir,
    registryPath,
    ssh: {
      ...access,
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
      updateSoakMs: settings.OCM_UPDATE_SOAK_MS,
      updateTurnMs: settings.OCM_UPDATE_TURN_MS,
      confirmationMs: settings.OCM_CONFIRMATION_MS,
      parallelNodes: settings.OCM_PARALLEL_NODES,
      refreshIntervalMs: settings.OCM_REFRESH_INTERVAL_MS,
      backup: {
        floorBytes: settings.OCM_BACKUP_FREE_MB * MEGABYTE,
        rateBytes: settings.OCM_BACKUP_RATE_MB === 0 ? null : settings.OCM_BACKUP_RATE_MB * MEGABYTE,
        atOnce: settings.OCM_BACKUP_PARALLEL,
        silenceMs: settings.OCM_BACKUP_SILENCE_MS,
        keep: settings.OCM_BACKUP_KEEP,
        recipients: settings.OCM_BACKUP_RECIPIENTS,
        identityPath: filePath(settings.OCM_BACKUP_IDENTITY_FILE, env),
        storeRecipients: settings.OCM_BACKUP_STORE_RECIPIENTS,
        drillOn: settings.OCM_BACKUP_DRILL_ON ?? null,
      },
    },
    offsite: offsiteConfig(settings),
    http: httpConfig(settings.OCM_HTTP_LISTEN, settings.OCM_HTTP_HOSTS, settings.OCM_HTTP_ADDRESS),
    clientSecret: settings.OCM_DISCORD_CLIENT_SECRET ?? null,
    watch: watchConfig(settings),
    alerts: alertsConfig(settings),
    secrets: [
      env.DISCORD_TOKEN?.trim() ?? '',
      env.OCM_DISCORD_CLIENT_SECRET?.trim() ?? '',
      places.keyPassphrase ?? '',
      ...watchSecrets(env),
      ...offsiteSecrets(env),
    ].filter((value) => value !== ''),
  }
  const isSetting = (name: string) => Object.hasOwn(settingsSchema.shape, name)
  return { ...config, warnings: settingWarnings(config, env, isSetting) }
}

function discordOf(settings: Settings): DiscordConfig | null {
  const { DISCORD_TOKEN: token, DISCORD_GUILD_ID: guildId, DISCORD_CHANNEL_ID: channelId } = settings
  if (token === undefined || guildId === undefined || channelId === undefined) return null
  return { token, guildId, channelId, apiUrl: settings.DISCORD_API_URL ?? null }
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
