import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { versionsView } from '../../src/discord/views/fleet.ts'
import { fleetVersions } from '../../src/operations/fleet-versions.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { suggestTags } from '../suggestions.ts'
import { tagOption } from './flow.ts'

export default defineCommand({
  group: 'fleet',
  operation: fleetVersions,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.fleet.versions'),
    options: [tagOption],
  },
  autocomplete: { tag: suggestTags },
  async execute(call, { tag }) {
    const { context, actor, signal } = call
    const { data } = await runOperation(context, actor, fleetVersions, { tags: tag ? [tag] : [] }, { signal })
    await call.answer.finish(versionsView(data, call.readerNow()))
  },
})
