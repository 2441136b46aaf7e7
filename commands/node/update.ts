import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { updatePlanView, updateProgressView, updateResultView } from '../../src/discord/views/update.ts'
import { updateNode } from '../../src/operations/update-node.ts'
import { suggestNodes } from '../suggestions.ts'

const flow = confirmedFlow(updateNode, {
  question: (plan, { ink }) => ink.t('update.ask', {}, { node: plan.nodeName }),
  plan: updatePlanView,
  progress: updateProgressView,
  result: updateResultView,
})

export default defineCommand({
  group: 'node',
  operation: updateNode,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.update'),
    options: [
      nodeOption(),
      {
        type: ApplicationCommandOptionType.String,
        ...named('option.to-version'),
        required: true,
        max_length: 40,
      },
      { type: ApplicationCommandOptionType.Boolean, ...named('option.turn') },
      { type: ApplicationCommandOptionType.String, ...named('option.reason'), max_length: 300 },
    ],
  },
  autocomplete: { node: suggestNodes((node) => node.state !== 'retired') },
  confirmed: flow.run,
  execute(call, { node, to, turn, reason }) {
    return flow.ask(call, { node, to, turn: turn ?? false }, reason)
  },
})
