import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { incidentNoteView } from '../../src/discord/views/incident-note.ts'
import { unsnoozeIncident } from '../../src/operations/handle-incident.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { suggestIncidents } from '../monitor-suggestions.ts'
import { incidentOption } from './incident-option.ts'

export default defineCommand({
  group: 'alert',
  operation: unsnoozeIncident,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.alert.unsnooze'),
    options: [incidentOption()],
  },
  autocomplete: { incident: suggestIncidents(({ state }) => state === 'snoozed') },
  async execute(call, { incident }) {
    const { context, actor, signal } = call
    const { data } = await runOperation(context, actor, unsnoozeIncident, { incident }, { signal })
    await call.answer.finish(incidentNoteView('unsnoozed', data, call.readerNow()))
  },
})
