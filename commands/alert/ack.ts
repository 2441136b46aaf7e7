import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { incidentNoteView } from '../../src/discord/views/incident-note.ts'
import { acknowledgeIncident } from '../../src/operations/handle-incident.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { suggestIncidents } from '../monitor-suggestions.ts'
import { incidentOption } from './incident-option.ts'

export default defineCommand({
  group: 'alert',
  operation: acknowledgeIncident,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.alert.ack'),
    options: [incidentOption()],
  },
  autocomplete: { incident: suggestIncidents(({ acknowledged }) => acknowledged === null) },
  async execute(call, { incident }) {
    const { context, actor, signal } = call
    const { data } = await runOperation(context, actor, acknowledgeIncident, { incident }, { signal })
    await call.answer.finish(incidentNoteView('acknowledged', data, call.readerNow()))
  },
})
