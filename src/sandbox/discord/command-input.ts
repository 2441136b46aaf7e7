import { findLeaf, isVisible, slashCommands } from './command-entries.ts'
import type { As } from './control.ts'
import { resolveIds } from './interaction-payload.ts'
import { asNumber, asRecords, asText, type Json } from './json.ts'
import type { StoredCommand, World } from './world.ts'

type Options = Record<string, string | number | boolean>

const OptionType = { string: 3, integer: 4, boolean: 5, number: 10 } as const
/** User, channel, role, mentionable: chosen by id. */
const ID_TYPES = [6, 7, 8, 9]

/**
 * The `data` of a slash command, checked as the chat client checks before it sends.
 * @throws Error in the client's role: unknown or hidden command, missing or impossible option.
 */
export function commandData(world: World, as: As, path: string[], options: Options): Json {
  const { command, leaf } = findCommand(world, as, path)
  const known = asRecords(leaf.options)
  for (const option of known) {
    const name = asText(option.name) ?? ''
    if (option.required === true && options[name] === undefined)
      throw new Error(`The option ${name} is required`)
  }
  const filled = fill(known, options, (option, value) => ({
    ...entry(option),
    value: checked(option, value),
  }))
  const ids = filled.filter((one) => ID_TYPES.includes(Number(one.type))).map((one) => String(one.value))
  const data = wrap(command, path, filled)
  return ids.length === 0 ? data : { ...data, resolved: resolveIds(world, ids) }
}

/** The `data` of an autocomplete event: half-typed values pass as they are, those of numbers as text. */
export function autocompleteData(
  world: World,
  as: As,
  path: string[],
  options: Options,
  focused: string,
): Json {
  const { command, leaf } = findCommand(world, as, path)
  const known = asRecords(leaf.options)
  if (!known.some((option) => option.name === focused && option.autocomplete === true))
    throw new Error(`The option ${focused} offers no autocomplete`)
  const filled = fill(known, { [focused]: '', ...options }, (option, value) => {
    if (option.name === focused) return { ...entry(option), value: String(value), focused: true }
    return { ...entry(option), value }
  })
  return wrap(command, path, filled)
}

function findCommand(world: World, as: As, path: string[]): { command: StoredCommand; leaf: Json } {
  const command = slashCommands(world).find((one) => one.body.name === path[0])
  const leaf = command && findLeaf(command, path)
  if (command === undefined || leaf === undefined) throw new Error(`There is no command /${path.join(' ')}`)
  if (!isVisible(world, as, command)) throw new Error(`/${path.join(' ')} is hidden from this user`)
  return { command, leaf }
}

function fill(
  known: Json[],
  options: Options,
  make: (option: Json, value: string | number | boolean) => Json,
): Json[] {
  for (const name of Object.keys(options)) {
    if (!known.some((option) => option.name === name)) throw new Error(`There is no option ${name}`)
  }
  return known.flatMap((option) => {
    const value = options[asText(option.name) ?? '']
    return value === undefined ? [] : [make(option, value)]
  })
}

function entry(option: Json): Json {
  return { name: option.name, type: option.type }
}

/** Nests the options into the subcommand and its group. */
function wrap(command: StoredCommand, path: string[], options: Json[]): Json {
  const inner = path.slice(1).reduceRight<Json[]>((below, name, index) => {
    const isInnermost = index === path.length - 2
    return [{ name, type: isInnermost ? 1 : 2, options: below }]
  }, options)
  const scope = command.guildId === null ? {} : { guild_id: command.guildId }
  return { id: command.id, name: command.body.name, type: 1, ...scope, options: inner }
}

function checked(option: Json, value: string | number | boolean): string | number | boolean {
  const name = asText(option.name) ?? ''
  const choices = asRecords(option.choices)
  const typed = typedValue(option, name, value)
  if (choices.length > 0 && !choices.some((choice) => choice.value === typed))
    throw new Error(`${String(value)} is not a choice of ${name}`)
  return typed
}

function typedValue(option: Json, name: string, value: string | number | boolean): string | number | boolean {
  switch (option.type) {
    case OptionType.boolean:
      if (value === true || value === 'true') return true
      if (value === false || value === 'false') return false
      throw new Error(`${name} is yes or no`)
    case OptionType.integer:
    case OptionType.number:
      return numberValue(option, name, Number(value))
    case OptionType.string:
      return textValue(option, name, String(value))
    default:
      if (ID_TYPES.includes(Number(option.type))) return String(value)
      throw new Error(`The emulator cannot fill options of type ${String(option.type)}`)
  }
}

function numberValue(option: Json, name: string, value: number): number {
  const min = asNumber(option.min_value) ?? Number.MIN_SAFE_INTEGER
  const max = asNumber(option.max_value) ?? Number.MAX_SAFE_INTEGER
  if (Number.isNaN(value) || (option.type === OptionType.integer && !Number.isInteger(value)))
    throw new Error(`${name} is a ${option.type === OptionType.integer ? 'whole ' : ''}number`)
  if (value < min || value > max) throw new Error(`${name} is between ${min} and ${max}`)
  return value
}

function textValue(option: Json, name: string, value: string): string {
  const min = asNumber(option.min_length) ?? 0
  const max = asNumber(option.max_length) ?? 6000
  if (value.length < min || value.length > max) throw new Error(`${name} has ${min} to ${max} characters`)
  return value
}
