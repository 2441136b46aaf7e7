import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { webLoginView } from '../../src/discord/views/web-login.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { webLogin } from '../../src/operations/web-login.ts'

export default defineCommand({
  group: 'web',
  operation: webLogin,
  audience: 'private',
  data: { type: ApplicationCommandOptionType.Subcommand, ...named('command.web.login') },
  async execute(call) {
    const { context, actor, reader, signal } = call
    const report = await runOperation(context, actor, webLogin, { language: reader.locale }, { signal })
    await call.answer.finish(webLoginView(report, call.readerNow()))
  },
})
