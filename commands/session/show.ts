import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { type Call, defineCommand, defineControl } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { sessionChart } from '../../src/discord/session-chart.ts'
import { sessionByTag } from '../../src/discord/session-tag.ts'
import { sessionDetailView } from '../../src/discord/views/session-detail.ts'
import { thresholdsFor } from '../../src/monitor/thresholds.ts'
import { showSession } from '../../src/operations/list-sessions.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { sessionKeyOf, suggestSessions } from '../monitor-suggestions.ts'
import { nodeNameOf, suggestNodes } from '../suggestions.ts'

/** The option that names a session of the node in `node`. */
export function sessionOption() {
  return {
    type: ApplicationCommandOptionType.String,
    ...named('option.session'),
    required: true,
    autocomplete: true,
    max_length: 512,
  } as const
}

/** The arguments of a control that speaks of a session. */
export const sessionArgs = z.tuple([nodeIdSchema, z.string()])

async function show(call: Call, node: string, session: string): Promise<void> {
  const { context, actor, signal } = call
  const { data } = await runOperation(context, actor, showSession, { node, session }, { signal })
  const tags = context.registry.list().find(({ id }) => id === data.nodeId)?.tags ?? []
  const scope = { nodeId: data.nodeId, tags, agentId: data.session.agentId }
  const image = await sessionChart(context, call.readerNow(), {
    sessionKey: session,
    history: data.history,
    thresholds: thresholdsFor(context.rules.value(), scope),
    forecast: data.forecast,
  })
  await call.answer.finish(
    sessionDetailView(data, nodeNameOf(call.context, data.nodeId), image, call.readerNow()),
  )
}

const byTag = (answer: 'update' | 'channel') =>
  defineControl({
    answer,
    args: sessionArgs,
    press: (call, [node, tag]) => show(call, node, sessionByTag(call.context, node, tag)),
  })

export default defineCommand({
  group: 'session',
  operation: showSession,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.session.show'),
    options: [nodeOption(), sessionOption()],
  },
  autocomplete: { node: suggestNodes(() => true), session: suggestSessions },
  controls: {
    refresh: byTag('update'),
    open: byTag('channel'),
    pick: defineControl({
      answer: 'channel',
      args: z.tuple([nodeIdSchema]),
      press: (call, [node], values) => show(call, node, sessionByTag(call.context, node, values[0] ?? '')),
    }),
  },
  execute: (call, { node, session }) => show(call, node, sessionKeyOf(call.context, node, session)),
})
