import { type Command, NODE, REASON, YES } from '../command.ts'

/** The commands that run another OpenClaw. */
export const updateCommands: readonly Command[] = [
  {
    path: 'node update',
    operation: 'update-node',
    summary: 'command.node.update.description',
    operands: [NODE],
    options: [
      { name: 'to', kind: 'text', summary: 'option.to-version.description', required: true },
      { name: 'turn', kind: 'flag', summary: 'option.turn.description' },
      ...[REASON, YES],
    ],
    load: async () => (await import('../commands/node-update.ts')).nodeUpdate,
  },
]
