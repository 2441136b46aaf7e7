import { DiscordAPIError, REST, RESTJSONErrorCodes, Routes } from 'discord.js'
import { z } from 'zod'
import type { Grant } from '../operations/access.ts'
import type { Config } from '../settings/config.ts'
import type { GrantRule } from '../settings/grants.ts'
import { actorOf } from './access.ts'

const memberSchema = z.object({ roles: z.array(z.string()) })
const TIMEOUT_MS = 10_000
const GONE: readonly (number | string)[] = [RESTJSONErrorCodes.UnknownMember, RESTJSONErrorCodes.UnknownUser]

/**
 * The grants of a member by the roles that they have at this moment (Get Guild Member, for which no privileged intent
 * is needed); null for who is no member.
 * @throws Error when there is no session with Discord or it does not answer
 */
export function memberGrants({
  rest,
  guildId,
  rules,
}: {
  /** What asks Discord; null while there is no session. */
  rest(): Pick<REST, 'get'> | null
  guildId: string
  rules: readonly GrantRule[]
}): (userId: string) => Promise<readonly Grant[] | null> {
  return async (userId) => {
    const session = rest()
    if (session === null) throw new Error('there is no session with Discord')
    try {
      const member = memberSchema.parse(await session.get(Routes.guildMember(guildId, userId)))
      return actorOf({ userId, name: '', roleIds: member.roles }, rules).grants
    } catch (error) {
      if (error instanceof DiscordAPIError && GONE.includes(error.code)) return null
      throw error
    }
  }
}

/**
 * The same without a session, for a program that has none.
 * @throws Error where Discord is not set up
 */
export function grantsWithoutSession({
  discord,
  grants: rules,
}: Pick<Config, 'discord' | 'grants'>): (userId: string) => Promise<readonly Grant[] | null> {
  if (discord === null) throw new Error('Discord is not set up')
  const { token, guildId, apiUrl } = discord
  const rest = new REST({ timeout: TIMEOUT_MS, ...(apiUrl === null ? {} : { api: apiUrl }) }).setToken(token)
  return memberGrants({ rest: () => rest, guildId, rules })
}
