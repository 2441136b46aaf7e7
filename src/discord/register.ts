import {
  type APIApplicationCommand,
  type Client,
  DiscordAPIError,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
  Routes,
} from 'discord.js'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { INVALID_FORM, repeatable } from './discord-errors.ts'
import type { CommandIds } from './ink.ts'

type CommandBody = RESTPostAPIChatInputApplicationCommandsJSONBody

/** How the registration went. */
export interface Registration {
  /** Ids by path, for clickable commands in texts. */
  ids: CommandIds
  outcome: 'unchanged' | 'updated' | 'refused'
}

/**
 * Brings the commands of a server to what is wanted: reads them, and writes only when they differ, because every new
 * name counts against 200 a day. When Discord refuses the set, the old one stays and the log names the culprit.
 */
export async function registerCommands(options: {
  client: Client<true>
  guildId: string
  commands: readonly CommandBody[]
  clock: Clock
  log: Log
}): Promise<Registration> {
  const { client, guildId, commands, clock, log } = options
  const route = Routes.applicationGuildCommands(client.application.id, guildId)
  const query = new URLSearchParams({ with_localizations: 'true' })
  const before = (await repeatable(clock, () => client.rest.get(route, { query }))) as APIApplicationCommand[]
  const changes = commandChanges(before, commands)
  if (changes.length === 0) return { ids: commandIdsOf(before), outcome: 'unchanged' }
  try {
    const after = await repeatable(clock, () => client.rest.put(route, { body: commands }))
    log.info({ changes }, 'commands registered')
    return { ids: commandIdsOf(after as APIApplicationCommand[]), outcome: 'updated' }
  } catch (error) {
    if (!(error instanceof DiscordAPIError) || error.code !== INVALID_FORM) throw error
    const culprits = refusedCommands(error, commands)
    log.error({ culprits, problem: error.message }, 'Discord refused the commands; the old ones stay')
    return { ids: commandIdsOf(before), outcome: 'refused' }
  }
}

/** What differs, one line for each name: `+name`, `-name` or `~name`. Empty when nothing needs to be written. */
export function commandChanges(
  before: readonly APIApplicationCommand[],
  wanted: readonly CommandBody[],
): string[] {
  const old = new Map(before.map((command) => [command.name, comparable(command)]))
  const now = new Map(wanted.map((command) => [command.name, comparable(command)]))
  const added = [...now.keys()].filter((name) => !old.has(name)).map((name) => `+${name}`)
  const removed = [...old.keys()].filter((name) => !now.has(name)).map((name) => `-${name}`)
  const changed = [...now].filter(([name, text]) => old.has(name) && old.get(name) !== text)
  return [...added, ...removed, ...changed.map(([name]) => `~${name}`)]
}

/** What we decide about a command; Discord adds ids, versions and the defaults of everything left out. */
const COMPARED = new Set([
  'name',
  'name_localizations',
  'description',
  'description_localizations',
  'options',
  'default_member_permissions',
  'nsfw',
  'type',
  'required',
  'autocomplete',
  'choices',
  'value',
  'min_value',
  'max_value',
  'min_length',
  'max_length',
  'channel_types',
])

function comparable(command: APIApplicationCommand | CommandBody): string {
  return JSON.stringify(normalised({ type: 1, ...command }))
}

/**
 * Sorted keys; nothing that is null, false or empty, because Discord answers with and without such fields; and no
 * localised text that equals the default, because Discord does not keep it.
 */
function normalised(value: unknown, isText = false): unknown {
  if (Array.isArray(value)) return value.map((item) => normalised(item))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value)
    .filter(([key]) => isText || COMPARED.has(key))
    .map(([key, inner]): [string, unknown] => [key, normalised(ownTexts(value, key, inner), isTexts(key))])
    .filter(([, inner]) => !isDefault(inner))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries)
}

const LOCALIZATIONS = '_localizations'

function isTexts(key: string): boolean {
  return key.endsWith(LOCALIZATIONS)
}

function ownTexts(holder: object, key: string, inner: unknown): unknown {
  if (!isTexts(key) || typeof inner !== 'object' || inner === null) return inner
  const standard: unknown = Reflect.get(holder, key.slice(0, -LOCALIZATIONS.length))
  return Object.fromEntries(Object.entries(inner).filter(([, text]) => text !== standard))
}

function isDefault(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** Names of the commands that an "Invalid Form Body" speaks of: its errors are keyed by position. */
function refusedCommands(error: DiscordAPIError, commands: readonly CommandBody[]): string[] {
  const raw: object = error.rawError
  const errors = 'errors' in raw && typeof raw.errors === 'object' && raw.errors !== null ? raw.errors : {}
  return Object.keys(errors).flatMap((index) => commands[Number(index)]?.name ?? [])
}

function commandIdsOf(commands: readonly APIApplicationCommand[]): CommandIds {
  return new Map(
    commands.flatMap((command) =>
      (command.options ?? []).map((option): [string, string] => [
        `${command.name} ${option.name}`,
        command.id,
      ]),
    ),
  )
}
