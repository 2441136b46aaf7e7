import { ApplicationCommandOptionType, ComponentType, TextInputStyle } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { encodeCustomId } from '../../src/discord/custom-id.ts'
import { toLine } from '../../src/discord/markdown.ts'
import {
  decommissionPlanView,
  decommissionProgressView,
  decommissionResultView,
} from '../../src/discord/views/decommission.ts'
import { decommissionNode } from '../../src/operations/decommission-node.ts'
import { suggestNodes } from '../suggestions.ts'

const MODAL_TEXT = 45
const INPUT_HINT = 100

const flow = confirmedFlow(decommissionNode, {
  question: (plan, { ink }) => ink.t('decommission.ask', {}, { node: plan.nodeName }),
  plan: decommissionPlanView,
  progress: decommissionProgressView,
  result: decommissionResultView,
})

export default defineCommand({
  group: 'node',
  operation: decommissionNode,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.decommission'),
    options: [nodeOption()],
  },
  autocomplete: { node: suggestNodes(() => true) },
  confirmed: flow.run,
  // The id is typed by hand: nothing that is picked from a list may end a node.
  form: {
    open({ node }, { ink }) {
      const known = nodeIdSchema.safeParse(node)
      if (!known.success) return null
      return {
        custom_id: encodeCustomId('node-decommission', 'form', known.data),
        title: toLine(ink.t('decommission.form', { node: known.data }), MODAL_TEXT),
        components: [
          {
            type: ComponentType.Label,
            label: toLine(ink.t('decommission.form.id'), MODAL_TEXT),
            description: toLine(ink.t('decommission.form.id.hint'), INPUT_HINT),
            component: {
              type: ComponentType.TextInput,
              custom_id: 'id',
              style: TextInputStyle.Short,
              required: true,
              max_length: 63,
            },
          },
          {
            type: ComponentType.Label,
            label: toLine(ink.t('option.reason'), MODAL_TEXT),
            component: {
              type: ComponentType.TextInput,
              custom_id: 'reason',
              style: TextInputStyle.Short,
              required: false,
              max_length: 300,
            },
          },
        ],
      }
    },
    submit(call, args, values) {
      const [node] = z.tuple([nodeIdSchema]).parse(args)
      const given = (id: string) => values.get(id)?.trim() || undefined
      const reason = given('reason')
      return flow.ask(call, { node, confirm: given('id') ?? '', reason }, reason)
    },
  },
  // Only a node that is none comes here: the operation says what is wrong with it.
  execute: (call, { node }) => flow.ask(call, { node, confirm: '' }),
})
