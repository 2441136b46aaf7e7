import { type APIChannel, type APIRole, type APIUser, ChannelType, REST, Routes } from 'discord.js'
import { type DiscordCheck, failureOf } from './doctor.ts'
import { inviteLink } from './permissions.ts'

const TIMEOUT_MS = 10_000

/** Something on Discord that a setting names by its id. Names are remote text. */
export interface Named {
  id: string
  name: string
}

/** What a token sees of Discord, for somebody who sets a bot up. */
export interface Surroundings {
  bot: string
  /** Invites the bot with all that it needs. */
  invite: string
  /** The servers that the bot is on. @throws as the REST client does */
  guilds(): Promise<Named[]>
  /** The text channels of a server that the bot sees. @throws as the REST client does */
  channels(guildId: string): Promise<Named[]>
  /** The roles of a server that people have; without the one of everybody. @throws as the REST client does */
  roles(guildId: string): Promise<Named[]>
}

/**
 * Asks Discord whose token this is. Over REST alone, so that a bot that runs keeps its session.
 * @param apiUrl as in the settings; null is Discord itself
 * @returns what stands in the way instead, when Discord refuses or cannot be asked
 */
export async function lookAround(
  token: string,
  apiUrl: string | null,
  signal: AbortSignal,
): Promise<Surroundings | DiscordCheck> {
  const rest = new REST({ timeout: TIMEOUT_MS, retries: 1, ...(apiUrl === null ? {} : { api: apiUrl }) })
  rest.setToken(token)
  // The library leaves a listener on the signal of each request.
  const get = <T>(route: `/${string}`) => rest.get(route, { signal: AbortSignal.any([signal]) }) as Promise<T>
  try {
    const [bot, application] = await Promise.all([
      get<APIUser>(Routes.user()),
      get<{ id: string }>('/applications/@me'),
    ])
    return {
      bot: bot.username,
      invite: inviteLink(application.id),
      guilds: async () => (await get<Named[]>(Routes.userGuilds())).map(named),
      async channels(guildId) {
        const channels = await get<APIChannel[]>(Routes.guildChannels(guildId))
        const fit = channels.filter(
          ({ type }) => type === ChannelType.GuildText || type === ChannelType.GuildAnnouncement,
        )
        return fit.map(({ id, name }) => ({ id, name: name ?? id }))
      },
      async roles(guildId) {
        const roles = await get<APIRole[]>(Routes.guildRoles(guildId))
        return roles.filter(({ id, managed }) => id !== guildId && !managed).map(named)
      },
    }
  } catch (error) {
    return failureOf(error)
  }
}

function named({ id, name }: Named): Named {
  return { id, name }
}
