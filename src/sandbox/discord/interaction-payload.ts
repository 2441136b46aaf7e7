import { ATTACHMENT_LIMIT_BYTES } from './attachments.ts'
import { type Interaction, KIND_NUMBER } from './interaction.ts'
import type { Json } from './json.ts'
import { channelPayload, interactionMember, memberPayload, rolePayload, userPayload } from './payloads.ts'
import { permissionsIn } from './permissions.ts'
import type { World } from './world.ts'

/** The INTERACTION_CREATE event of an interaction, with what is special to its kind in `data`. */
export function interactionPayload(world: World, interaction: Interaction, data: Json): Json {
  const user = world.users.get(interaction.userId)
  const channel = world.channels.get(interaction.channelId)
  if (user === undefined || channel === undefined) throw new Error('Unknown user or channel')
  const source =
    interaction.sourceMessageId === null ? undefined : world.findMessage(interaction.sourceMessageId)
  const inGuild = channel.type !== 1
  return {
    id: interaction.id,
    application_id: world.bot.id,
    type: KIND_NUMBER[interaction.kind],
    token: interaction.token,
    version: 1,
    ...(inGuild ? guildPart(world) : {}),
    channel_id: channel.id,
    channel: {
      ...channelPayload(world, channel),
      permissions: permissionsIn(world, user.id, channel).toString(),
    },
    ...(inGuild ? { member: interactionMember(world, user, channel) } : { user: userPayload(user) }),
    locale: interaction.locale,
    app_permissions: permissionsIn(world, world.bot.id, channel).toString(),
    entitlements: [],
    entitlement_sku_ids: [],
    authorizing_integration_owners: { '0': world.guild.id },
    context: inGuild ? 0 : 1,
    attachment_size_limit: ATTACHMENT_LIMIT_BYTES,
    data,
    ...(source ? { message: source.raw } : {}),
  }
}

function guildPart(world: World): Json {
  const { id, locale } = world.guild
  return { guild_id: id, guild: { id, features: [], locale }, guild_locale: locale }
}

/**
 * The objects behind the ids that a person chose.
 * @throws Error when one of them is nothing that exists.
 */
export function resolveIds(world: World, ids: string[]): Json {
  const resolved: Record<string, Json> = {}
  const put = (kind: string, id: string, payload: Json) => {
    resolved[kind] = { ...resolved[kind], [id]: payload }
  }
  for (const id of ids) {
    const user = world.users.get(id)
    const role = world.roles.get(id)
    const channel = world.channels.get(id)
    if (user) {
      put('users', id, userPayload(user))
      put('members', id, { ...memberPayload(user), permissions: permissionsIn(world, id, null).toString() })
    } else if (role) put('roles', id, rolePayload(role))
    else if (channel) put('channels', id, { ...channelPayload(world, channel), permissions: '0' })
    else throw new Error(`Nothing has the id ${id}`)
  }
  return resolved
}
