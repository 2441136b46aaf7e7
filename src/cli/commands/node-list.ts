import { listNodes } from '../../operations/list-nodes.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { answerOf, type Command } from '../command.ts'
import { createLiveText } from '../live.ts'
import { nodeListText } from '../views/node-list.ts'

const STATES = [
  'serving',
  'not-serving',
  'service-down',
  'unreachable',
  'unknown',
  'maintenance',
  'retired',
] as const

export const nodeList: Command = {
  path: 'node list',
  operation: 'list-nodes',
  summary: 'command.node.list.description',
  options: [
    { name: 'tag', kind: 'list', summary: 'option.tag.description' },
    { name: 'state', kind: 'text', summary: 'option.state.description', choices: STATES },
    { name: 'cached', kind: 'flag', summary: 'cli.option.cached' },
  ],
  async run(call) {
    const { args, terminal, json, out } = call
    const context = await call.open('required')
    const live = createLiveText(terminal)
    const width = () => terminal.screen()?.columns ?? null
    const input = {
      tags: args.list('tag'),
      state: args.text('state') ?? null,
      live: !args.flag('cached'),
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
  },
}
