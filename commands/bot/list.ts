import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema, tagSchema } from '../../registry/schema.ts'
import { type Call, defineCommand, defineControl } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { botListView } from '../../src/discord/views/bot-list.ts'
import { listBots } from '../../src/operations/list-bots.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { suggestNodes, suggestTags } from '../suggestions.ts'

/** Shows the bots: at once from memory, or of each node as it answers. */
async function showBots(call: Call, input: object, page: number): Promise<void> {
  const { data } = await runOperation(call.context, call.actor, listBots, input, {
    signal: call.signal,
    onProgress: (list) => call.answer.show(() => botListView(list, call.readerNow(), page)),
  })
  await call.answer.finish(botListView(data, call.readerNow(), page))
}

/** `n:` and a node, or `t:` and a tag, which may be missing. */
const filterSchema = z.string().transform((text, context) => {
  const [kind, value] = [text.slice(0, 2), text.slice(2)]
  if (kind === 't:' && value === '') return {}
  const node = nodeIdSchema.safeParse(value)
  const tag = tagSchema.safeParse(value)
  if (kind === 'n:' && node.success) return { node: node.data }
  if (kind === 't:' && tag.success) return { tags: [tag.data] }
  context.addIssue({ code: 'custom', message: 'no filter' })
  return z.NEVER
})

const page = (answer: 'update' | 'channel') =>
  defineControl({
    answer,
    args: z.tuple([z.coerce.number().int(), filterSchema, z.enum(['0', '1'])]),
    press: (call, [wanted, filter, live]) => showBots(call, { ...filter, live: live === '1' }, wanted),
  })
const turn = page('update')

export default defineCommand({
  group: 'bot',
  operation: listBots,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.bot.list'),
    options: [
      {
        type: ApplicationCommandOptionType.String,
        ...named('option.only-node'),
        autocomplete: true,
        max_length: 63,
      },
      {
        type: ApplicationCommandOptionType.String,
        ...named('option.tag'),
        autocomplete: true,
        max_length: 32,
      },
      { type: ApplicationCommandOptionType.Boolean, ...named('option.live') },
    ],
  },
  autocomplete: { node: suggestNodes(() => true), tag: suggestTags },
  controls: { refresh: turn, previous: turn, next: turn, open: page('channel') },
  execute: (call, { node, tag, live }) =>
    showBots(call, { ...(node ? { node } : {}), ...(tag ? { tags: [tag] } : {}), live }, 1),
})
