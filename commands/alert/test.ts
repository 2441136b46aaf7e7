import { ApplicationCommandOptionType } from 'discord.js'
import { testAlerts } from '../../src/discord/alerts/channel-test.ts'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { alertTestView } from '../../src/discord/views/alert-test.ts'
import { runOperation } from '../../src/operations/run-operation.ts'

export default defineCommand({
  group: 'alert',
  audience: 'channel',
  data: { type: ApplicationCommandOptionType.Subcommand, ...named('command.alert.test') },
  async execute(call) {
    const operation = testAlerts(call.client, call.alertChannelId, call.readerNow())
    const { data } = await runOperation(call.context, call.actor, operation, {}, { signal: call.signal })
    await call.answer.finish(alertTestView(data, call.readerNow()))
  },
})
