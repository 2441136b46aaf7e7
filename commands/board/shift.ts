import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { shiftView } from '../../src/discord/views/board.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { shiftReport } from '../../src/operations/shift-report.ts'

export default defineCommand({
  group: 'board',
  operation: shiftReport,
  audience: 'channel',
  data: { type: ApplicationCommandOptionType.Subcommand, ...named('command.board.shift') },
  async execute(call) {
    const { context, actor, signal } = call
    const report = await runOperation(context, actor, shiftReport, {}, { signal })
    await call.answer.finish(shiftView(report, call.readerNow()))
  },
})
