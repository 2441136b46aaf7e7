import { fixLint } from '../../operations/fix-lint.ts'
import { fleetDrift } from '../../operations/fleet-drift.ts'
import { lintNodes } from '../../operations/lint-nodes.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { fixPlan, fixResult, fixStep } from '../../presenters/fix-lint.ts'
import { driftList } from '../../presenters/fleet-drift.ts'
import { lintList } from '../../presenters/lint-nodes.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { questionText, resultText } from '../views/told.ts'

/** A shell has room for everything. */
const MOST = 10_000

/** `ocm fleet drift`: asks each gateway for its configuration. */
export async function drift(call: Call): Promise<Answer> {
  const { args, out, signal } = call
  const context = await call.open('required')
  const report = await runOperation(context, call.actor, fleetDrift, { tags: args.list('tag') }, { signal })
  const told = driftList(report.data, { differences: MOST, nodes: MOST }, out)
  return answerOf(report, resultText(told, report, out))
}

/** `ocm fleet lint`: looks at the files of each node. */
export function fleetLint(call: Call): Promise<Answer> {
  return lint(call, { tags: call.args.list('tag') })
}

/** `ocm node lint`. */
export function nodeLint(call: Call): Promise<Answer> {
  return lint(call, { node: call.args.required('node') })
}

async function lint(call: Call, input: object): Promise<Answer> {
  const { out, signal } = call
  const context = await call.open('required')
  const report = await runOperation(context, call.actor, lintNodes, input, { signal })
  const mend = (node: string, { key }: { key: string }) => out.code(`ocm node fix ${node} --only ${key}`)
  return answerOf(
    report,
    resultText(lintList(report.data, { findings: MOST, nodes: MOST, mend }, out), report, out),
  )
}

/** `ocm node fix`: mends what a check found, and what needs nobody's judgement. */
export async function nodeFix(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('required')
  const input = { node: args.required('node'), only: args.list('only') }
  const room = { fixes: MOST, left: MOST }
  const report = await confirmAndRun(call, context, fixLint, input, {
    plan: (plan) => questionText(fixPlan(plan, room, err), err),
    step: (step) => fixStep(step, err),
  })
  return answerOf(report, resultText(fixResult(report, room, out), report, out))
}
