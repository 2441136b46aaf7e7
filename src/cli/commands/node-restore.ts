import { restoreNode } from '../../operations/restore-node.ts'
import { restorePlan, restoreResult, restoreStep } from '../../presenters/restore-node.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { begun } from '../step-begun.ts'
import { questionText, resultText } from '../views/told.ts'

/** `ocm node restore`: after showing what comes, what goes and what runs. */
export async function nodeRestore(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const input = {
    node: args.required('node'),
    backup: args.text('backup'),
    otherMachine: args.flag('other-machine'),
    from: args.text('from'),
    confirm: args.text('confirm'),
  }
  const context = await call.open('required')
  const report = await confirmAndRun(call, context, restoreNode, input, {
    plan: (plan) => questionText(restorePlan(plan, err), err),
    step: (step) => restoreStep(begun(step), err),
  })
  return answerOf(report, resultText(restoreResult(report, out), report, out))
}
