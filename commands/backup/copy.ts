import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { copyProgressView, copyResultView } from '../../src/discord/views/copy-backup.ts'
import { copyBackup } from '../../src/operations/copy-backup.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { backupOption, suggestBackups } from '../node/backup-option.ts'
import { nodeNameOf, suggestNodes } from '../suggestions.ts'

export default defineCommand({
  group: 'backup',
  operation: copyBackup,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.backup.copy'),
    options: [
      nodeOption(),
      backupOption('option.backup'),
      { type: ApplicationCommandOptionType.Boolean, ...named('option.read-back') },
    ],
  },
  autocomplete: { node: suggestNodes(() => true), backup: suggestBackups },
  async execute(call, { node, backup, 'read-back': readBack }) {
    const { context, actor, signal, answer } = call
    const { name } = nodeNameOf(context, node)
    const input = { node, ...(backup === undefined ? {} : { backup }), readBack: readBack === true }
    const report = await runOperation(context, actor, copyBackup, input, {
      signal,
      onProgress: (step) => answer.show(() => copyProgressView(name, step, call.readerNow())),
    })
    await answer.finish(copyResultView(report, call.readerNow()))
  },
})
