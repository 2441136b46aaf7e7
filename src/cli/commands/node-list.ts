import { listNodes } from '../../operations/list-nodes.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { createLiveText } from '../live.ts'
import { nodeListText } from '../views/node-list.ts'

/** `ocm node list`: every node, worst first; on a terminal it grows while it is read. */
export async function nodeList(call: Call): Promise<Answer> {
  const { args, terminal, json, out } = call
  const cached = args.flag('cached')
  const context = await call.open(cached ? 'none' : 'required')
  const live = createLiveText(terminal)
  const width = () => terminal.screen()?.columns ?? null
  const input = {
    tags: args.list('tag'),
    state: args.text('state') ?? null,
    live: !cached,
  }
  try {
    const report = await runOperation(context, call.actor, listNodes, input, {
      signal: call.signal,
      onProgress: (list) => {
        if (!json) live.draw(nodeListText(list, out, width()))
      },
    })
    live.clear()
    return answerOf(report, nodeListText(report.data, out, width()))
  } finally {
    live.clear()
  }
}
