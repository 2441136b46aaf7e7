import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { setBoardView } from '../../src/discord/views/board.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { setBoard } from '../../src/operations/set-board.ts'

export default defineCommand({
  group: 'board',
  operation: setBoard,
  audience: 'private',
  data: { type: ApplicationCommandOptionType.Subcommand, ...named('command.board.on') },
  async execute(call) {
    const { context, actor, channelId: channel, signal } = call
    const report = await runOperation(context, actor, setBoard, { on: true, channel }, { signal })
    await call.answer.finish(setBoardView(report, call.readerNow()))
  },
})
