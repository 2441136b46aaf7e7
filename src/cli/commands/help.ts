import type { Command } from '../command.ts'
import { helpAnswer } from '../help.ts'
import { nearest } from '../suggest.ts'
import { UsageError } from '../usage-error.ts'

/** `ocm help` and `ocm help <group or command>`. */
export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    path: 'help',
    operation: 'help',
    summary: 'cli.command.help',
    operands: [
      { name: 'group', summary: 'cli.operand.help', optional: true, suggest: 'command' },
      { name: 'command', summary: 'cli.operand.help-command', optional: true, suggest: 'command' },
    ],
    async run(call) {
      const { args } = call
      const path = [args.text('group'), args.text('command')].filter((word) => word !== undefined).join(' ')
      const known = commands().flatMap((command) => [command.path, command.path.split(' ')[0] ?? ''])
      if (path !== '' && !known.includes(path))
        throw new UsageError('unknown-command', { command: path }, { suggestion: nearest(path, known) })
      return helpAnswer(commands(), path, { ...call, args: { ...args, flag: () => true } })
    },
  }
}
