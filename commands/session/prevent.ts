import { ApplicationCommandOptionType } from 'discord.js'
import { noteAct } from '../../src/discord/alerts/note-act.ts'
import { type Command, defineControl } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { sessionByTag } from '../../src/discord/session-tag.ts'
import {
  preventPlanView,
  preventProgressView,
  preventQuestion,
  preventResultView,
} from '../../src/discord/views/prevent.ts'
import { preventOverflow } from '../../src/operations/prevent-overflow.ts'
import { sessionKeyOf, suggestSessions } from '../monitor-suggestions.ts'
import { suggestNodes } from '../suggestions.ts'
import { sessionArgs, sessionOption } from './show.ts'

export const preventFlow = confirmedFlow('session-prevent', preventOverflow, {
  question: preventQuestion,
  plan: preventPlanView,
  progress: preventProgressView,
  result: (_plan, report, pressed, reader) => preventResultView(report, pressed, reader),
  after: (call, confirmation, report) =>
    noteAct(call, confirmation, { operation: preventOverflow.name, outcome: report?.outcome ?? 'failed' }),
})

export default {
  group: 'session',
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.session.prevent'),
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
        preventFlow.ask(call, { node, session: sessionByTag(call.context, node, tag) }),
    }),
  },
  confirmed: preventFlow.run,
  execute: (call, { node, session, reason }) =>
    preventFlow.ask(
      call,
      { node, session: sessionKeyOf(call.context, node, session) },
      reason === undefined ? null : String(reason),
    ),
} satisfies Command
