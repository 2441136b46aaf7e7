import type { Command } from '../command.ts'

/** The commands on the agents of the nodes. */
export const botCommands: readonly Command[] = [
  {
    path: 'bot list',
    aliases: ['bot ls', 'bots'],
    operation: 'list-bots',
    summary: 'command.bot.list.description',
    operands: [{ name: 'node', summary: 'cli.operand.only-node', optional: true, suggest: 'node' }],
    options: [
      { name: 'tag', kind: 'list', summary: 'option.tag.description' },
      { name: 'live', kind: 'flag', summary: 'option.live.description' },
    ],
    load: async () => (await import('../commands/bot.ts')).list,
  },
]
