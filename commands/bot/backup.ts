import { ApplicationCommandOptionType } from 'discord.js'
import { OperatorError } from '../../src/base/errors.ts'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { botBackupProgressView, botBackupResultView } from '../../src/discord/views/bot-backups.ts'
import { errorView } from '../../src/discord/views/error.ts'
import { backupBot } from '../../src/operations/backup-bot.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import type { BackupStep } from '../../src/operations/take-backup.ts'
import { stopControl } from '../stop-control.ts'
import { suggestNodes } from '../suggestions.ts'
import { botOption, suggestBots } from './bot-option.ts'

export default defineCommand({
  group: 'bot',
  operation: backupBot,
  audience: 'channel',
  fields: { id: 'bot' },
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.bot.backup'),
    options: [
      nodeOption(),
      botOption(),
      { type: ApplicationCommandOptionType.String, ...named('option.reason'), max_length: 300 },
    ],
  },
  autocomplete: { node: suggestNodes((node) => node.state !== 'retired'), bot: suggestBots },
  controls: {
    stop: stopControl('backup.stopping'),
  },
  async execute(call, { node, bot: id, reason }) {
    const { context, actor, answer, running } = call
    const runId = context.newId()
    const steps: BackupStep[] = []
    const signal = running.start(runId, actor.id, call.signal)
    try {
      const report = await runOperation(
        context,
        actor,
        backupBot,
        { node, id },
        {
          signal,
          ...(reason === undefined ? {} : { reason }),
          onProgress(step) {
            if (steps.at(-1)?.step === step.step) steps.pop()
            steps.push(step)
            answer.show(() => botBackupProgressView(id, steps, runId, call.readerNow()))
          },
        },
      )
      await answer.finish(botBackupResultView(report, call.readerNow()))
    } catch (error) {
      // The team saw it begin: the card that they look at says how it ended.
      if (!(error instanceof OperatorError) || steps.length === 0) throw error
      await answer.finish(errorView(error, call.readerNow()))
    } finally {
      running.end(runId)
    }
  },
})
