import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { defineCommand, defineControl } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { restartPlanView, restartProgressView, restartResultView } from '../../src/discord/views/restart.ts'
import { restartNode } from '../../src/operations/restart-node.ts'
import { suggestNodes } from '../suggestions.ts'

const flow = confirmedFlow(restartNode, {
  question: (plan, { ink }) => ink.t('restart.ask', {}, { node: plan.nodeName }),
  plan: restartPlanView,
  progress: restartProgressView,
  result: restartResultView,
})

export default defineCommand({
  group: 'node',
  operation: restartNode,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.restart'),
    options: [
      nodeOption(),
      { type: ApplicationCommandOptionType.Boolean, ...named('option.drain') },
      { type: ApplicationCommandOptionType.String, ...named('option.reason'), max_length: 300 },
    ],
  },
  autocomplete: { node: suggestNodes((node) => node.state !== 'retired') },
  controls: {
    ask: defineControl({
      answer: 'channel',
      args: z.tuple([nodeIdSchema]),
      press: (call, [node]) => flow.ask(call, { node }),
    }),
  },
  confirmed: flow.run,
  execute(call, { node, drain, reason }) {
    return flow.ask(call, { node, drain }, reason)
  },
})
