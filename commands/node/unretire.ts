import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { type Call, defineCommand, defineControl } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { unretireResultView } from '../../src/discord/views/retire.ts'
import { unretireNode } from '../../src/operations/retire-node.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { suggestNodes } from '../suggestions.ts'

/** Nothing is at stake in taking a node back, so there is no question first. */
async function bringBack(call: Call, node: string): Promise<void> {
  const { context, actor, signal } = call
  const report = await runOperation(context, actor, unretireNode, { node }, { signal })
  await call.answer.finish(unretireResultView(report, call.readerNow()))
}

export default defineCommand({
  group: 'node',
  operation: unretireNode,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.unretire'),
    options: [nodeOption()],
  },
  autocomplete: { node: suggestNodes((node) => node.state === 'retired') },
  controls: {
    run: defineControl({
      answer: 'channel',
      args: z.tuple([nodeIdSchema]),
      press: (call, [node]) => bringBack(call, node),
    }),
  },
  execute: (call, { node }) => bringBack(call, node),
})
