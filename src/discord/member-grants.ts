import { type Client, DiscordAPIError, RESTJSONErrorCodes, Routes } from 'discord.js'
import { z } from 'zod'
import type { Grant } from '../operations/access.ts'
import type { GrantRule } from '../settings/grants.ts'
import { actorOf } from './access.ts'

const memberSchema = z.object({ roles: z.array(z.string()) })
const GONE: readonly (number | string)[] = [RESTJSONErrorCodes.UnknownMember, RESTJSONErrorCodes.UnknownUser]

/**
 * The grants of a member by the roles that they have at this moment (Get Guild Member, for which no privileged intent
 * is needed); null for who is no member.
 * @throws Error when there is no session with Discord or it does not answer
 */
export function memberGrants({
  client,
  guildId,
  rules,
}: {
  client(): Client | null
  guildId: string
  rules: readonly GrantRule[]
}): (userId: string) => Promise<readonly Grant[] | null> {
  return async (userId) => {
    const session = client()
    if (session === null) throw new Error('there is no session with Discord')
    try {
      const member = memberSchema.parse(await session.rest.get(Routes.guildMember(guildId, userId)))
      return actorOf({ userId, name: '', roleIds: member.roles }, rules).grants
    } catch (error) {
      if (error instanceof DiscordAPIError && GONE.includes(error.code)) return null
      throw error
    }
  }
}
