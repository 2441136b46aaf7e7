import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  type LocalizationMap,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord.js'
import type { EnglishText, PlainKey } from '../text/params.ts'
import { translate } from '../text/translate.ts'
import type { Command } from './command.ts'

/** Keys of the catalogue that have a description beside them. */
type Described = {
  [Key in PlainKey]: `${Key}.description` extends PlainKey ? Key : never
}[PlainKey]

/** Name and description in English, with those of the other languages for the clients that show them. */
export function named<const Key extends Described>(key: Key) {
  const names = localised(key)
  const descriptions = localised(`${key}.description` as PlainKey)
  return {
    // A name has no parts to fill in.
    name: translate('en', key as PlainKey) as EnglishText<Key>,
    name_localizations: names,
    description: translate('en', `${key}.description` as PlainKey),
    description_localizations: descriptions,
  }
}

/** A text for the clients of the other languages. */
export function localised(key: PlainKey): LocalizationMap {
  return { ja: translate('ja', key), 'zh-CN': translate('zh-CN', key) }
}

/**
 * The slash commands as Discord wants them. They are open to everybody there: what a person may do is decided by our
 * own grants at each call, because a server's settings can override Discord's.
 */
export function commandBodies(
  commands: readonly Command[],
): RESTPostAPIChatInputApplicationCommandsJSONBody[] {
  const groups = [...new Set(commands.map(({ group }) => group))]
  return groups.map((group) => ({
    type: ApplicationCommandType.ChatInput,
    ...named(`command.${group}`),
    options: commands.filter((command) => command.group === group).map(({ data }) => data),
  }))
}

/** The option that names a node, with suggestions. */
export function nodeOption() {
  return {
    type: ApplicationCommandOptionType.String,
    ...named('option.node'),
    required: true,
    autocomplete: true,
    max_length: 63,
  } as const
}
