import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { copyProgressView, fetchResultView } from '../../src/discord/views/copy-backup.ts'
import { fetchBackup } from '../../src/operations/fetch-backup.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { backupOption, suggestBackups } from '../node/backup-option.ts'
import { nodeNameOf, suggestNodes } from '../suggestions.ts'

export default defineCommand({
  group: 'backup',
  operation: fetchBackup,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.backup.fetch'),
    options: [nodeOption(), backupOption('option.backup')],
  },
  autocomplete: { node: suggestNodes(() => true), backup: suggestBackups },
  async execute(call, { node, backup }) {
    const { context, actor, signal, answer } = call
    const { name } = nodeNameOf(context, node)
    const input = { node, ...(backup === undefined ? {} : { backup }) }
    const report = await runOperation(context, actor, fetchBackup, input, {
      signal,
      onProgress: (step) => answer.show(() => copyProgressView(name, step, call.readerNow())),
    })
    await answer.finish(fetchResultView(report, call.readerNow()))
  },
})
