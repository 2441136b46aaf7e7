import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { maintenanceResultView } from '../../src/discord/views/maintenance.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { setMaintenance } from '../../src/operations/set-maintenance.ts'
import { forOption, setOption } from '../maintenance-options.ts'
import { suggestNodes } from '../suggestions.ts'

export default defineCommand({
  group: 'node',
  operation: setMaintenance,
  audience: 'channel',
  fields: { on: 'set', minutes: 'for' },
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.maintenance'),
    options: [
      nodeOption(),
      setOption,
      { type: ApplicationCommandOptionType.String, ...named('option.reason'), max_length: 300 },
      forOption,
    ],
  },
  autocomplete: { node: suggestNodes((node) => node.state !== 'retired') },
  async execute(call, { node, set, reason, for: minutes }) {
    const { context, actor, signal } = call
    const why = reason === undefined ? {} : { reason }
    const input = { node, on: set === 'on', reason, minutes }
    const report = await runOperation(context, actor, setMaintenance, input, { signal, ...why })
    const sweepSeconds = Math.round(context.limits.refreshIntervalMs / 1000)
    await call.answer.finish(maintenanceResultView(report, call.readerNow(), sweepSeconds))
  },
})
