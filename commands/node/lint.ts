import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { lintView } from '../../src/discord/views/lint-nodes.ts'
import { lintNodes } from '../../src/operations/lint-nodes.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { suggestNodes } from '../suggestions.ts'

export default defineCommand({
  group: 'node',
  operation: lintNodes,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.lint'),
    options: [nodeOption()],
  },
  autocomplete: { node: suggestNodes((node) => node.state !== 'retired') },
  async execute(call, { node }) {
    const { context, actor, signal } = call
    const { data } = await runOperation(context, actor, lintNodes, { node }, { signal })
    await call.answer.finish(lintView(data, call.readerNow()))
  },
})
