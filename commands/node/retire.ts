import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { retirePlanView, retireProgressView, retireResultView } from '../../src/discord/views/retire.ts'
import { retireNode } from '../../src/operations/retire-node.ts'
import { suggestNodes } from '../suggestions.ts'

const flow = confirmedFlow(retireNode, {
  question: (plan, { ink }) => ink.t('retire.ask', {}, { node: plan.nodeName }),
  plan: retirePlanView,
  progress: (plan, _steps, pressed, reader) => retireProgressView(plan, pressed, reader),
  result: (_plan, report, pressed, reader) => retireResultView(report, pressed, reader),
})

export default defineCommand({
  group: 'node',
  operation: retireNode,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.retire'),
    options: [
      nodeOption(),
      { type: ApplicationCommandOptionType.String, ...named('option.reason'), max_length: 300 },
    ],
  },
  autocomplete: { node: suggestNodes((node) => node.state !== 'retired') },
  confirmed: flow.run,
  execute(call, { node, reason }) {
    return flow.ask(call, { node, reason }, reason)
  },
})
