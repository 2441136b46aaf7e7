import { nearest } from '../../base/nearest.ts'
import type { Answer, Call } from '../command.ts'
import { helpAnswer } from '../help.ts'
import { UsageError } from '../usage-error.ts'

/** `ocm help` and `ocm help <group or command>`. @throws UsageError unknown-command */
export async function help(call: Call): Promise<Answer> {
  const { args, commands } = call
  const path = [args.text('group'), args.text('command')].filter((word) => word !== undefined).join(' ')
  const known = commands.flatMap((command) => [command.path, command.path.split(' ')[0] ?? ''])
  if (path !== '' && !known.includes(path))
    throw new UsageError('unknown-command', { command: path }, { suggestion: nearest(path, known) })
  return helpAnswer(path, { ...call, args: { ...args, flag: () => true } })
}
