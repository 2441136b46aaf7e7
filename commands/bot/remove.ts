import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { encodeCustomId } from '../../src/discord/custom-id.ts'
import { makeForm, REASON_INPUT } from '../../src/discord/form.ts'
import {
  removeBotPlanView,
  removeBotProgressView,
  removeBotQuestion,
  removeBotResultView,
} from '../../src/discord/views/remove-bot.ts'
import { removeBot } from '../../src/operations/remove-bot.ts'
import { suggestNodes } from '../suggestions.ts'

const flow = confirmedFlow(removeBot, {
  question: removeBotQuestion,
  plan: removeBotPlanView,
  progress: removeBotProgressView,
  result: (_plan, report, pressed, reader) => removeBotResultView(report, pressed, reader),
})

export default defineCommand({
  group: 'bot',
  operation: removeBot,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.bot.remove'),
    options: [nodeOption()],
  },
  autocomplete: { node: suggestNodes((node) => node.state !== 'retired') },
  confirmed: flow.run,
  // The id is typed by hand: nothing that is picked from a list may end a bot.
  form: {
    open({ node }, { ink }) {
      const known = nodeIdSchema.safeParse(node)
      if (!known.success) return null
      const id = {
        id: 'id',
        label: 'remove-bot.form.id',
        hint: 'remove-bot.form.id.hint',
        most: 64,
        required: true,
      } as const
      const title = ink.t('remove-bot.form', { node: known.data })
      return makeForm(encodeCustomId('bot-remove', 'form', known.data), title, [id, REASON_INPUT], ink)
    },
    submit(call, args, values) {
      const [node] = z.tuple([nodeIdSchema]).parse(args)
      const given = (id: string) => values.get(id)?.trim() || undefined
      return flow.ask(call, { node, id: given('id') ?? '' }, given('reason'))
    },
  },
  // Only a node that is none comes here: the operation says what is wrong with it.
  execute: (call, { node }) => flow.ask(call, { node, id: '' }),
})
