import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema, tagSchema } from '../../registry/schema.ts'
import { type Call, defineCommand, defineControl } from '../../src/discord/command.ts'
import { localised, named } from '../../src/discord/command-bodies.ts'
import { nodeListView } from '../../src/discord/views/node-list.ts'
import { listNodes } from '../../src/operations/list-nodes.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { translate } from '../../src/text/translate.ts'
import { suggestTags } from '../suggestions.ts'
import { showStatus } from './status.ts'

const STATES = [
  ['serving', 'state.serving'],
  ['not-serving', 'state.not-serving'],
  ['service-down', 'state.service-down'],
  ['unreachable', 'state.unreachable'],
  ['unknown', 'state.unknown'],
  ['maintenance', 'record.maintenance'],
  ['retired', 'record.retired'],
] as const

const pageArgs = z.tuple([z.coerce.number().int(), z.union([tagSchema, z.literal('')]), z.string()])

/** Shows the nodes: at once from memory, then each row as its node answers. */
async function showList(
  call: Call,
  filter: { tag?: string | undefined; state?: string | undefined },
  page: number,
): Promise<void> {
  const input = {
    tags: filter.tag ? [filter.tag] : [],
    ...(filter.state ? { state: filter.state } : {}),
  }
  const { data } = await runOperation(call.context, call.actor, listNodes, input, {
    signal: call.signal,
    onProgress: (list) => call.answer.show(() => nodeListView(list, call.readerNow(), page)),
  })
  await call.answer.finish(nodeListView(data, call.readerNow(), page))
}

const turn = defineControl({
  answer: 'update',
  args: pageArgs,
  press: (call, [page, tag, state]) => showList(call, { tag, state }, page),
})

export default defineCommand({
  group: 'node',
  operation: listNodes,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.list'),
    options: [
      {
        type: ApplicationCommandOptionType.String,
        ...named('option.tag'),
        autocomplete: true,
        max_length: 32,
      },
      {
        type: ApplicationCommandOptionType.String,
        ...named('option.state'),
        choices: STATES.map(([value, key]) => ({
          value,
          name: translate('en', key),
          name_localizations: localised(key),
        })),
      },
    ],
  },
  autocomplete: { tag: suggestTags },
  controls: {
    refresh: turn,
    page: turn,
    open: defineControl({
      answer: 'channel',
      args: z.tuple([]),
      press: (call, _args, values) => showStatus(call, nodeIdSchema.parse(values[0]), 1),
    }),
    'open-all': defineControl({
      answer: 'channel',
      args: z.tuple([]),
      press: (call) => showList(call, {}, 1),
    }),
  },
  execute: (call, options) => showList(call, options, 1),
})
