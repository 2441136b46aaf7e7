import { type Clock, machineClock } from '../clock.ts'
import type { SandboxLocale } from './control.ts'
import { BOT_DEFAULT, EVERYONE_DEFAULT } from './permissions.ts'
import { type Channel, type Role, World } from './world.ts'

export interface UserOption {
  name: string
  /** Names of roles. */
  roles?: string[]
  /** A snowflake; made up when absent. */
  id?: string
}

export interface RoleOption {
  name: string
  /** Permission bits on top of what @everyone has; none by default. */
  permissions?: bigint
  mentionable?: boolean
  id?: string
}

export interface ChannelOption {
  name: string
  /** `text` when absent. */
  kind?: 'text' | 'announcement'
  /** Per role name, user name, `@everyone` or `bot`: what this channel adds and takes away. */
  overwrites?: Record<string, { allow?: bigint; deny?: bigint }>
  id?: string
}

export interface WorldOptions {
  token: string
  guild?: { name?: string; locale?: SandboxLocale; everyone?: bigint; id?: string }
  /** The bot's name and its own role's permissions. */
  bot?: { name?: string; permissions?: bigint; roles?: string[] }
  users: UserOption[]
  roles: RoleOption[]
  channels: ChannelOption[]
  clock?: Clock
}

/** The ids behind the names of the options. */
export interface Ids {
  guild: string
  bot: string
  users: Record<string, string>
  roles: Record<string, string>
  channels: Record<string, string>
}

/** @throws Error when a user or an overwrite names a role or user that is not there. */
export function buildWorld(options: WorldOptions): { world: World; ids: Ids } {
  const botName = options.bot?.name ?? 'ops-bot'
  const world = new World({
    clock: options.clock ?? machineClock,
    token: options.token,
    guildName: options.guild?.name ?? 'Demo',
    locale: options.guild?.locale ?? 'en-US',
    botName,
    guildId: options.guild?.id ?? null,
  })
  const ids: Ids = { guild: world.guild.id, bot: world.bot.id, users: {}, roles: {}, channels: {} }
  addRoles(world, ids, options, botName)
  for (const user of options.users) {
    const id = user.id ?? world.nextId()
    ids.users[user.name] = id
    world.users.set(id, { id, name: user.name, bot: false, roleIds: roleIds(ids, user.roles ?? []) })
  }
  for (const channel of options.channels) {
    const id = channel.id ?? world.nextId()
    ids.channels[channel.name] = id
    world.channels.set(id, textChannel(world, ids, id, channel))
  }
  return { world, ids }
}

function addRoles(world: World, ids: Ids, options: WorldOptions, botName: string): void {
  const add = (role: Omit<Role, 'position'>) =>
    world.roles.set(role.id, { ...role, position: world.roles.size })
  const everyone = options.guild?.everyone ?? EVERYONE_DEFAULT
  add({ id: world.guild.id, name: '@everyone', permissions: everyone, mentionable: false, managed: false })
  for (const role of options.roles) {
    const id = role.id ?? world.nextId()
    ids.roles[role.name] = id
    const { permissions = 0n, mentionable = false } = role
    add({ id, name: role.name, permissions, mentionable, managed: false })
  }
  const id = world.nextId()
  const permissions = options.bot?.permissions ?? BOT_DEFAULT
  add({ id, name: botName, permissions, mentionable: false, managed: true })
  world.bot.roleIds.push(id, ...roleIds(ids, options.bot?.roles ?? []))
}

function textChannel(world: World, ids: Ids, id: string, option: ChannelOption): Channel {
  const overwrites = Object.entries(option.overwrites ?? {}).map(([name, { allow = 0n, deny = 0n }]) => ({
    ...holderOf(world, ids, name),
    allow,
    deny,
  }))
  const type = option.kind === 'announcement' ? 5 : 0
  return { id, name: option.name, type, parentId: null, overwrites, thread: null, recipientId: null }
}

function holderOf(world: World, ids: Ids, name: string): { id: string; type: 0 | 1 } {
  if (name === '@everyone') return { id: world.guild.id, type: 0 }
  if (name === 'bot') return { id: world.bot.id, type: 1 }
  const role = ids.roles[name]
  if (role !== undefined) return { id: role, type: 0 }
  const user = ids.users[name]
  if (user !== undefined) return { id: user, type: 1 }
  throw new Error(`An overwrite names ${name}, which is neither a role nor a user`)
}

function roleIds(ids: Ids, names: string[]): string[] {
  return names.map((name) => {
    const id = ids.roles[name]
    if (id === undefined) throw new Error(`There is no role ${name}`)
    return id
  })
}
