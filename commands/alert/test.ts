import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { alertTestView } from '../../src/discord/views/alert-test.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { testAlerts } from '../../src/operations/test-alerts.ts'

export default defineCommand({
  group: 'alert',
  operation: testAlerts,
  audience: 'channel',
  data: { type: ApplicationCommandOptionType.Subcommand, ...named('command.alert.test') },
  async execute(call) {
    const { context, actor, signal } = call
    const { locale } = call.reader
    const { data } = await runOperation(context, actor, testAlerts, { locale }, { signal })
    await call.answer.finish(alertTestView(data, call.readerNow()))
  },
})
