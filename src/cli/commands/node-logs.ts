import { nodeLogs as readLogs } from '../../operations/node-logs.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { logFacts } from '../../presenters/node-logs.ts'
import { dotted } from '../../presenters/readings.ts'
import { toLogLine } from '../../text/plain-text.ts'
import { type Answer, answerOf, type Call } from '../command.ts'

const LONGEST_LINE = 4_000

/** `ocm node logs`: the last lines, or the log as it grows. */
export async function nodeLogs(call: Call): Promise<Answer> {
  const { args, terminal, json, err } = call
  const context = await call.open('required')
  const lines = args.number('lines')
  const follow = args.number('follow')
  const input = {
    node: args.required('node'),
    ...(lines === undefined ? {} : { lines }),
    ...(follow === undefined ? {} : { followSeconds: follow }),
  }
  const print = (found: readonly string[]) =>
    terminal.out(found.map((line) => `${toLogLine(line, LONGEST_LINE)}\n`).join(''))
  const report = await runOperation(context, call.actor, readLogs, input, {
    // Nobody reads on: `| head` has what it wanted.
    signal: AbortSignal.any([call.signal, terminal.gone]),
    onProgress: (step) => {
      if (!json) print(step.lines)
    },
  })
  const { data } = report
  if (json) return answerOf(report, null)
  if (!data.followed) print(data.lines)
  const { facts, redacted } = logFacts(data, err)
  terminal.err(`${err.paint('dim', dotted([...facts, redacted]))}\n`)
  return answerOf(report, null)
}
