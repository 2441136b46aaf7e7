import type { AccessLevel } from '../../operations/access.ts'
import { type Command, REASON } from '../command.ts'

/** Written out: help loads words and tables, and none of the operations. */
const LEVELS = Object.keys({ viewer: true, operator: true, admin: true } satisfies Record<AccessLevel, true>)

/** The commands on the tokens of programs. */
export const tokenCommands: readonly Command[] = [
  {
    path: 'token create',
    operation: 'create-token',
    summary: 'cli.command.token.create',
    operands: [{ name: 'name', summary: 'cli.operand.token-name' }],
    options: [
      {
        name: 'level',
        kind: 'text',
        summary: 'cli.option.token-level',
        choices: LEVELS,
        required: true,
      },
      { name: 'tag', kind: 'list', summary: 'cli.option.token-tag' },
      { name: 'operation', kind: 'list', summary: 'cli.option.token-operation' },
      { name: 'for', field: 'minutes', kind: 'minutes', summary: 'cli.option.token-for' },
      REASON,
    ],
    load: async () => (await import('../commands/token.ts')).create,
  },
  {
    path: 'token list',
    aliases: ['token ls'],
    operation: 'list-tokens',
    summary: 'cli.command.token.list',
    load: async () => (await import('../commands/token.ts')).list,
  },
  {
    path: 'token revoke',
    operation: 'revoke-token',
    summary: 'cli.command.token.revoke',
    operands: [{ name: 'token', summary: 'cli.operand.token' }],
    options: [REASON],
    load: async () => (await import('../commands/token.ts')).revoke,
  },
]
