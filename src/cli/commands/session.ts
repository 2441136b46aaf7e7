import { compactSession } from '../../operations/compact-session.ts'
import { listSessions, showSession } from '../../operations/list-sessions.ts'
import { preventOverflow } from '../../operations/prevent-overflow.ts'
import { resetSession } from '../../operations/reset-session.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { preventPlan, preventResult, preventStep } from '../../presenters/prevent-overflow.ts'
import { sessionPlan, sessionResult, sessionStep } from '../../presenters/session-change.ts'
import { type Answer, answerOf, type Call, type Run } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { sessionDetailText, sessionListText } from '../views/sessions.ts'
import { questionText, resultText } from '../views/told.ts'

/** `ocm session list`: the conversations of a node, fullest first. */
export async function list(call: Call): Promise<Answer> {
  const { args, terminal, out, signal } = call
  const context = await call.open('required')
  const input = { node: args.required('node'), agent: args.text('agent') ?? null }
  const report = await runOperation(context, call.actor, listSessions, input, { signal })
  return answerOf(report, sessionListText(report.data, out, terminal.screen()?.columns ?? null))
}

/** `ocm session show`: one conversation with its arithmetic. */
export async function show(call: Call): Promise<Answer> {
  const { args, out, signal } = call
  const context = await call.open('required')
  const input = { node: args.required('node'), session: args.required('session') }
  const report = await runOperation(context, call.actor, showSession, input, { signal })
  return answerOf(report, sessionDetailText(report.data, out))
}

/** The two commands that change a conversation ask and answer alike. */
function changing(name: 'compact' | 'reset', operation: typeof compactSession): Run {
  return async (call) => {
    const { args, out, err } = call
    const context = await call.open('required')
    const input = { node: args.required('node'), session: args.required('session') }
    const report = await confirmAndRun(call, context, operation, input, {
      plan: (plan) => questionText(sessionPlan(name, plan, err), err),
      step: (step) => sessionStep(step, err),
    })
    return answerOf(report, resultText(sessionResult(name, report, out), report, out))
  }
}

/** `ocm session compact`: a conversation goes on with a summary of itself. */
export const compact = changing('compact', compactSession)
/** `ocm session reset`: a conversation begins anew. */
export const reset = changing('reset', resetSession)

/** `ocm session prevent`: sets the cap that makes OpenClaw compact in time. */
export async function prevent(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('required')
  const input = { node: args.required('node'), session: args.required('session') }
  const report = await confirmAndRun(call, context, preventOverflow, input, {
    plan: (plan) => questionText(preventPlan(plan, err), err),
    step: (step) => preventStep(step, err),
  })
  return answerOf(report, resultText(preventResult(report, out), report, out))
}
