import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { fleetBackup } from '../../src/operations/fleet-backup.ts'
import { suggestTags } from '../suggestions.ts'
import { fleetFlow, reasonOption, tagOption } from './flow.ts'

const { ask, confirmed, controls } = fleetFlow('backup', fleetBackup)

export default defineCommand({
  group: 'fleet',
  operation: fleetBackup,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.fleet.backup'),
    options: [tagOption, reasonOption],
  },
  autocomplete: { tag: suggestTags },
  controls,
  confirmed,
  execute: (call, { tag, reason }) => ask(call, { tags: tag ? [tag] : [] }, reason ?? null),
})
