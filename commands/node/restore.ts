import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { restorePlanView, restoreProgressView, restoreResultView } from '../../src/discord/views/restore.ts'
import { restoreNode } from '../../src/operations/restore-node.ts'
import { suggestNodes } from '../suggestions.ts'
import { backupOption, suggestBackups } from './backup-option.ts'

const flow = confirmedFlow(restoreNode, {
  question: (plan, { ink }) => ink.t('restore.ask', {}, { node: plan.nodeName }),
  plan: restorePlanView,
  progress: restoreProgressView,
  result: restoreResultView,
})

export default defineCommand({
  group: 'node',
  operation: restoreNode,
  audience: 'channel',
  fields: { from: 'from-node', confirm: 'confirm-id' },
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.restore'),
    options: [
      nodeOption(),
      backupOption('option.backup'),
      { type: ApplicationCommandOptionType.Boolean, ...named('option.other-machine') },
      { type: ApplicationCommandOptionType.String, ...named('option.from-node'), autocomplete: true },
      // The id is typed by hand: nothing that is picked from a list may speak for a node that nobody can ask.
      { type: ApplicationCommandOptionType.String, ...named('option.confirm-original'), max_length: 63 },
      { type: ApplicationCommandOptionType.String, ...named('option.reason'), max_length: 300 },
    ],
  },
  autocomplete: {
    node: suggestNodes((node) => node.state !== 'retired'),
    'from-node': suggestNodes(() => true),
    backup(query, context, actor, given) {
      const from = given['from-node']
      return suggestBackups(query, context, actor, from === undefined ? given : { ...given, node: from })
    },
  },
  confirmed: flow.run,
  execute(
    call,
    { node, backup, reason, 'other-machine': otherMachine, 'from-node': from, 'confirm-id': confirm },
  ) {
    return flow.ask(call, { node, backup, otherMachine, from, confirm }, reason)
  },
})
