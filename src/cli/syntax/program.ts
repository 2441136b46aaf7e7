import { type Command, YES } from '../command.ts'
import { SHELLS } from '../shells.ts'

/** The commands on the program itself. */
export const programCommands: readonly Command[] = [
  {
    path: 'init',
    operation: 'init',
    summary: 'cli.command.init',
    options: [
      { name: 'token-file', kind: 'text', summary: 'cli.option.token-file', suggest: 'file' },
      { name: 'guild', kind: 'text', summary: 'cli.option.guild' },
      { name: 'channel', kind: 'text', summary: 'cli.option.channel' },
      { name: 'admins', kind: 'text', summary: 'cli.option.admins' },
      { name: 'ssh-key', kind: 'text', summary: 'cli.option.ssh-key', suggest: 'file' },
      { name: 'known-hosts', kind: 'text', summary: 'cli.option.known-hosts', suggest: 'file' },
      { name: 'data-dir', kind: 'text', summary: 'cli.option.data-dir', suggest: 'file' },
      { name: 'no-check', kind: 'flag', summary: 'cli.option.no-check' },
      YES,
    ],
    load: async () => (await import('../commands/init.ts')).init,
  },
  {
    path: 'start',
    operation: 'start',
    summary: 'cli.command.start',
    load: async () => (await import('../commands/start.ts')).start,
  },
  {
    path: 'doctor',
    operation: 'doctor',
    summary: 'cli.command.doctor',
    load: async () => (await import('../commands/doctor.ts')).doctor,
  },
  {
    path: 'completion',
    operation: 'completion',
    summary: 'cli.command.completion',
    operands: [{ name: 'shell', summary: 'cli.operand.shell', choices: SHELLS }],
    load: async () => (await import('../commands/completion.ts')).completion,
  },
  {
    path: 'version',
    operation: 'version',
    summary: 'cli.option.version',
    load: async () => (await import('../commands/version.ts')).version,
  },
  {
    path: 'help',
    operation: 'help',
    summary: 'cli.command.help',
    operands: [
      { name: 'group', summary: 'cli.operand.help', optional: true, suggest: 'command' },
      { name: 'command', summary: 'cli.operand.help-command', optional: true, suggest: 'command' },
    ],
    load: async () => (await import('../commands/help.ts')).help,
  },
]
