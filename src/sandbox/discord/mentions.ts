import { asList, asRecord, asText, type Json } from './json.ts'
import { may, Permission } from './permissions.ts'
import { ComponentType, walkComponents } from './rules/walk.ts'
import type { Channel, World } from './world.ts'

export interface Mentions {
  users: string[]
  roles: string[]
  everyone: boolean
  /** Whom the message notifies: user and role ids, and the guild's id for everyone. */
  pinged: string[]
}

/**
 * Whom a message really mentions: what its content and its V2 texts name (embeds never count), cut down by
 * `allowed_mentions` and by the bot's permissions. Without that field a plain message parses everything and an
 * interaction's answer only users.
 */
export function computeMentions(
  world: World,
  channel: Channel,
  body: Json,
  byInteraction: boolean,
): Mentions {
  const text = visibleText(body)
  const allowed = asRecord(body.allowed_mentions) ?? {
    parse: byInteraction ? ['users'] : ['users', 'roles', 'everyone'],
  }
  const parse = asList(allowed.parse)
  const passes = (kind: 'users' | 'roles', id: string) =>
    parse.includes(kind) || asList(allowed[kind]).includes(id)
  const mayAll = may(world, world.bot.id, channel, Permission.mentionEveryone)

  const users = idsIn(text, /<@!?(\d{17,20})>/g).filter((id) => world.users.has(id) && passes('users', id))
  const roles = idsIn(text, /<@&(\d{17,20})>/g).filter((id) => {
    const role = world.roles.get(id)
    return role !== undefined && (role.mentionable || mayAll) && passes('roles', id)
  })
  const everyone = mayAll && parse.includes('everyone') && /@(everyone|here)/.test(text)
  const pinged = new Set([
    ...users,
    ...roles,
    ...(everyone ? [world.guild.id] : []),
    ...repliedTo(world, channel, body),
  ])
  pinged.delete(world.bot.id)
  return { users, roles, everyone, pinged: [...pinged] }
}

/** The author of the message that is replied to, unless `replied_user` is false. */
function repliedTo(world: World, channel: Channel, body: Json): string[] {
  const target = world.message(channel.id, asText(asRecord(body.message_reference)?.message_id) ?? '')
  const allowed = asRecord(body.allowed_mentions)
  const isAllowed = allowed === undefined || allowed.replied_user === true
  return target !== undefined && isAllowed ? [target.authorId] : []
}

/** Content and text displays; what stands in code is still text to Discord's parser, except in code spans. */
function visibleText(body: Json): string {
  const displays = [...walkComponents(body.components)]
    .filter(({ component }) => component.type === ComponentType.textDisplay)
    .map(({ component }) => asText(component.content) ?? '')
  return [asText(body.content) ?? '', ...displays]
    .map((text) => text.replace(/```[\s\S]*?```|``[^\n]*?``|`[^`\n]*`/g, ' '))
    .join('\n')
}

function idsIn(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''))]
}
