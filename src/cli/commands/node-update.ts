import { type UpdateStep, updateNode } from '../../operations/update-node.ts'
import { updatePlan, updateResult, updateStep } from '../../presenters/update-node.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { questionText, resultText } from '../views/told.ts'

/** `ocm node update`: after showing which version becomes which, and what runs. */
export async function nodeUpdate(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const input = { node: args.required('node'), to: args.required('to'), turn: args.flag('turn') }
  const context = await call.open('required')
  const report = await confirmAndRun(call, context, updateNode, input, {
    plan: (plan) => questionText(updatePlan(plan, err), err),
    step: (step) => updateStep(begun(step), err),
  })
  return answerOf(report, resultText(updateResult(report, out), report, out))
}

/** A step as it begins: a line for each, not one for each look at it. */
export function begun(step: UpdateStep): UpdateStep {
  if ('waitedMs' in step) return { ...step, waitedMs: 0 }
  return 'bytes' in step ? { ...step, bytes: 0 } : step
}
