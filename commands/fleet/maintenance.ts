import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { fleetMaintenance } from '../../src/operations/fleet-maintenance.ts'
import { forOption, setOption } from '../maintenance-options.ts'
import { suggestTags } from '../suggestions.ts'
import { fleetFlow, reasonOption, tagOption } from './flow.ts'

const { ask, confirmed, controls } = fleetFlow('maintenance', fleetMaintenance)

export default defineCommand({
  group: 'fleet',
  operation: fleetMaintenance,
  audience: 'channel',
  fields: { on: 'set', minutes: 'for' },
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.fleet.maintenance'),
    options: [setOption, tagOption, reasonOption, forOption],
  },
  autocomplete: { tag: suggestTags },
  controls,
  confirmed,
  execute: (call, { set, tag, reason, for: minutes }) =>
    ask(call, { tags: tag ? [tag] : [], on: set === 'on', minutes: minutes ?? null }, reason ?? null),
})
