import { type RestoreStep, restoreNode } from '../../operations/restore-node.ts'
import { restorePlan, restoreResult, restoreStep } from '../../presenters/restore-node.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { questionText, resultText } from '../views/told.ts'

/** `ocm node restore`: after showing what comes, what goes and what runs. */
export async function nodeRestore(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const input = {
    node: args.required('node'),
    backup: args.text('backup'),
    otherMachine: args.flag('other-machine'),
  }
  const context = await call.open('required')
  const report = await confirmAndRun(call, context, restoreNode, input, {
    plan: (plan) => questionText(restorePlan(plan, err), err),
    step: (step) => restoreStep(begun(step), err),
  })
  return answerOf(report, resultText(restoreResult(report, out), report, out))
}

/** A step as it begins: a line for each, not one for each look at it. */
function begun(step: RestoreStep): RestoreStep {
  if ('waitedMs' in step) return { ...step, waitedMs: 0 }
  return 'bytes' in step ? { ...step, bytes: 0 } : step
}
