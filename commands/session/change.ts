import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand, defineControl } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { type ConfirmedFlow, confirmedFlow } from '../../src/discord/confirm.ts'
import { sessionByTag } from '../../src/discord/session-tag.ts'
import {
  sessionPlanView,
  sessionProgressView,
  sessionQuestion,
  sessionResultView,
} from '../../src/discord/views/session-change.ts'
import type { Operation } from '../../src/operations/operation.ts'
import type { SessionChange, SessionPlan, SessionStep } from '../../src/operations/session-plan.ts'
import { sessionKeyOf, suggestSessions } from '../monitor-suggestions.ts'
import { suggestNodes } from '../suggestions.ts'
import { sessionArgs, sessionOption } from './show.ts'

/** The question, progress and result of an operation that empties a session's context. */
export function changeFlow<Input>(
  kind: 'compact' | 'reset',
  operation: Operation<Input, SessionChange, SessionStep, SessionPlan>,
): ConfirmedFlow {
  return confirmedFlow(operation, {
    question: (plan, reader) => sessionQuestion(kind, plan, reader),
    plan: (plan, asked, reader) => sessionPlanView(kind, plan, asked, reader),
    progress: (plan, steps, pressed, reader) => sessionProgressView(kind, plan, steps, pressed, reader),
    result: (plan, report, pressed, reader) => sessionResultView(kind, plan, report, pressed, reader),
  })
}

/** A command that asks first and then acts on one session; its cards have a button that asks the same. */
export function sessionCommand(name: 'compact' | 'reset' | 'prevent', flow: ConfirmedFlow) {
  return defineCommand({
    group: 'session',
    operation: flow.operation,
    audience: 'channel',
    data: {
      type: ApplicationCommandOptionType.Subcommand,
      ...named(`command.session.${name}`),
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
          flow.ask(call, { node, session: sessionByTag(call.context, node, tag) }),
      }),
    },
    confirmed: flow.run,
    execute: (call, { node, session, reason }) =>
      flow.ask(call, { node, session: sessionKeyOf(call.context, node, session) }, reason),
  })
}
