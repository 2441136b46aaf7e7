import { readFile, rm } from 'node:fs/promises'
import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { downloadProgressView, downloadView } from '../../src/discord/views/download-backup.ts'
import { downloadBackup } from '../../src/operations/download-backup.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { nodeNameOf, suggestNodes } from '../suggestions.ts'
import { backupOption, suggestBackups } from './backup-option.ts'

/** Discord takes 10 MiB where nobody pays for more; the rest of the message needs some of it. */
const MOST_BYTES = 9 * 1024 ** 2

export default defineCommand({
  group: 'node',
  operation: downloadBackup,
  // The file is encrypted; still nobody else has asked for it.
  audience: 'private',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.backup-download'),
    options: [nodeOption(), backupOption('option.backup')],
  },
  autocomplete: { node: suggestNodes(() => true), backup: suggestBackups },
  async execute(call, { node, backup }) {
    const { context, actor, signal, answer } = call
    const { name } = nodeNameOf(context, node)
    const input = {
      node,
      encrypted: true,
      maxBytes: MOST_BYTES,
      ...(backup === undefined ? {} : { backup }),
    }
    const report = await runOperation(context, actor, downloadBackup, input, {
      signal,
      onProgress: (step) => answer.show(() => downloadProgressView(name, step, call.readerNow())),
    })
    try {
      const content = await readFile(report.data.path)
      await answer.finish(downloadView(report, content, call.readerNow()))
    } finally {
      await rm(report.data.path, { force: true })
    }
  },
})
