import {
  type APIApplicationCommand,
  type APIChannel,
  type APIGuild,
  type APIGuildMember,
  type APIUser,
  ChannelType,
  DiscordAPIError,
  type PermissionsBitField,
  REST,
  Routes,
} from 'discord.js'
import type { DiscordConfig } from '../settings/config.ts'
import type { Command } from './command.ts'
import { commandBodies } from './command-bodies.ts'
import { discordCode, MISSING_ACCESS } from './discord-errors.ts'
import { isClientSecret } from './oauth.ts'
import { inviteLink, missingPermissions, permissionTitle } from './permissions.ts'
import { commandChanges } from './register.ts'
import { permissionsIn, roleCall } from './role-call.ts'

const TIMEOUT_MS = 10_000

/** What can be found out about Discord. Closed list: each code has its text (`doctor.discord.<code>`). */
export type DiscordCheckCode =
  | 'token-valid'
  | 'token-refused'
  | 'api-unreachable'
  | 'guild-found'
  | 'guild-missing'
  | 'channel-found'
  | 'channel-missing'
  | 'channel-elsewhere'
  | 'channel-unfit'
  | 'permissions-complete'
  | 'permissions-missing'
  | 'role-callable'
  | 'role-missing'
  | 'role-silent'
  | 'log-in-ready'
  | 'client-secret-refused'
  | 'redirect-missing'
  | 'commands-registered'
  | 'commands-differ'
  | 'commands-unreadable'

/** One thing that was looked at. */
export interface DiscordCheck {
  code: DiscordCheckCode
  level: 'ok' | 'warning' | 'problem'
  params: Record<string, string | number>
}

/**
 * Looks whether the Discord settings work: token, server, channel, permissions and registered commands. Reads only,
 * over REST; the gateway is not touched, so that a running bot keeps its session. Never throws.
 * @param options.alertRoleId the role that critical alerts call; null when none is set
 * @param options.logIn what people sign in to the page with, and the address to come back to; null where they do not
 */
export async function checkDiscord(
  config: DiscordConfig,
  { alertRoleId, logIn }: { alertRoleId: string | null; logIn: LogIn | null },
  commands: readonly Command[],
  signal: AbortSignal,
): Promise<DiscordCheck[]> {
  const rest = new REST({ timeout: TIMEOUT_MS, ...(config.apiUrl === null ? {} : { api: config.apiUrl }) })
  rest.setToken(config.token)
  const get = <T>(route: `/${string}`, query?: URLSearchParams) =>
    rest.get(route, { signal, ...(query ? { query } : {}) }) as Promise<T>
  const found: DiscordCheck[] = []
  try {
    const bot = await get<APIUser>(Routes.user())
    found.push(ok('token-valid', { bot: bot.username }))
    const application = await get<Application>('/applications/@me')
    const guild = await orNull(get<APIGuild>(Routes.guild(config.guildId)))
    if (guild === null) {
      const invite = inviteLink(application.id)
      return [...found, problem('guild-missing', { guild: config.guildId, invite })]
    }
    found.push(ok('guild-found', { guild: guild.name }))
    const member = await get<APIGuildMember>(Routes.guildMember(config.guildId, bot.id))
    const about = { guild, member: { ...member, user: bot }, invite: inviteLink(application.id, guild.id) }
    found.push(...(await checkChannel(config, alertRoleId, about, get)))
    if (logIn !== null) found.push(await checkLogIn(config, logIn, application, signal))
    found.push(await checkCommands(config, application.id, commands, get))
    return found
  } catch (error) {
    return [...found, failureOf(error)]
  }
}

/** What people sign in to the page with. */
export interface LogIn {
  clientSecret: string
  /** Null where it is known only when the bot runs. */
  redirect: string | null
}

/** Of an application, what matters here (docs.discord.com, "Application Object"). */
interface Application {
  id: string
  redirect_uris?: string[]
}

async function checkLogIn(
  config: DiscordConfig,
  { clientSecret, redirect }: LogIn,
  { id, redirect_uris: redirects }: Application,
  signal: AbortSignal,
): Promise<DiscordCheck> {
  if (!(await isClientSecret(config, { id, clientSecret }, signal)))
    return problem('client-secret-refused', {})
  // Where Discord does not tell them, it cannot be said that one is missing.
  return redirect !== null && redirects?.includes(redirect) === false
    ? problem('redirect-missing', { redirect })
    : ok('log-in-ready', {})
}

type Get = <T>(route: `/${string}`, query?: URLSearchParams) => Promise<T>

interface About {
  guild: APIGuild
  member: APIGuildMember
  /** Invites the bot again, with all that it needs. */
  invite: string
}

async function checkChannel(
  { channelId }: DiscordConfig,
  alertRoleId: string | null,
  { guild, member, invite }: About,
  get: Get,
): Promise<DiscordCheck[]> {
  const channel = await orNull(get<APIChannel>(Routes.channel(channelId)))
  if (channel === null) return [problem('channel-missing', { channel: channelId })]
  const name = channel.name ?? channelId
  if (!('guild_id' in channel) || channel.guild_id !== guild.id)
    return [problem('channel-elsewhere', { channel: name })]
  if (channel.type !== ChannelType.GuildText && channel.type !== ChannelType.GuildAnnouncement)
    return [problem('channel-unfit', { channel: name })]
  const bits = permissionsIn(guild, channel.permission_overwrites ?? [], member)
  const missing = missingPermissions(bits)
  const permissions = missing.map(permissionTitle).join(', ')
  const granted =
    missing.length === 0
      ? ok('permissions-complete', { channel: name })
      : problem('permissions-missing', { channel: name, permissions, invite })
  const calls = alertRoleId === null ? [] : [checkRole(guild, alertRoleId, bits)]
  return [ok('channel-found', { channel: name }), granted, ...calls]
}

function checkRole(guild: APIGuild, roleId: string, bits: PermissionsBitField): DiscordCheck {
  const { state, role } = roleCall(guild.roles, roleId, bits)
  if (state === 'missing') return problem('role-missing', { role })
  return state === 'heard' ? ok('role-callable', { role }) : problem('role-silent', { role })
}

/** The bot registers what differs when it starts; a difference here means that it has not run since an update. */
async function checkCommands(
  { guildId }: DiscordConfig,
  applicationId: string,
  commands: readonly Command[],
  get: Get,
): Promise<DiscordCheck> {
  const query = new URLSearchParams({ with_localizations: 'true' })
  const registered = await orNull(
    get<APIApplicationCommand[]>(Routes.applicationGuildCommands(applicationId, guildId), query),
  )
  if (registered === null) return problem('commands-unreadable', {})
  const changes = commandChanges(registered, commandBodies(commands))
  return changes.length === 0
    ? ok('commands-registered', { count: registered.length })
    : { code: 'commands-differ', level: 'warning', params: { changes: changes.join(' ') } }
}

/** null when Discord says that there is no such thing, or that it is not for this bot. */
async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof DiscordAPIError && (error.status === 404 || discordCode(error) === MISSING_ACCESS))
      return null
    throw error
  }
}

/** Why Discord could not be asked. */
export function failureOf(error: unknown): DiscordCheck {
  if (error instanceof DiscordAPIError && error.status === 401) return problem('token-refused', {})
  return problem('api-unreachable', { problem: error instanceof Error ? error.message : String(error) })
}

function ok(code: DiscordCheckCode, params: DiscordCheck['params']): DiscordCheck {
  return { code, level: 'ok', params }
}

function problem(code: DiscordCheckCode, params: DiscordCheck['params']): DiscordCheck {
  return { code, level: 'problem', params }
}
