import { retireNode, unretireNode } from '../../operations/retire-node.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { retirePlan, retireResult, unretireResult } from '../../presenters/retire-node.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { questionText, resultText } from '../views/told.ts'

/** `ocm node retire`: takes a node out of service. */
export async function nodeRetire(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const input = { node: args.required('node'), reason: args.text('reason') ?? null }
  const context = await call.open('optional')
  const report = await confirmAndRun(call, context, retireNode, input, {
    plan: (plan) => questionText(retirePlan(plan, err), err),
  })
  return answerOf(report, resultText(retireResult(report, out), report, out))
}

/** `ocm node unretire`: takes it back. */
export async function nodeUnretire(call: Call): Promise<Answer> {
  const { args, out, signal } = call
  const context = await call.open('optional')
  const input = { node: args.required('node') }
  const report = await runOperation(context, call.actor, unretireNode, input, { signal })
  return answerOf(report, resultText(unretireResult(report, out), report, out))
}
