import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { drillProgressView, drillResultView } from '../../src/discord/views/backups.ts'
import { drillBackup } from '../../src/operations/drill-backup.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { nodeNameOf, suggestNodes } from '../suggestions.ts'
import { backupOption, suggestBackups } from './backup-option.ts'

export default defineCommand({
  group: 'node',
  operation: drillBackup,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.backup-drill'),
    options: [
      nodeOption(),
      backupOption('option.backup'),
      { type: ApplicationCommandOptionType.String, ...named('option.drill-on'), autocomplete: true },
    ],
  },
  autocomplete: { node: suggestNodes(() => true), backup: suggestBackups, on: suggestNodes(() => true) },
  async execute(call, { node, backup, on }) {
    const { context, actor, signal, answer } = call
    const { name } = nodeNameOf(context, node)
    const input = { node, ...(backup === undefined ? {} : { backup }), ...(on === undefined ? {} : { on }) }
    const report = await runOperation(context, actor, drillBackup, input, {
      signal,
      onProgress: (step) => answer.show(() => drillProgressView(name, step, call.readerNow())),
    })
    await answer.finish(drillResultView(report, call.readerNow()))
  },
})
