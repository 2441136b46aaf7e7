import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { fleetRestart } from '../../src/operations/fleet-restart.ts'
import { suggestTags } from '../suggestions.ts'
import { fleetFlow, reasonOption, tagOption } from './flow.ts'

const { ask, confirmed, controls } = fleetFlow('restart', fleetRestart)

export default defineCommand({
  group: 'fleet',
  operation: fleetRestart,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.fleet.restart'),
    options: [tagOption, reasonOption],
  },
  autocomplete: { tag: suggestTags },
  controls,
  confirmed,
  execute: (call, { tag, reason }) => ask(call, { tags: tag ? [tag] : [] }, reason ?? null),
})
