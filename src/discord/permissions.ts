import { OAuth2Scopes, PermissionFlagsBits, PermissionsBitField } from 'discord.js'

/**
 * What ocm does in its channel, and so what the bot must be allowed there. The one list: doctor, the alert test, the
 * bot's own warning, the invite link and docs/setup.md are made from it.
 */
export const NEEDED_PERMISSIONS = [
  'ViewChannel',
  'SendMessages',
  'SendMessagesInThreads',
  'CreatePublicThreads',
  'AttachFiles',
  'ReadMessageHistory',
  'PinMessages',
] as const satisfies readonly (keyof typeof PermissionFlagsBits)[]

export type NeededPermission = (typeof NEEDED_PERMISSIONS)[number]

/** What a thread of an incident takes besides. */
export const THREAD_PERMISSIONS = ['CreatePublicThreads', 'SendMessagesInThreads'] as const

const NEEDED_BITS = new PermissionsBitField(NEEDED_PERMISSIONS.map((name) => PermissionFlagsBits[name]))

/** The needed permissions that a set does not hold, by Discord's names. */
export function missingPermissions(held: Readonly<PermissionsBitField>): NeededPermission[] {
  return NEEDED_PERMISSIONS.filter((name) => !held.has(PermissionFlagsBits[name]))
}

/** A permission as Discord's own pages write it in English, for example "Send Messages in Threads". */
export function permissionTitle(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').replace(/ In /g, ' in ')
}

/**
 * The link with which the owner of the application invites the bot with exactly these permissions. The scope `bot`
 * brings the slash commands along. Source: Discord's documentation, "Bot Users" and "OAuth2".
 */
export function inviteLink(applicationId: string, guildId: string | null = null): string {
  const link = new URL('https://discord.com/oauth2/authorize')
  link.searchParams.set('client_id', applicationId)
  link.searchParams.set('scope', OAuth2Scopes.Bot)
  link.searchParams.set('permissions', NEEDED_BITS.bitfield.toString())
  if (guildId !== null) link.searchParams.set('guild_id', guildId)
  return link.href
}
