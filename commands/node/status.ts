import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { type Call, defineCommand, defineControl } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { nodeStatusView } from '../../src/discord/views/node-status.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { suggestNodes } from '../suggestions.ts'

/** Reads a node live and shows a page of what was found. */
export async function showStatus(call: Call, node: string | null, page: number): Promise<void> {
  const { data } = await runOperation(call.context, call.actor, nodeStatus, { node }, { signal: call.signal })
  await call.answer.finish(nodeStatusView(data, call.readerNow(), page))
}

const turn = defineControl({
  answer: 'update',
  args: z.tuple([nodeIdSchema, z.coerce.number().int()]),
  press: (call, [node, page]) => showStatus(call, node, page),
})

export default defineCommand({
  group: 'node',
  operation: nodeStatus,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.status'),
    options: [nodeOption()],
  },
  autocomplete: { node: suggestNodes(() => true) },
  controls: {
    refresh: turn,
    page: turn,
    open: defineControl({
      answer: 'channel',
      args: z.tuple([nodeIdSchema]),
      press: (call, [node]) => showStatus(call, node, 1),
    }),
  },
  execute: (call, options) => showStatus(call, options.node, 1),
})
