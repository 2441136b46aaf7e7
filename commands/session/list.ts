import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { type Call, defineCommand, defineControl } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { agentTag } from '../../src/discord/session-tag.ts'
import { sessionListView } from '../../src/discord/views/session-list.ts'
import { listSessions } from '../../src/operations/list-sessions.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { suggestAgents } from '../monitor-suggestions.ts'
import { nodeNameOf, suggestNodes } from '../suggestions.ts'

async function showList(call: Call, node: string, agent: string | null, page: number): Promise<void> {
  const input = { node, agent }
  const { data } = await runOperation(call.context, call.actor, listSessions, input, { signal: call.signal })
  const tag = agent === null ? '' : agentTag(agent)
  const named = nodeNameOf(call.context, data.nodeId)
  await call.answer.finish(sessionListView(data, named, tag, call.readerNow(), page))
}

/** The agent of a filter, by its tag; all agents when it is gone. */
function agentByTag({ context }: Call, node: string, tag: string): string | null {
  const agents = context.snapshots.get(node)?.sessions.value?.map(({ agentId }) => agentId) ?? []
  return tag === '' ? null : (agents.find((id) => agentTag(id) === tag) ?? null)
}

const turn = defineControl({
  answer: 'update',
  args: z.tuple([nodeIdSchema, z.coerce.number().int(), z.string()]),
  press: (call, [node, page, tag]) => showList(call, node, agentByTag(call, node, tag), page),
})

export default defineCommand({
  group: 'session',
  operation: listSessions,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.session.list'),
    options: [
      nodeOption(),
      {
        type: ApplicationCommandOptionType.String,
        ...named('option.agent'),
        autocomplete: true,
        max_length: 128,
      },
    ],
  },
  autocomplete: { node: suggestNodes(() => true), agent: suggestAgents },
  controls: { refresh: turn, page: turn },
  execute: (call, { node, agent }) => showList(call, node, agent ?? null, 1),
})
