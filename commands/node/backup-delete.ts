import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { deletePlanView, deleteProgressView, deleteResultView } from '../../src/discord/views/backups.ts'
import { deleteBackup } from '../../src/operations/manage-backups.ts'
import { suggestNodes } from '../suggestions.ts'
import { backupOption, suggestBackups } from './backup-option.ts'

const flow = confirmedFlow(deleteBackup, {
  question: (plan, { ink }) => ink.t('delete-backup.ask', {}, { node: plan.nodeName }),
  plan: deletePlanView,
  progress: (plan, _steps, pressed, reader) => deleteProgressView(plan, pressed, reader),
  result: (_plan, report, pressed, reader) => deleteResultView(report, pressed, reader),
})

export default defineCommand({
  group: 'node',
  operation: deleteBackup,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.backup-delete'),
    options: [
      nodeOption(),
      { ...backupOption('option.backup'), required: true },
      { type: ApplicationCommandOptionType.String, ...named('option.reason'), max_length: 300 },
    ],
  },
  autocomplete: { node: suggestNodes(() => true), backup: suggestBackups },
  confirmed: flow.run,
  execute(call, { node, backup, reason }) {
    return flow.ask(call, { node, backup }, reason)
  },
})
