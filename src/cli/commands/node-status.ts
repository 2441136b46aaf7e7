import { nodeStatus as readStatus } from '../../operations/node-status.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { nodeStatusText } from '../views/node-status.ts'

/** `ocm node status`: one node, always live. */
export async function nodeStatus(call: Call): Promise<Answer> {
  const { args, terminal, json, err, out, signal } = call
  const context = await call.open('required')
  const node = args.required('node')
  if (!json && terminal.watched) terminal.err(`${err.paint('dim', err.t('status.reading', { node }))}\n`)
  const report = await runOperation(context, call.actor, readStatus, { node }, { signal })
  return answerOf(report, nodeStatusText(report.data, out, terminal.screen()?.columns ?? null))
}
