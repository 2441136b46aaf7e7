import type { As, CommandEntry, OptionEntry, SandboxLocale } from './control.ts'
import { asNumber, asRecord, asRecords, asText, type Json } from './json.ts'
import { Permission, permissionsIn } from './permissions.ts'
import type { StoredCommand, World } from './world.ts'

const CHAT_INPUT = 1
const SUBCOMMAND = 1
const SUBCOMMAND_GROUP = 2

/** Every slash command path that the picker of one user would offer, hidden ones marked. */
export function commandEntries(world: World, as: As): CommandEntry[] {
  return slashCommands(world).flatMap((command) => {
    const visible = isVisible(world, as, command)
    return leaves(command.body, as.locale, [], []).map(({ node, path, displayPath }) => ({
      commandId: command.id,
      path,
      displayPath,
      description: localised(node, 'description', as.locale),
      visible,
      options: asRecords(node.options).map((option) => optionEntry(option, as.locale)),
    }))
  })
}

/** A guild command hides a global one of the same name. */
export function slashCommands(world: World): StoredCommand[] {
  const all = [...world.commands.values()].filter((one) => one.body.type === CHAT_INPUT)
  return all.filter(
    (one) =>
      one.guildId !== null ||
      !all.some((other) => other.guildId !== null && other.body.name === one.body.name),
  )
}

/** The subcommand (or the command itself) that a default-language path names. */
export function findLeaf(command: StoredCommand, path: string[]): Json | undefined {
  const found = leaves(command.body, 'en-US', [], []).find((leaf) => leaf.path.join(' ') === path.join(' '))
  return found?.node
}

/**
 * `default_member_permissions`: null for everybody, "0" for administrators only, else every bit is needed. Besides that
 * the member must be allowed to use commands in the channel at all.
 */
export function isVisible(world: World, as: As, command: StoredCommand): boolean {
  const channel = world.channels.get(as.channelId) ?? null
  const mine = permissionsIn(world, as.userId, channel)
  if (mine & Permission.administrator) return true
  if ((mine & Permission.viewChannel) === 0n || (mine & Permission.useApplicationCommands) === 0n)
    return false
  const needed = command.body.default_member_permissions
  if (typeof needed !== 'string') return true
  const bits = BigInt(needed)
  return bits !== 0n && (mine & bits) === bits
}

interface Leaf {
  node: Json
  path: string[]
  displayPath: string[]
}

function leaves(node: Json, locale: SandboxLocale, above: string[], displayAbove: string[]): Leaf[] {
  const path = [...above, asText(node.name) ?? '']
  const displayPath = [...displayAbove, localised(node, 'name', locale)]
  const inner = asRecords(node.options).filter(
    (one) => one.type === SUBCOMMAND || one.type === SUBCOMMAND_GROUP,
  )
  if (inner.length === 0) return [{ node, path, displayPath }]
  return inner.flatMap((one) => leaves(one, locale, path, displayPath))
}

function optionEntry(option: Json, locale: SandboxLocale): OptionEntry {
  return {
    name: asText(option.name) ?? '',
    displayName: localised(option, 'name', locale),
    description: localised(option, 'description', locale),
    type: asNumber(option.type) ?? 3,
    required: option.required === true,
    autocomplete: option.autocomplete === true,
    choices: asRecords(option.choices).map((choice) => ({
      name: localised(choice, 'name', locale),
      value: typeof choice.value === 'number' ? choice.value : String(choice.value),
    })),
    minValue: asNumber(option.min_value) ?? null,
    maxValue: asNumber(option.max_value) ?? null,
  }
}

function localised(node: Json, key: 'name' | 'description', locale: SandboxLocale): string {
  return asText(asRecord(node[`${key}_localizations`])?.[locale]) ?? asText(node[key]) ?? ''
}
