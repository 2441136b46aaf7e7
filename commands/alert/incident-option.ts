import { ApplicationCommandOptionType } from 'discord.js'
import { named } from '../../src/discord/command-bodies.ts'

/** The longest that anything sleeps, in minutes. */
export const WEEK_MINUTES = 7 * 24 * 60

/** The option that names an incident. */
export function incidentOption() {
  return {
    type: ApplicationCommandOptionType.String,
    ...named('option.incident'),
    required: true,
    autocomplete: true,
    max_length: 16,
  } as const
}
