import { ApplicationCommandOptionType } from 'discord.js'
import type { Command } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { muteNoteView } from '../../src/discord/views/incident-note.ts'
import { muteAlerts } from '../../src/operations/handle-incident.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { suggestAgents } from '../monitor-suggestions.ts'
import { suggestNodes, suggestTags } from '../suggestions.ts'
import { WEEK_MINUTES } from './incident-option.ts'
import { scopeOptions } from './rule.ts'

export default {
  group: 'alert',
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
    const { minutes, node, agent, tag } = options
    const given = Object.entries({ node, agent, tag }).filter(([, value]) => value !== undefined)
    const input = { minutes, ...Object.fromEntries(given) }
    const { data } = await runOperation(context, actor, muteAlerts, input, { signal })
    const scope = {
      nodeId: node === undefined ? null : String(node),
      agentId: agent === undefined ? null : String(agent),
      tag: tag === undefined ? null : String(tag),
    }
    const mute = data.mutes.find(
      (one) => one.nodeId === scope.nodeId && one.agentId === scope.agentId && one.tag === scope.tag,
    )
    await call.answer.finish(muteNoteView(scope, mute?.until ?? null, call.readerNow()))
  },
} satisfies Command
