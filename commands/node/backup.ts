import { ApplicationCommandOptionType } from 'discord.js'
import { OperatorError } from '../../src/base/errors.ts'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { backupProgressView, backupResultView } from '../../src/discord/views/backup.ts'
import { errorView } from '../../src/discord/views/error.ts'
import { BACKUP_METHODS, backupNode } from '../../src/operations/backup-node.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import type { BackupStep } from '../../src/operations/take-backup.ts'
import { stopControl } from '../stop-control.ts'
import { nodeNameOf, suggestNodes } from '../suggestions.ts'

export default defineCommand({
  group: 'node',
  operation: backupNode,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.backup'),
    options: [
      nodeOption(),
      {
        type: ApplicationCommandOptionType.String,
        ...named('option.backup-method'),
        choices: BACKUP_METHODS.map((value) => ({ name: value, value })),
      },
      { type: ApplicationCommandOptionType.String, ...named('option.reason'), max_length: 300 },
    ],
  },
  autocomplete: { node: suggestNodes(() => true) },
  controls: {
    stop: stopControl('backup.stopping'),
  },
  async execute(call, { node: id, method, reason }) {
    const { context, actor, answer, running } = call
    const runId = context.newId()
    const steps: BackupStep[] = []
    const signal = running.start(runId, actor.id, call.signal)
    const node = nodeNameOf(context, id)
    try {
      const report = await runOperation(
        context,
        actor,
        backupNode,
        { node: id, method },
        {
          signal,
          ...(reason === undefined ? {} : { reason }),
          onProgress(step) {
            const last = steps.at(-1)
            if (last?.step === step.step) steps.pop()
            steps.push(step)
            answer.show(() => backupProgressView(node, steps, runId, call.readerNow()))
          },
        },
      )
      await answer.finish(backupResultView(node, report, call.readerNow()))
    } catch (error) {
      // The team saw it begin: the card that they look at says how it ended.
      if (!(error instanceof OperatorError) || steps.length === 0) throw error
      await answer.finish(errorView(error, call.readerNow()))
    } finally {
      running.end(runId)
    }
  },
})
