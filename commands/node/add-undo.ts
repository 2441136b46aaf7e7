import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { defineCommand, defineControl } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { undoAddPlanView, undoAddProgressView, undoAddResultView } from '../../src/discord/views/add-node.ts'
import { undoAddNode } from '../../src/operations/undo-add-node.ts'

const flow = confirmedFlow(undoAddNode, {
  question: ({ name }, { ink }) => ink.t('undo-add.ask', { node: name }),
  plan: (plan, asked, reader) => undoAddPlanView(plan, asked, reader),
  progress: undoAddProgressView,
  result: (_plan, report, pressed, reader) => undoAddResultView(report, pressed, reader),
})

export default defineCommand({
  group: 'node',
  operation: undoAddNode,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.add-undo'),
    options: [
      {
        type: ApplicationCommandOptionType.String,
        ...named('option.id'),
        required: true,
        max_length: 63,
      },
    ],
  },
  confirmed: flow.run,
  controls: {
    ask: defineControl({
      answer: 'channel',
      args: z.tuple([nodeIdSchema]),
      press: (call, [id]) => flow.ask(call, { id }),
    }),
  },
  execute: (call, { id }) => flow.ask(call, { id }),
})
