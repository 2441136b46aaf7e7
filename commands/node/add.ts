import { type APIModalInteractionResponseCallbackData, ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { type Call, defineCommand, defineControl } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { encodeCustomId } from '../../src/discord/custom-id.ts'
import { type FormInput, makeForm } from '../../src/discord/form.ts'
import type { Reader } from '../../src/discord/reader.ts'
import { addPlanView, addProgressView, addResultView } from '../../src/discord/views/add-node.ts'
import { addNode } from '../../src/operations/add-node.ts'
import { tagsOf } from './tags.ts'

const PORT_MAX = 65_535

const flow = confirmedFlow(addNode, {
  question: ({ wanted }, { ink }) => ink.t('add.ask', { host: wanted.host }),
  plan: (plan, asked, reader) => addPlanView(plan, asked, reader),
  progress: addProgressView,
  result: (_plan, report, pressed, reader) => addResultView(report, pressed, reader),
})

const text = ApplicationCommandOptionType.String as const
const port = { type: ApplicationCommandOptionType.Integer as const, min_value: 1, max_value: PORT_MAX }

/** What the form asks for; the ids are those of the options. A form has five inputs at most. */
const INPUTS = [
  { id: 'host', label: 'option.host', hint: 'option.host.description', most: 320 },
  { id: 'name', label: 'option.name', hint: 'option.name.description', most: 80 },
  { id: 'tags', label: 'option.tags', hint: 'option.tags.description', most: 400 },
  { id: 'version', label: 'option.version', hint: 'option.version.description', most: 40 },
  { id: 'secret', label: 'option.secret', hint: 'option.secret.description', most: 64 },
] as const satisfies readonly FormInput[]

/** Options that the form has no room for, and that its id does not carry either. */
const NOT_IN_FORM = ['ssh-user', 'ssh-port', 'model']

type Given = Readonly<Record<string, string | number | boolean | undefined>>

/** The id of the form carries the port of the gateway: five inputs are taken, and what was typed is not lost. */
const formArgs = z.union([
  z.tuple([nodeIdSchema]),
  z.tuple([nodeIdSchema, z.coerce.number().int().min(1).max(PORT_MAX)]),
])

function formOf(id: string, given: Given, { ink }: Reader): APIModalInteractionResponseCallbackData {
  const inputs = INPUTS.map((input) => ({
    ...input,
    required: input.id === 'host',
    value: given[input.id] ? String(given[input.id]) : undefined,
  }))
  const title = ink.t('add.form', { node: id })
  const gatewayPort = given['gateway-port']
  const args = typeof gatewayPort === 'number' ? [id, gatewayPort] : [id]
  return makeForm(encodeCustomId('node-add', 'form', ...args), title, inputs, ink)
}

/** An input that was left empty is left out. */
function ask(call: Call, id: string, given: Given): Promise<void> {
  const filled = (name: string) => {
    const value = given[name]
    return typeof value === 'string' ? value.trim() || undefined : value
  }
  const tags = filled('tags')
  return flow.ask(call, {
    id,
    name: filled('name'),
    host: filled('host'),
    sshPort: filled('ssh-port'),
    sshUser: filled('ssh-user'),
    gatewayPort: filled('gateway-port'),
    version: filled('version'),
    model: filled('model'),
    secret: filled('secret'),
    tags: typeof tags === 'string' ? tagsOf(tags) : undefined,
  })
}

export default defineCommand({
  group: 'node',
  operation: addNode,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.add'),
    options: [
      { type: text, ...named('option.id'), required: true, max_length: 63 },
      { type: text, ...named('option.host'), max_length: 320 },
      { type: text, ...named('option.ssh-user'), max_length: 32 },
      { ...port, ...named('option.ssh-port') },
      { type: text, ...named('option.name'), max_length: 80 },
      { ...port, ...named('option.gateway-port') },
      { type: text, ...named('option.version'), max_length: 40 },
      { type: text, ...named('option.model'), max_length: 128 },
      { type: text, ...named('option.secret'), max_length: 64 },
      { type: text, ...named('option.tags'), max_length: 400 },
    ],
  },
  confirmed: flow.run,
  form: {
    open({ id, host, ...given }, reader) {
      const known = nodeIdSchema.safeParse(id)
      const lost = NOT_IN_FORM.some((name) => given[name as keyof typeof given] !== undefined)
      // An id that is none is for the command itself to refuse, with what to do; so is what the form would lose.
      return host !== undefined || lost || !known.success ? null : formOf(known.data, given, reader)
    },
    submit(call, args, values) {
      const [id, gatewayPort] = formArgs.parse(args)
      return ask(call, id, { ...Object.fromEntries(values), 'gateway-port': gatewayPort })
    },
  },
  controls: {
    resume: defineControl({
      answer: 'channel',
      args: z.tuple([nodeIdSchema]),
      press: (call, [id]) => flow.ask(call, { id }),
    }),
  },
  execute: (call, { id, ...given }) => ask(call, id, given),
})
