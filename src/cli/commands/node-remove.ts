import { removeNode } from '../../operations/remove-node.ts'
import { removePlan, removeResult } from '../../presenters/remove-node.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { questionText, resultText } from '../views/told.ts'

/** `ocm node remove`: forgets a node. */
export async function nodeRemove(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('none')
  const report = await confirmAndRun(
    call,
    context,
    removeNode,
    { node: args.required('node') },
    {
      plan: (plan) => questionText(removePlan(plan, err), err),
    },
  )
  return answerOf(report, resultText(removeResult(report, out), report, out))
}
