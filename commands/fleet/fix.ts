import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { defineCommand, defineControl } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { fixPlanView, fixProgressView, fixResultView } from '../../src/discord/views/fix-lint.ts'
import { ALL_FINDINGS } from '../../src/discord/views/lint-nodes.ts'
import { fixLint } from '../../src/operations/fix-lint.ts'
import { fixQuestion } from '../../src/presenters/fix-lint.ts'
import { suggestNodes } from '../suggestions.ts'
import { reasonOption } from './flow.ts'

const flow = confirmedFlow(fixLint, {
  question: (plan, { ink }) => fixQuestion(plan, ink),
  plan: fixPlanView,
  progress: fixProgressView,
  result: (_plan, report, pressed, reader) => fixResultView(report, pressed, reader),
})

// Beside the other looks at many nodes: `/node` has as many subcommands as Discord allows.
export default defineCommand({
  group: 'fleet',
  operation: fixLint,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.fleet.fix'),
    options: [nodeOption(), reasonOption],
  },
  autocomplete: { node: suggestNodes((node) => node.state !== 'retired') },
  controls: {
    ask: defineControl({
      answer: 'channel',
      args: z.tuple([nodeIdSchema, z.string().max(32)]),
      press: (call, [node, key]) => flow.ask(call, { node, only: key === ALL_FINDINGS ? [] : [key] }),
    }),
  },
  confirmed: flow.run,
  execute: (call, { node, reason }) => flow.ask(call, { node }, reason),
})
