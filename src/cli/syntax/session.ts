import { type Command, NODE, type Operand, REASON, YES } from '../command.ts'

const SESSION: Operand = { name: 'session', summary: 'option.session.description' }

/** The commands on conversations. */
export const sessionCommands: readonly Command[] = [
  {
    path: 'session list',
    aliases: ['session ls'],
    operation: 'list-sessions',
    summary: 'command.session.list.description',
    operands: [NODE],
    options: [{ name: 'agent', kind: 'text', summary: 'option.agent.description' }],
    load: async () => (await import('../commands/session.ts')).list,
  },
  {
    path: 'session show',
    operation: 'show-session',
    summary: 'command.session.show.description',
    operands: [NODE, SESSION],
    load: async () => (await import('../commands/session.ts')).show,
  },
  {
    path: 'session compact',
    operation: 'compact-session',
    summary: 'command.session.compact.description',
    operands: [NODE, SESSION],
    options: [REASON, YES],
    load: async () => (await import('../commands/session.ts')).compact,
  },
  {
    path: 'session reset',
    operation: 'reset-session',
    summary: 'command.session.reset.description',
    operands: [NODE, SESSION],
    options: [REASON, YES],
    load: async () => (await import('../commands/session.ts')).reset,
  },
  {
    path: 'session prevent',
    operation: 'prevent-overflow',
    summary: 'cli.command.session.prevent',
    operands: [NODE, SESSION],
    options: [REASON, YES],
    load: async () => (await import('../commands/session.ts')).prevent,
  },
]
