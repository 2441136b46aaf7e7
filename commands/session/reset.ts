import { ApplicationCommandOptionType } from 'discord.js'
import { noteAct } from '../../src/discord/alerts/note-act.ts'
import { type Command, defineControl } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { sessionByTag } from '../../src/discord/session-tag.ts'
import {
  sessionPlanView,
  sessionProgressView,
  sessionQuestion,
  sessionResultView,
} from '../../src/discord/views/session-change.ts'
import { resetSession } from '../../src/operations/reset-session.ts'
import { sessionKeyOf, suggestSessions } from '../monitor-suggestions.ts'
import { suggestNodes } from '../suggestions.ts'
import { sessionArgs, sessionOption } from './show.ts'

export const resetFlow = confirmedFlow('session-reset', resetSession, {
  question: (plan, reader) => sessionQuestion('reset', plan, reader),
  plan: (plan, asked, reader) => sessionPlanView('reset', plan, asked, reader),
  progress: (plan, steps, pressed, reader) => sessionProgressView('reset', plan, steps, pressed, reader),
  result: (plan, report, pressed, reader) => sessionResultView('reset', plan, report, pressed, reader),
  after: (call, confirmation, report) =>
    noteAct(call, confirmation, {
      operation: resetSession.name,
      outcome: report?.outcome ?? 'failed',
      before: report?.data.before.value ?? null,
      after: report?.data.after.value ?? null,
    }),
})

export default {
  group: 'session',
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.session.reset'),
    options: [
      nodeOption(),
      sessionOption(),
      { type: ApplicationCommandOptionType.String, ...named('option.reason'), max_length: 300 },
    ],
  },
  autocomplete: { node: suggestNodes((node) => node.state !== 'retired'), session: suggestSessions },
  controls: {
    ask: defineControl({
      answer: 'channel',
      args: sessionArgs,
      press: (call, [node, tag]) =>
        resetFlow.ask(call, { node, session: sessionByTag(call.context, node, tag) }),
    }),
  },
  confirmed: resetFlow.run,
  execute: (call, { node, session, reason }) =>
    resetFlow.ask(
      call,
      { node, session: sessionKeyOf(call.context, node, session) },
      reason === undefined ? null : String(reason),
    ),
} satisfies Command
