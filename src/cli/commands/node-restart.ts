import { restartNode } from '../../operations/restart-node.ts'
import { restartPlan, restartResult, restartStep } from '../../presenters/restart-node.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { questionText, resultText } from '../views/told.ts'

/** `ocm node restart`: after showing what is running. */
export async function nodeRestart(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const input = { node: args.required('node'), drain: !args.flag('no-drain') }
  const context = await call.open('required')
  const report = await confirmAndRun(call, context, restartNode, input, {
    plan: (plan) => questionText(restartPlan(plan, err), err),
    // Without the seconds that have passed: a line for each reason, not one for each look.
    step: (step) => restartStep(step.step === 'waiting' ? { ...step, waitedMs: 0 } : step, err),
  })
  return answerOf(report, resultText(restartResult(report, out), report, out))
}
