import type { Json } from './json.ts'
import { permissionsIn } from './permissions.ts'
import type { Channel, Role, User, World } from './world.ts'

/** The objects of Discord's API, complete enough for discord.js and for code that reads the raw packets. */

const JOINED_AT = '2026-01-01T00:00:00.000000+00:00'

export function userPayload(user: User): Json {
  return {
    id: user.id,
    username: user.bot ? user.name : user.name.toLowerCase().replace(/[^a-z0-9_.]/g, '_'),
    discriminator: '0',
    global_name: user.bot ? null : user.name,
    avatar: null,
    bot: user.bot,
    public_flags: 0,
  }
}

export function memberPayload(user: User): Json {
  return {
    roles: user.roleIds,
    nick: null,
    avatar: null,
    joined_at: JOINED_AT,
    premium_since: null,
    deaf: false,
    mute: false,
    pending: false,
    flags: 0,
    communication_disabled_until: null,
  }
}

export function rolePayload(role: Role): Json {
  return {
    id: role.id,
    name: role.name,
    permissions: role.permissions.toString(),
    position: role.position,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    unicode_emoji: null,
    managed: role.managed,
    mentionable: role.mentionable,
    flags: 0,
  }
}

export function channelPayload(world: World, channel: Channel): Json {
  const last = world.messages.get(channel.id)?.findLast((one) => one.ephemeralTo === null)
  if (channel.type === 1) {
    const recipient = world.users.get(channel.recipientId ?? '')
    return {
      id: channel.id,
      type: 1,
      last_message_id: last?.id ?? null,
      flags: 0,
      recipients: recipient ? [userPayload(recipient)] : [],
    }
  }
  const common: Json = {
    id: channel.id,
    type: channel.type,
    guild_id: world.guild.id,
    name: channel.name,
    parent_id: channel.parentId,
    last_message_id: last?.id ?? null,
    rate_limit_per_user: 0,
    flags: 0,
  }
  return channel.thread === null ? textChannel(channel, common) : threadChannel(world, channel, common)
}

function textChannel(channel: Channel, common: Json): Json {
  return {
    ...common,
    topic: null,
    nsfw: false,
    position: 0,
    permission_overwrites: channel.overwrites.map((one) => ({
      id: one.id,
      type: one.type,
      allow: one.allow.toString(),
      deny: one.deny.toString(),
    })),
  }
}

function threadChannel(world: World, channel: Channel, common: Json): Json {
  const thread = channel.thread
  const count = world.messages.get(channel.id)?.length ?? 0
  return {
    ...common,
    owner_id: thread?.ownerId,
    message_count: count,
    total_message_sent: count,
    member_count: thread?.memberIds.length,
    thread_metadata: {
      archived: thread?.archived,
      locked: thread?.locked,
      auto_archive_duration: thread?.autoArchiveMinutes,
      archive_timestamp: new Date(thread?.changedAt ?? 0).toISOString(),
      create_timestamp: new Date(thread?.changedAt ?? 0).toISOString(),
    },
  }
}

/** A guild as the REST API shows it. */
export function guildPayload(world: World): Json {
  return {
    id: world.guild.id,
    name: world.guild.name,
    icon: null,
    splash: null,
    owner_id: world.guild.ownerId,
    preferred_locale: world.guild.locale,
    features: [],
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    mfa_level: 0,
    nsfw_level: 0,
    premium_tier: 0,
    premium_progress_bar_enabled: false,
    system_channel_id: null,
    system_channel_flags: 0,
    afk_channel_id: null,
    afk_timeout: 300,
    rules_channel_id: null,
    public_updates_channel_id: null,
    vanity_url_code: null,
    description: null,
    banner: null,
    roles: [...world.roles.values()].map(rolePayload),
    emojis: [],
    stickers: [],
  }
}

/** The same guild as GUILD_CREATE brings it: with channels, threads and the bot as the only member (small intents). */
export function guildCreatePayload(world: World): Json {
  const visible = [...world.channels.values()]
  return {
    ...guildPayload(world),
    unavailable: false,
    large: false,
    joined_at: JOINED_AT,
    member_count: world.users.size,
    channels: visible
      .filter((one) => one.type === 0 || one.type === 5)
      .map((one) => channelPayload(world, one)),
    threads: visible
      .filter((one) => one.thread !== null && !one.thread.archived)
      .map((one) => channelPayload(world, one)),
    members: [{ user: userPayload(world.bot), ...memberPayload(world.bot) }],
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  }
}

export function applicationPayload(world: World): Json {
  return {
    id: world.bot.id,
    name: world.bot.name,
    icon: null,
    description: '',
    bot_public: false,
    bot_require_code_grant: false,
    verify_key: '0'.repeat(64),
    flags: 0,
    bot: userPayload(world.bot),
    owner: ownerPayload(world),
    team: null,
    integration_types_config: { '0': {} },
    redirect_uris: [...world.redirects],
  }
}

function ownerPayload(world: World): Json {
  const owner = world.users.get(world.guild.ownerId)
  return owner
    ? userPayload(owner)
    : { id: world.guild.ownerId, username: 'owner', discriminator: '0', avatar: null }
}

/** The member of an interaction: with the permissions in its channel computed. */
export function interactionMember(world: World, user: User, channel: Channel): Json {
  return {
    user: userPayload(user),
    ...memberPayload(user),
    permissions: permissionsIn(world, user.id, channel).toString(),
  }
}
