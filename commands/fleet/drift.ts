import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { driftView } from '../../src/discord/views/fleet-drift.ts'
import { fleetDrift } from '../../src/operations/fleet-drift.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { suggestTags } from '../suggestions.ts'
import { tagOption } from './flow.ts'

export default defineCommand({
  group: 'fleet',
  operation: fleetDrift,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.fleet.drift'),
    options: [tagOption],
  },
  autocomplete: { tag: suggestTags },
  async execute(call, { tag }) {
    const { context, actor, signal } = call
    const { data } = await runOperation(context, actor, fleetDrift, { tags: tag ? [tag] : [] }, { signal })
    await call.answer.finish(driftView(data, call.readerNow()))
  },
})
