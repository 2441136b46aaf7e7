import {
  type APIGuild,
  type APIGuildMember,
  type APITextChannel,
  type APIUser,
  MessageFlags,
  PermissionFlagsBits,
  type PermissionsBitField,
  REST,
  Routes,
} from 'discord.js'
import type { AlertChannel, ChannelTest, RoleCall } from '../../operations/test-alerts.ts'
import type { DiscordConfig } from '../../settings/config.ts'
import type { Card } from '../card.ts'
import { createReader } from '../reader.ts'
import { permissionsIn, roleCall } from '../role-call.ts'
import { type ChannelHands, goneAfter, tryChannel } from './channel-test.ts'

const TIMEOUT_MS = 15_000
const NO_MENTIONS = { parse: [] }

interface Created {
  id: string
}

/**
 * The alert channel from a shell: over REST alone, so that a bot that runs keeps its gateway session. What the bot may
 * do shows in what it did; the names of missing permissions are `ocm doctor`'s to tell.
 */
export function alertChannelByRest(
  config: DiscordConfig,
  roleId: string | null,
  now: () => number,
): AlertChannel {
  return {
    async test({ locale, signal }) {
      const rest = new REST({
        timeout: TIMEOUT_MS,
        ...(config.apiUrl === null ? {} : { api: config.apiUrl }),
      })
      rest.setToken(config.token)
      const reader = createReader(locale, now(), new Map())
      const world = await worldByRest(rest, config, signal)
      const call = roleId === null ? null : callOf(world, roleId)
      const about = { channelId: config.channelId, missing: [], call }
      const mayDelete = world?.bits.has(PermissionFlagsBits.ManageThreads) ?? false
      return tryChannel(handsOf(rest, config.channelId, mayDelete, signal), about, reader)
    },
  }
}

/** The server's roles, and what the bot may do in the channel. */
interface World {
  roles: APIGuild['roles']
  bits: PermissionsBitField
}

/** What cannot be looked up is not known, and no reason to try nothing else. */
async function worldByRest(
  rest: REST,
  { guildId, channelId }: DiscordConfig,
  signal: AbortSignal,
): Promise<World | null> {
  const get = async <T>(route: `/${string}`) => (await rest.get(route, { signal })) as T
  try {
    const user = await get<APIUser>(Routes.user())
    const [guild, member, channel] = await Promise.all([
      get<APIGuild>(Routes.guild(guildId)),
      get<APIGuildMember>(Routes.guildMember(guildId, user.id)),
      get<APITextChannel>(Routes.channel(channelId)),
    ])
    const bits = permissionsIn(guild, channel.permission_overwrites ?? [], { ...member, user })
    return { roles: guild.roles, bits }
  } catch {
    return null
  }
}

function callOf(world: World | null, roleId: string): RoleCall {
  return world === null ? { state: 'unknown', role: roleId } : roleCall(world.roles, roleId, world.bits)
}

function handsOf(rest: REST, channelId: string, mayDelete: boolean, signal: AbortSignal): ChannelHands {
  let messageId = ''
  let threadId = ''
  const bodyOf = (card: Card) => ({
    flags: MessageFlags.IsComponentsV2,
    components: card.components,
    allowed_mentions: NO_MENTIONS,
  })
  return {
    async post(card) {
      const message = await rest.post(Routes.channelMessages(channelId), { body: bodyOf(card), signal })
      messageId = (message as Created).id
    },
    edit: (card) => rest.patch(Routes.channelMessage(channelId, messageId), { body: bodyOf(card), signal }),
    async thread(name) {
      const thread = await rest.post(Routes.threads(channelId, messageId), { body: { name }, signal })
      threadId = (thread as Created).id
    },
    line: (content) =>
      rest.post(Routes.channelMessages(threadId), {
        body: { content, allowed_mentions: NO_MENTIONS },
        signal,
      }),
    async clean() {
      const left = threadId === '' ? null : await putAway(rest, threadId, mayDelete)
      await rest.delete(Routes.channelMessage(channelId, messageId))
      return left
    },
  }
}

/** Whoever started a thread may always archive it; deleting it takes one permission more. */
async function putAway(rest: REST, threadId: string, mayDelete: boolean): Promise<ChannelTest['thread']> {
  const route = Routes.channel(threadId)
  if (!mayDelete) {
    await rest.patch(route, { body: { archived: true } })
    return 'archived'
  }
  await rest.delete(route)
  if (!(await goneAfter(() => rest.get(route))))
    throw new Error('the thread is still there after it was deleted')
  return 'deleted'
}
