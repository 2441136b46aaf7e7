import { trustNode } from '../../operations/trust-node.ts'
import { trustPlan, trustResult, trustStep } from '../../presenters/trust-node.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { acceptsHostKey, acceptsJumpKey, unvouchedKey } from '../host-key.ts'
import { questionText, resultText } from '../views/told.ts'

/** `ocm node trust`: approves the host key of a registered node. */
export async function nodeTrust(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const input = { node: args.required('node') }
  const context = await call.open('required')
  const report = await confirmAndRun(call, context, trustNode, input, {
    plan: (plan) => questionText(trustPlan(plan, err), err),
    step: (step) => trustStep(step, err),
    refusal: ({ nodeId: node, offered, known, jump }) => unvouchedKey({ node, offered, known }, jump),
    accepted({ nodeId: node, offered: { fingerprint: offered }, known, jump }) {
      const accepted = acceptsHostKey(args, { node, offered, vouched: known !== 'new' })
      return acceptsJumpKey(args, jump) && accepted
    },
  })
  return answerOf(report, resultText(trustResult(report, out), report, out))
}
