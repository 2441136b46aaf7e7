import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import {
  registerPlanView,
  registerProgressView,
  registerResultView,
} from '../../src/discord/views/register.ts'
import { registerNode } from '../../src/operations/register-node.ts'
import { tagsOf } from './tags.ts'
import { unitLevelOption } from './unit-option.ts'

const PORT_MAX = 65_535

const flow = confirmedFlow(registerNode, {
  question: (plan, { ink }) => ink.t('register.ask', {}, { node: plan.node.name }),
  plan: registerPlanView,
  progress: registerProgressView,
  result: (_plan, report, pressed, reader) => registerResultView(report, pressed, reader),
})

const text = ApplicationCommandOptionType.String as const
const port = { type: ApplicationCommandOptionType.Integer as const, min_value: 1, max_value: PORT_MAX }

export default defineCommand({
  group: 'node',
  operation: registerNode,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.register'),
    options: [
      { type: text, ...named('option.id'), required: true, max_length: 63 },
      { type: text, ...named('option.host'), required: true, max_length: 320 },
      { type: text, ...named('option.ssh-user'), max_length: 32 },
      { ...port, ...named('option.ssh-port') },
      { type: text, ...named('option.name'), max_length: 80 },
      { ...port, ...named('option.gateway-port') },
      { type: text, ...named('option.oc-path'), max_length: 512 },
      { type: text, ...named('option.unit'), max_length: 255 },
      unitLevelOption(),
      { type: text, ...named('option.jump'), max_length: 320 },
      { type: text, ...named('option.tags'), max_length: 400 },
    ],
  },
  confirmed: flow.run,
  execute(call, options) {
    const { id, host, name, unit, jump, tags } = options
    return flow.ask(call, {
      id,
      name,
      host,
      sshPort: options['ssh-port'],
      sshUser: options['ssh-user'],
      gatewayPort: options['gateway-port'],
      ocPath: options['oc-path'],
      unit,
      unitLevel: options['unit-level'],
      jump,
      tags: tags === undefined ? undefined : tagsOf(tags),
    })
  },
})
