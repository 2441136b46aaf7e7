import { type Command, NODE, REASON, YES } from '../command.ts'

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
  {
    path: 'bot add',
    operation: 'add-bot',
    summary: 'command.bot.add.description',
    operands: [NODE, { name: 'id', summary: 'cli.operand.bot-id' }],
    options: [
      { name: 'name', kind: 'text', summary: 'option.bot-name.description' },
      { name: 'model', kind: 'text', summary: 'option.bot-model.description' },
      { name: 'workspace', kind: 'text', summary: 'option.workspace.description' },
      { name: 'bind', field: 'bindings', kind: 'list', summary: 'cli.option.bind' },
      REASON,
      YES,
    ],
    load: async () => (await import('../commands/bot.ts')).add,
  },
  {
    path: 'bot remove',
    aliases: ['bot rm'],
    operation: 'remove-bot',
    summary: 'command.bot.remove.description',
    operands: [NODE, { name: 'id', summary: 'cli.operand.bot-id' }],
    options: [REASON, YES],
    load: async () => (await import('../commands/bot.ts')).remove,
  },
  {
    path: 'bot backup',
    operation: 'backup-bot',
    summary: 'command.bot.backup.description',
    operands: [NODE, { name: 'id', summary: 'option.this-bot.description' }],
    options: [REASON],
    load: async () => (await import('../commands/bot-backup.ts')).botBackup,
  },
  {
    path: 'bot restore',
    operation: 'restore-bot',
    summary: 'command.bot.restore.description',
    operands: [NODE, { name: 'id', summary: 'option.this-bot.description' }],
    options: [{ name: 'backup', kind: 'text', summary: 'option.backup.description' }, REASON, YES],
    load: async () => (await import('../commands/bot-backup.ts')).botRestore,
  },
]
