import type { Command } from '../command.ts'

/** The commands on how the fleet stands as a whole. */
export const boardCommands: readonly Command[] = [
  {
    path: 'board',
    operation: 'set-board',
    summary: 'cli.board',
    operands: [{ name: 'set', field: 'on', summary: 'cli.operand.board', choices: ['on', 'off'] }],
    options: [{ name: 'channel', kind: 'text', summary: 'cli.option.board-channel' }],
    load: async () => (await import('../commands/board.ts')).board,
  },
  {
    path: 'shift',
    operation: 'shift-report',
    summary: 'command.board.shift.description',
    load: async () => (await import('../commands/board.ts')).shift,
  },
]
