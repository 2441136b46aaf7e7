import { type APIModalInteractionResponseCallbackData, ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { type Call, defineCommand, defineControl } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { encodeCustomId } from '../../src/discord/custom-id.ts'
import { type FormInput, makeForm } from '../../src/discord/form.ts'
import { linesRead, linesShown } from '../../src/discord/form-lines.ts'
import type { Reader } from '../../src/discord/reader.ts'
import {
  addPlanView,
  addProgressView,
  addResultView,
  keepAdditionView,
} from '../../src/discord/views/add-node.ts'
import { addNode } from '../../src/operations/add-node.ts'
import { keepAddition } from '../../src/operations/keep-addition.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
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

/** What the form asks for; the ids are those of the options. A form has five inputs at most, so the last has many. */
const INPUTS = [
  { id: 'host', label: 'option.host', hint: 'add.form.host', most: 320 },
  { id: 'name', label: 'option.name', hint: 'option.name.description', most: 80 },
  { id: 'tags', label: 'option.tags', hint: 'option.tags.description', most: 400 },
  { id: 'secret', label: 'option.secret', hint: 'option.secret.description', most: 64 },
  { id: 'more', label: 'add.form.more', hint: 'add.form.more.hint', most: 600, tall: true },
] as const satisfies readonly FormInput[]

/** What stands on the lines of the last input. */
const LINES = [
  'option.ssh-user',
  'option.ssh-port',
  'option.gateway-port',
  'option.version',
  'option.model',
] as const

type Given = Readonly<Record<string, string | number | boolean | undefined>>

function formOf(id: string, given: Given, { ink }: Reader): APIModalInteractionResponseCallbackData {
  const values: Given = { ...given, more: linesShown(LINES, given, ink) }
  const inputs = INPUTS.map((input) => ({
    ...input,
    value: values[input.id] ? String(values[input.id]) : undefined,
  }))
  return makeForm(encodeCustomId('node-add', 'form', id), ink.t('add.form', { node: id }), inputs, ink)
}

/** An input that was left empty is left out; a port that is no number is for the operation to refuse. */
function ask(call: Call, id: string, given: Given): Promise<void> {
  const filled = (name: string) => {
    const value = given[name]
    return typeof value === 'string' ? value.trim() || undefined : value
  }
  const port = (name: string) => {
    const value = filled(name)
    return typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value
  }
  const tags = filled('tags')
  return flow.ask(call, {
    id,
    name: filled('name'),
    host: filled('host'),
    sshPort: port('ssh-port'),
    sshUser: filled('ssh-user'),
    gatewayPort: port('gateway-port'),
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
      // An id that is none is for the command itself to refuse, with what to do.
      return host !== undefined || !known.success ? null : formOf(known.data, given, reader)
    },
    submit(call, args, values) {
      const [id] = z.tuple([nodeIdSchema]).parse(args)
      const { more = '', ...typed } = Object.fromEntries(values)
      return ask(call, id, { ...typed, ...linesRead(LINES, more, call.reader.ink.t('add.form.more')) })
    },
  },
  controls: {
    resume: defineControl({
      answer: 'channel',
      args: z.tuple([nodeIdSchema]),
      press: (call, [id]) => flow.ask(call, { id }),
    }),
    // There is no command of its own for it: a group has 25 at most.
    keep: defineControl({
      answer: 'update',
      args: z.tuple([nodeIdSchema]),
      async press(call, [id]) {
        const { context, actor, signal } = call
        const report = await runOperation(context, actor, keepAddition, { id }, { signal })
        const pressed = { id: actor.id, name: actor.name, at: context.clock.now() }
        await call.answer.finish(keepAdditionView(report, pressed, call.readerNow()))
      },
    }),
  },
  execute: (call, { id, ...given }) => ask(call, id, given),
})
