import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { encodeCustomId } from '../../src/discord/custom-id.ts'
import { makeForm, REASON_INPUT } from '../../src/discord/form.ts'
import {
  decommissionPlanView,
  decommissionProgressView,
  decommissionResultView,
} from '../../src/discord/views/decommission.ts'
import { decommissionNode } from '../../src/operations/decommission-node.ts'
import { suggestNodes } from '../suggestions.ts'

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
      const id = {
        id: 'id',
        label: 'decommission.form.id',
        hint: 'decommission.form.id.hint',
        most: 63,
        required: true,
      } as const
      const title = ink.t('decommission.form', { node: known.data })
      return makeForm(encodeCustomId('node-decommission', 'form', known.data), title, [id, REASON_INPUT], ink)
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
