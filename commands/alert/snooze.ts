import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { incidentNoteView } from '../../src/discord/views/incident-note.ts'
import { snoozeIncident } from '../../src/operations/handle-incident.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { suggestIncidents } from '../monitor-suggestions.ts'
import { incidentOption, WEEK_MINUTES } from './incident-option.ts'

export default defineCommand({
  group: 'alert',
  operation: snoozeIncident,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.alert.snooze'),
    options: [
      incidentOption(),
      {
        type: ApplicationCommandOptionType.Integer,
        ...named('option.minutes'),
        required: true,
        min_value: 1,
        max_value: WEEK_MINUTES,
      },
    ],
  },
  autocomplete: { incident: suggestIncidents(() => true) },
  async execute(call, { incident, minutes }) {
    const { context, actor, signal } = call
    const { data } = await runOperation(context, actor, snoozeIncident, { incident, minutes }, { signal })
    await call.answer.finish(incidentNoteView('snoozed', data, call.readerNow()))
  },
})
