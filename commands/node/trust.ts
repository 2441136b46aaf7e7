import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { trustPlanView, trustProgressView, trustResultView } from '../../src/discord/views/trust.ts'
import { trustNode } from '../../src/operations/trust-node.ts'
import { suggestNodes } from '../suggestions.ts'

const flow = confirmedFlow(trustNode, {
  question: (plan, { ink }) => ink.t('register.ask', {}, { node: plan.nodeName }),
  plan: trustPlanView,
  progress: trustProgressView,
  result: (_plan, report, pressed, reader) => trustResultView(report, pressed, reader),
})

export default defineCommand({
  group: 'node',
  operation: trustNode,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.trust'),
    options: [
      nodeOption(),
      { type: ApplicationCommandOptionType.String, ...named('option.reason'), max_length: 300 },
    ],
  },
  autocomplete: { node: suggestNodes((node) => node.state !== 'retired') },
  confirmed: flow.run,
  execute: (call, { node, reason }) => flow.ask(call, { node }, reason),
})
