import { nodeStatus } from '../../operations/node-status.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { answerOf, type Command, NODE } from '../command.ts'
import { nodeStatusText } from '../views/node-status.ts'

export const nodeStatusCommand: Command = {
  path: 'node status',
  operation: 'node-status',
  summary: 'command.node.status.description',
  operands: [NODE],
  async run(call) {
    const { args, terminal, json, err, out, signal } = call
    const context = await call.open('required')
    const node = args.required('node')
    if (!json && terminal.watched) terminal.err(`${err.paint('dim', err.t('status.reading', { node }))}\n`)
    const report = await runOperation(context, call.actor, nodeStatus, { node }, { signal })
    return answerOf(report, nodeStatusText(report.data, out, terminal.screen()?.columns ?? null))
  },
}
