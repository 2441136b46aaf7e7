import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { type Call, defineCommand, defineControl } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { backupsView } from '../../src/discord/views/backups.ts'
import { listBackups } from '../../src/operations/manage-backups.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { nodeNameOf, suggestNodes } from '../suggestions.ts'

async function showBackups(call: Call, node: string | null): Promise<void> {
  const { context, actor, signal } = call
  const { data } = await runOperation(context, actor, listBackups, { node }, { signal })
  const name = data.nodeId === null ? null : nodeNameOf(context, data.nodeId).name
  await call.answer.finish(backupsView(data, name, call.readerNow()))
}

export default defineCommand({
  group: 'node',
  operation: listBackups,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.backups'),
    options: [{ ...nodeOption(), required: false }],
  },
  autocomplete: { node: suggestNodes(() => true) },
  controls: {
    open: defineControl({
      answer: 'channel',
      args: z.tuple([nodeIdSchema]),
      press: (call, [node]) => showBackups(call, node),
    }),
    /** Under the message of a day. */
    'open-all': defineControl({
      answer: 'channel',
      args: z.tuple([z.iso.date()]),
      press: (call) => showBackups(call, null),
    }),
    refresh: defineControl({
      answer: 'update',
      args: z.tuple([nodeIdSchema]),
      press: (call, [node]) => showBackups(call, node),
    }),
  },
  execute: (call, { node }) => showBackups(call, node ?? null),
})
