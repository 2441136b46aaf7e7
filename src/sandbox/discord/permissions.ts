import type { Channel, Role, World } from './world.ts'

/** The permission bits that the emulator knows, as Discord numbers them. */
export const Permission = {
  addReactions: 1n << 6n,
  administrator: 1n << 3n,
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  manageMessages: 1n << 13n,
  embedLinks: 1n << 14n,
  attachFiles: 1n << 15n,
  readMessageHistory: 1n << 16n,
  mentionEveryone: 1n << 17n,
  useApplicationCommands: 1n << 31n,
  manageThreads: 1n << 34n,
  createPublicThreads: 1n << 35n,
  sendMessagesInThreads: 1n << 38n,
  pinMessages: 1n << 51n,
} as const

const ALL = (1n << 53n) - 1n

/** What @everyone may do unless the options say otherwise: read, talk, use commands, open threads. */
export const EVERYONE_DEFAULT =
  Permission.addReactions |
  Permission.viewChannel |
  Permission.sendMessages |
  Permission.embedLinks |
  Permission.attachFiles |
  Permission.readMessageHistory |
  Permission.useApplicationCommands |
  Permission.createPublicThreads |
  Permission.sendMessagesInThreads

/** What the bot's own role adds: pins only, as the setup guide of a chat-ops bot asks for. */
export const BOT_DEFAULT = Permission.pinMessages

/**
 * The permissions of a member in a channel, by Discord's order: base of all roles, administrator wins, then the
 * overwrites of @everyone, of the roles together, and of the member. A thread has its parent's.
 */
export function permissionsIn(world: World, userId: string, channel: Channel | null): bigint {
  if (world.guild.ownerId === userId) return ALL
  const roles = rolesOf(world, userId)
  const base = roles.reduce((bits, role) => bits | role.permissions, 0n)
  if (base & Permission.administrator) return ALL
  if (channel === null) return base
  const holder = channel.parentId === null ? channel : (world.channels.get(channel.parentId) ?? channel)
  return applyOverwrites(base, holder, world.guild.id, userId, roles)
}

function applyOverwrites(
  base: bigint,
  holder: Channel,
  guildId: string,
  userId: string,
  roles: Role[],
): bigint {
  const change = (bits: bigint, allow: bigint, deny: bigint) => (bits & ~deny) | allow
  let bits = base
  const everyone = holder.overwrites.find((one) => one.id === guildId)
  if (everyone) bits = change(bits, everyone.allow, everyone.deny)
  const mine = holder.overwrites.filter(
    (one) => one.id !== guildId && roles.some((role) => role.id === one.id),
  )
  bits = change(
    bits,
    mine.reduce((sum, one) => sum | one.allow, 0n),
    mine.reduce((sum, one) => sum | one.deny, 0n),
  )
  const own = holder.overwrites.find((one) => one.id === userId)
  return own ? change(bits, own.allow, own.deny) : bits
}

/** True when every bit of `needed` is there and the channel can be seen at all. */
export function may(world: World, userId: string, channel: Channel, needed: bigint): boolean {
  if (channel.type === 1) return channel.recipientId === userId || userId === world.bot.id
  const bits = permissionsIn(world, userId, channel)
  return (bits & Permission.viewChannel) !== 0n && (bits & needed) === needed
}

function rolesOf(world: World, userId: string): Role[] {
  const ids = world.users.get(userId)?.roleIds ?? []
  return [world.guild.id, ...ids].flatMap((id) => world.roles.get(id) ?? [])
}
