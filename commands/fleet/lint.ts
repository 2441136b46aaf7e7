import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { lintView } from '../../src/discord/views/lint-nodes.ts'
import { lintNodes } from '../../src/operations/lint-nodes.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { suggestTags } from '../suggestions.ts'
import { tagOption } from './flow.ts'

export default defineCommand({
  group: 'fleet',
  operation: lintNodes,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.fleet.lint'),
    options: [tagOption],
  },
  autocomplete: { tag: suggestTags },
  async execute(call, { tag }) {
    const { context, actor, signal } = call
    const { data } = await runOperation(context, actor, lintNodes, { tags: tag ? [tag] : [] }, { signal })
    await call.answer.finish(lintView(data, call.readerNow()))
  },
})
