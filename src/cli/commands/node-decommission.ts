import { decommissionNode } from '../../operations/decommission-node.ts'
import {
  decommissionPlan,
  decommissionResult,
  decommissionStepBegins,
} from '../../presenters/decommission-node.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { questionText, resultText } from '../views/told.ts'

/** `ocm node decommission`: takes OpenClaw off a node, after a backup of this very run was verified. */
export async function nodeDecommission(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const input = {
    node: args.required('node'),
    confirm: args.text('confirm') ?? '',
    reason: args.text('reason') ?? null,
  }
  const context = await call.open('required')
  const report = await confirmAndRun(call, context, decommissionNode, input, {
    plan: (plan) => questionText(decommissionPlan(plan, err), err),
    step: (step) => decommissionStepBegins(step, err),
  })
  return answerOf(report, resultText(decommissionResult(report, out), report, out))
}
