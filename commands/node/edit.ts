import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { defineCommand, defineControl } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { editPlanView, editProgressView, editResultView } from '../../src/discord/views/edit.ts'
import { editNode } from '../../src/operations/edit-node.ts'
import { suggestNodes } from '../suggestions.ts'
import { NONE, tagsOf } from './tags.ts'
import { unitLevelOption } from './unit-option.ts'

const PORT_MAX = 65_535

const flow = confirmedFlow(editNode, {
  question: (plan, { ink }) => ink.t('edit.ask', {}, { node: plan.nodeName }),
  plan: editPlanView,
  progress: editProgressView,
  result: (_plan, report, pressed, reader) => editResultView(report, pressed, reader),
})

const text = ApplicationCommandOptionType.String as const
const port = { type: ApplicationCommandOptionType.Integer as const, min_value: 1, max_value: PORT_MAX }

export default defineCommand({
  group: 'node',
  operation: editNode,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.edit'),
    options: [
      nodeOption(),
      { type: text, ...named('option.name'), max_length: 80 },
      { type: text, ...named('option.host'), max_length: 320 },
      { ...port, ...named('option.ssh-port') },
      { type: text, ...named('option.ssh-user'), max_length: 32 },
      { ...port, ...named('option.gateway-port') },
      { type: text, ...named('option.oc-path'), max_length: 512 },
      { type: text, ...named('option.unit'), max_length: 255 },
      unitLevelOption(),
      { type: text, ...named('option.jump'), max_length: 320 },
      { type: text, ...named('option.new-tags'), max_length: 400 },
      { type: ApplicationCommandOptionType.Boolean, ...named('option.force') },
      { type: text, ...named('option.reason'), max_length: 300 },
    ],
  },
  autocomplete: { node: suggestNodes((node) => node.state !== 'retired') },
  controls: {
    port: defineControl({
      answer: 'channel',
      args: z.tuple([nodeIdSchema, z.coerce.number().int()]),
      press: (call, [node, gatewayPort]) => flow.ask(call, { node, gatewayPort }),
    }),
  },
  confirmed: flow.run,
  execute(call, options) {
    const { node, name, host, unit, jump, tags, force, reason } = options
    const input = {
      node,
      name,
      host,
      sshPort: options['ssh-port'],
      sshUser: options['ssh-user'],
      gatewayPort: options['gateway-port'],
      ocPath: options['oc-path'],
      unit: unit?.trim() === NONE ? null : unit,
      unitLevel: options['unit-level'],
      jump: jump?.trim() === NONE ? null : jump,
      tags: tags === undefined ? undefined : tags.trim() === NONE ? [] : tagsOf(tags),
      force,
    }
    return flow.ask(call, input, reason)
  },
})
