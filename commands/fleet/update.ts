import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { fleetUpdate } from '../../src/operations/fleet-update.ts'
import { suggestTags } from '../suggestions.ts'
import { fleetFlow, reasonOption, tagOption } from './flow.ts'

const { ask, confirmed, controls } = fleetFlow('update', fleetUpdate)

export default defineCommand({
  group: 'fleet',
  operation: fleetUpdate,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.fleet.update'),
    options: [
      {
        type: ApplicationCommandOptionType.String,
        ...named('option.to-version'),
        required: true,
        max_length: 40,
      },
      tagOption,
      { type: ApplicationCommandOptionType.Boolean, ...named('option.turn') },
      reasonOption,
    ],
  },
  autocomplete: { tag: suggestTags },
  controls,
  confirmed,
  execute: (call, { to, tag, turn, reason }) =>
    ask(call, { tags: tag ? [tag] : [], to, turn: turn ?? false }, reason ?? null),
})
