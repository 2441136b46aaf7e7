import { ApplicationCommandOptionType } from 'discord.js'
import { localised, named } from '../../src/discord/command-bodies.ts'
import { translate } from '../../src/text/translate.ts'

/** Whose unit runs the gateway. */
export function unitLevelOption() {
  return {
    type: ApplicationCommandOptionType.String as const,
    ...named('option.unit-level'),
    choices: (['user', 'system'] as const).map((value) => ({
      value,
      name: translate('en', `service.systemd-${value}`),
      name_localizations: localised(`service.systemd-${value}`),
    })),
  }
}
