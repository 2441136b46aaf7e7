import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { compareView } from '../../src/discord/views/backups.ts'
import { compareBackups } from '../../src/operations/manage-backups.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { suggestNodes } from '../suggestions.ts'
import { backupOption, suggestBackups } from './backup-option.ts'

export default defineCommand({
  group: 'node',
  operation: compareBackups,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.backup-compare'),
    options: [nodeOption(), { ...backupOption('option.from'), required: true }, backupOption('option.to')],
  },
  autocomplete: { node: suggestNodes(() => true), from: suggestBackups, to: suggestBackups },
  async execute(call, { node, from, to }) {
    const { context, actor, signal } = call
    const input = { node, from, ...(to === undefined ? {} : { to }) }
    const report = await runOperation(context, actor, compareBackups, input, { signal })
    await call.answer.finish(compareView(report, call.readerNow()))
  },
})
