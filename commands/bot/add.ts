import { type APIModalInteractionResponseCallbackData, ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { type Call, defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { encodeCustomId } from '../../src/discord/custom-id.ts'
import { type FormInput, makeForm } from '../../src/discord/form.ts'
import type { Reader } from '../../src/discord/reader.ts'
import {
  addBotPlanView,
  addBotProgressView,
  addBotQuestion,
  addBotResultView,
} from '../../src/discord/views/add-bot.ts'
import { addBot } from '../../src/operations/add-bot.ts'
import { suggestNodes } from '../suggestions.ts'

const flow = confirmedFlow(addBot, {
  question: addBotQuestion,
  plan: addBotPlanView,
  progress: addBotProgressView,
  result: (_plan, report, pressed, reader) => addBotResultView(report, pressed, reader),
})

const text = ApplicationCommandOptionType.String as const

/** What the form asks for, in its order; the ids are those of the options. */
const INPUTS = [
  { id: 'id', label: 'option.bot-id', hint: 'cli.operand.bot-id', most: 64 },
  { id: 'name', label: 'option.bot-name', hint: 'option.bot-name.description', most: 80 },
  { id: 'model', label: 'option.bot-model', hint: 'option.bot-model.description', most: 128 },
  { id: 'workspace', label: 'option.workspace', hint: 'option.workspace.description', most: 512 },
  { id: 'channels', label: 'option.bindings', hint: 'option.bindings.description', most: 400 },
] as const satisfies readonly FormInput[]

type Asked = Partial<Record<(typeof INPUTS)[number]['id'], string | undefined>>

function formOf(node: string, given: Asked, { ink }: Reader): APIModalInteractionResponseCallbackData {
  const inputs = INPUTS.map((input) => ({
    ...input,
    required: input.id === 'id',
    value: given[input.id],
  }))
  const title = ink.t('add-bot.form', { node })
  return makeForm(encodeCustomId('bot-add', 'form', node), title, inputs, ink)
}

/** An input that was left empty is left out; channels are separated by commas. */
function ask(call: Call, node: string, asked: Asked, reason?: string): Promise<void> {
  const given = (id: keyof Asked) => asked[id]?.trim() || undefined
  const bindings = (asked.channels ?? '').split(',').map((one) => one.trim())
  return flow.ask(
    call,
    {
      node,
      id: given('id') ?? '',
      name: given('name'),
      model: given('model'),
      workspace: given('workspace'),
      bindings: bindings.filter(Boolean),
    },
    reason,
  )
}

export default defineCommand({
  group: 'bot',
  operation: addBot,
  audience: 'channel',
  fields: { bindings: 'channels' },
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.bot.add'),
    options: [
      nodeOption(),
      { type: text, ...named('option.bot-id'), max_length: 64 },
      { type: text, ...named('option.bot-name'), max_length: 80 },
      { type: text, ...named('option.bot-model'), max_length: 128 },
      { type: text, ...named('option.workspace'), max_length: 512 },
      { type: text, ...named('option.bindings'), max_length: 400 },
      { type: text, ...named('option.reason'), max_length: 300 },
    ],
  },
  autocomplete: { node: suggestNodes((node) => node.state !== 'retired') },
  confirmed: flow.run,
  form: {
    open({ node, id, ...given }, reader) {
      const known = nodeIdSchema.safeParse(node)
      // A node that is none is for the command itself to refuse, with what to do.
      return id !== undefined || !known.success ? null : formOf(known.data, given as Asked, reader)
    },
    submit(call, args, values) {
      const [node] = z.tuple([nodeIdSchema]).parse(args)
      return ask(call, node, Object.fromEntries(values))
    },
  },
  execute: (call, { node, reason, ...asked }) => ask(call, node, asked, reason),
})
