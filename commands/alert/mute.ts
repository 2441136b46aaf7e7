import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { muteNoteView } from '../../src/discord/views/incident-note.ts'
import { muteAlerts } from '../../src/operations/handle-incident.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { suggestAgents } from '../monitor-suggestions.ts'
import { suggestNodes, suggestTags } from '../suggestions.ts'
import { WEEK_MINUTES } from './incident-option.ts'
import { scopeOptions } from './rule.ts'

export default defineCommand({
  group: 'alert',
  operation: muteAlerts,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.alert.mute'),
    options: [
      {
        type: ApplicationCommandOptionType.Integer,
        ...named('option.mute-minutes'),
        required: true,
        min_value: 0,
        max_value: WEEK_MINUTES,
      },
      ...scopeOptions(),
    ],
  },
  autocomplete: { node: suggestNodes(() => true), agent: suggestAgents, tag: suggestTags },
  async execute(call, options) {
    const { context, actor, signal } = call
    const { node, agent, tag } = options
    const { data } = await runOperation(context, actor, muteAlerts, options, { signal })
    const scope = {
      nodeId: node ?? null,
      agentId: agent ?? null,
      tag: tag ?? null,
    }
    const mute = data.mutes.find(
      (one) => one.nodeId === scope.nodeId && one.agentId === scope.agentId && one.tag === scope.tag,
    )
    await call.answer.finish(muteNoteView(scope, mute?.until ?? null, call.readerNow()))
  },
})
