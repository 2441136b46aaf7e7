import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { removePlanView, removeProgressView, removeResultView } from '../../src/discord/views/remove.ts'
import { removeNode } from '../../src/operations/remove-node.ts'
import { suggestNodes } from '../suggestions.ts'

const flow = confirmedFlow(removeNode, {
  question: (plan, { ink }) => ink.t('remove.ask', {}, { node: plan.name }),
  plan: removePlanView,
  progress: (plan, _steps, pressed, reader) => removeProgressView(plan, pressed, reader),
  result: (_plan, report, pressed, reader) => removeResultView(report, pressed, reader),
})

export default defineCommand({
  group: 'node',
  operation: removeNode,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.remove'),
    options: [
      nodeOption(),
      { type: ApplicationCommandOptionType.String, ...named('option.reason'), max_length: 300 },
    ],
  },
  autocomplete: { node: suggestNodes(() => true) },
  confirmed: flow.run,
  execute: (call, { node, reason }) => flow.ask(call, { node }, reason),
})
