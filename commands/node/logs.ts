import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { type Call, defineCommand, defineControl } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { noteView } from '../../src/discord/views/error.ts'
import { followingLogsView, nodeLogsView } from '../../src/discord/views/node-logs.ts'
import { nodeLogs } from '../../src/operations/node-logs.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { nodeNameOf, suggestNodes } from '../suggestions.ts'

const LINES_DEFAULT = 100
const LINES_MAX = 500
const FOLLOW_SECONDS_MAX = 120

/** Shows the end of a log, and its growth while it is followed. */
async function showLogs(call: Call, wanted: { node: string; lines: number; follow: number }): Promise<void> {
  const { context, actor, answer, running } = call
  const { node: id, lines, follow } = wanted
  const runId = context.newId()
  const shown: string[] = []
  const signal = running.start(runId, actor.id, call.signal)
  try {
    const input = { node: id, lines, followSeconds: follow }
    const { data } = await runOperation(context, actor, nodeLogs, input, {
      signal,
      onProgress(step) {
        shown.push(...step.lines)
        answer.show(() => followingLogsView(nodeNameOf(call.context, id), shown, runId, call.readerNow()))
      },
    })
    await answer.finish(nodeLogsView(nodeNameOf(call.context, data.nodeId), data, call.readerNow()))
  } finally {
    running.end(runId)
  }
}

export default defineCommand({
  group: 'node',
  operation: nodeLogs,
  // Secrets are replaced, but a log holds what people wrote to their agents.
  audience: 'private',
  fields: { followSeconds: 'follow' },
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.logs'),
    options: [
      nodeOption(),
      {
        type: ApplicationCommandOptionType.Integer,
        ...named('option.lines'),
        min_value: 1,
        max_value: LINES_MAX,
      },
      {
        type: ApplicationCommandOptionType.Integer,
        ...named('option.follow'),
        min_value: 1,
        max_value: FOLLOW_SECONDS_MAX,
      },
    ],
  },
  autocomplete: { node: suggestNodes(() => true) },
  controls: {
    open: defineControl({
      answer: 'private',
      args: z.tuple([nodeIdSchema]),
      press: (call, [node]) => showLogs(call, { node, lines: LINES_DEFAULT, follow: 0 }),
    }),
    again: defineControl({
      answer: 'update',
      args: z.tuple([nodeIdSchema]),
      press: (call, [node]) => showLogs(call, { node, lines: LINES_DEFAULT, follow: 0 }),
    }),
    stop: defineControl({
      answer: 'update',
      args: z.tuple([z.string()]),
      async press(call, [runId]) {
        if (call.running.stop(runId, call.actor)) return
        const { ink } = call.readerNow()
        await call.answer.finish(noteView(`⏹️ ${ink.t('logs.ended.stopped')}`))
      },
    }),
  },
  execute: (call, { node, lines, follow }) =>
    showLogs(call, { node, lines: lines ?? LINES_DEFAULT, follow: follow ?? 0 }),
})
