import {
  type APIGuild,
  type APIGuildMember,
  type APIRole,
  OverwriteType,
  PermissionFlagsBits,
  PermissionsBitField,
} from 'discord.js'
import type { RoleCall } from '../operations/test-alerts.ts'

/**
 * Whether a role hears a call: a mention notifies it only when the role allows it to everyone or the bot may mention all
 * roles (discord.com/developers/docs/resources/message, allowed mentions).
 */
export function roleCall(
  roles: readonly { id: string; name: string; mentionable: boolean }[],
  roleId: string,
  permissions: { has(permission: bigint): boolean },
): RoleCall {
  const role = roles.find(({ id }) => id === roleId)
  if (!role) return { state: 'missing', role: roleId }
  const heard = role.mentionable || permissions.has(PermissionFlagsBits.MentionEveryone)
  return { state: heard ? 'heard' : 'silent', role: role.name }
}

interface Overwrite {
  id: string
  type: OverwriteType
  allow: string
  deny: string
}

/**
 * By Discord's order: all roles together, administrator and owner win, then the channel's overwrites for everyone, for
 * the roles together, and for the member.
 */
export function permissionsIn(
  guild: APIGuild,
  overwrites: readonly Overwrite[],
  member: APIGuildMember,
): PermissionsBitField {
  const roles = guild.roles.filter((role: APIRole) => role.id === guild.id || member.roles.includes(role.id))
  const bits = new PermissionsBitField(roles.map((role) => BigInt(role.permissions)))
  if (guild.owner_id === member.user.id || bits.has(PermissionFlagsBits.Administrator))
    return new PermissionsBitField(PermissionsBitField.All)
  const apply = (matching: readonly Overwrite[]) => {
    bits.remove(matching.map(({ deny }) => BigInt(deny)))
    bits.add(matching.map(({ allow }) => BigInt(allow)))
  }
  apply(overwrites.filter(({ id }) => id === guild.id))
  apply(
    overwrites.filter(
      ({ id, type }) => type === OverwriteType.Role && id !== guild.id && member.roles.includes(id),
    ),
  )
  apply(overwrites.filter(({ id, type }) => type === OverwriteType.Member && id === member.user.id))
  return bits
}
