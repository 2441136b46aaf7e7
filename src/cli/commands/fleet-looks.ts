import { fleetDrift } from '../../operations/fleet-drift.ts'
import { lintNodes } from '../../operations/lint-nodes.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { driftList } from '../../presenters/fleet-drift.ts'
import { lintList } from '../../presenters/lint-nodes.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { resultText } from '../views/told.ts'

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
  return answerOf(
    report,
    resultText(lintList(report.data, { findings: MOST, nodes: MOST }, out), report, out),
  )
}
