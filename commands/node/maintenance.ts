import { ApplicationCommandOptionType } from 'discord.js'
import type { Locale } from '../../src/base/locale.ts'
import { defineCommand } from '../../src/discord/command.ts'
import { localised, named, nodeOption } from '../../src/discord/command-bodies.ts'
import { maintenanceResultView } from '../../src/discord/views/maintenance.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { setMaintenance } from '../../src/operations/set-maintenance.ts'
import { translate } from '../../src/text/translate.ts'
import { suggestNodes } from '../suggestions.ts'

const MINUTE = 60_000
const HOUR_MINUTES = 60
const DAY_MINUTES = 24 * HOUR_MINUTES
/** The times to choose from, in minutes. */
const TIMES = [
  ...[15, 30, HOUR_MINUTES, 2 * HOUR_MINUTES, 4 * HOUR_MINUTES, 8 * HOUR_MINUTES],
  ...[DAY_MINUTES, 3 * DAY_MINUTES, 7 * DAY_MINUTES],
]

function timeChoice(minutes: number) {
  const name = (locale: Locale) => translate(locale, 'maintenance.for', { ms: minutes * MINUTE })
  return { value: minutes, name: name('en'), name_localizations: { ja: name('ja'), 'zh-CN': name('zh-CN') } }
}

export default defineCommand({
  group: 'node',
  operation: setMaintenance,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.maintenance'),
    options: [
      nodeOption(),
      {
        type: ApplicationCommandOptionType.String,
        ...named('option.set'),
        required: true,
        choices: (['on', 'off'] as const).map((value) => ({
          value,
          name: translate('en', `maintenance.set-${value}`),
          name_localizations: localised(`maintenance.set-${value}`),
        })),
      },
      { type: ApplicationCommandOptionType.String, ...named('option.reason'), max_length: 300 },
      {
        type: ApplicationCommandOptionType.Integer,
        ...named('option.maintenance-for'),
        choices: TIMES.map(timeChoice),
      },
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
