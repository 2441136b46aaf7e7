import { DEFAULT_MINUTES } from '../../operations/approvals.ts'
import {
  type ApprovalView,
  approveRequest,
  listApprovals,
  overrideApproval,
  refuseRequest,
} from '../../operations/decide-approval.ts'
import type { Operation } from '../../operations/operation.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { APPROVABLE, setApprovalRule } from '../../operations/set-approval-rule.ts'
import { approvalRuleResult } from '../../presenters/approval-words.ts'
import { approvalList, approvalResult } from '../../presenters/approvals.ts'
import { choicesMeant } from '../arguments.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { resultText } from '../views/told.ts'

/** `ocm approval list`: what waits for a second person, and the rules. */
export async function list(call: Call): Promise<Answer> {
  const { args, out, signal } = call
  const context = await call.open('none')
  const report = await runOperation(context, call.actor, listApprovals, { all: args.flag('all') }, { signal })
  return answerOf(report, resultText(approvalList(report.data, out), report, out))
}

async function decide<Input>(
  call: Call,
  operation: Operation<Input, ApprovalView>,
  more: object = {},
): Promise<Answer> {
  const { args, out, signal } = call
  const context = await call.open('none')
  const input = { request: args.required('request'), ...more }
  const reason = args.text('reason')
  const report = await runOperation(context, call.actor, operation, input, {
    signal,
    ...(reason === undefined ? {} : { reason }),
  })
  return answerOf(report, resultText(approvalResult(report, out), report, out))
}

/** `ocm approval approve`. */
export function approve(call: Call): Promise<Answer> {
  return decide(call, approveRequest)
}

/** `ocm approval refuse`. */
export function refuse(call: Call): Promise<Answer> {
  return decide(call, refuseRequest)
}

/** `ocm approval emergency`. */
export function emergency(call: Call): Promise<Answer> {
  return decide(call, overrideApproval, { reason: call.args.required('reason') })
}

/** `ocm approval rule`: sets one, or ends it with `--off`. */
export async function rule(call: Call): Promise<Answer> {
  const { args, out, signal } = call
  const word = args.required('operation')
  const [operation = word] = choicesMeant({ choices: APPROVABLE }, word)
  const context = await call.open('none')
  const minutes = args.flag('off') ? null : (args.number('for') ?? DEFAULT_MINUTES)
  const reason = args.text('reason')
  // A rule has one tag; several are refused as what they are, a name with a comma.
  const tags = args.list('tag')
  const input = { operation, tag: tags.length === 0 ? null : tags.join(','), minutes }
  const report = await runOperation(context, call.actor, setApprovalRule, input, {
    signal,
    ...(reason === undefined ? {} : { reason }),
  })
  return answerOf(report, resultText(approvalRuleResult(report, out), report, out))
}
