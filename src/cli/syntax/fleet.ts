import { type Command, NODE, type Option, REASON, YES } from '../command.ts'

const TAG: Option = { name: 'tag', kind: 'list', summary: 'option.tag.description' }

/** The commands on many nodes at once. */
export const fleetCommands: readonly Command[] = [
  {
    path: 'fleet versions',
    operation: 'fleet-versions',
    summary: 'command.fleet.versions.description',
    options: [TAG],
    load: async () => (await import('../commands/fleet.ts')).versions,
  },
  {
    path: 'fleet drift',
    operation: 'fleet-drift',
    summary: 'command.fleet.drift.description',
    options: [TAG],
    load: async () => (await import('../commands/fleet-looks.ts')).drift,
  },
  {
    path: 'fleet lint',
    operation: 'lint-nodes',
    summary: 'command.fleet.lint.description',
    options: [TAG],
    load: async () => (await import('../commands/fleet-looks.ts')).fleetLint,
  },
  {
    path: 'node lint',
    operation: 'lint-nodes',
    summary: 'command.node.lint.description',
    operands: [NODE],
    load: async () => (await import('../commands/fleet-looks.ts')).nodeLint,
  },
  {
    path: 'node fix',
    operation: 'fix-lint',
    summary: 'command.fleet.fix.description',
    operands: [NODE],
    options: [{ name: 'only', kind: 'list', summary: 'cli.option.only' }, REASON, YES],
    load: async () => (await import('../commands/fleet-looks.ts')).nodeFix,
  },
  {
    path: 'fleet restart',
    operation: 'fleet-restart',
    summary: 'command.fleet.restart.description',
    options: [TAG, REASON, YES],
    load: async () => (await import('../commands/fleet.ts')).restart,
  },
  {
    path: 'fleet update',
    operation: 'fleet-update',
    summary: 'command.fleet.update.description',
    options: [
      { name: 'to', kind: 'text', summary: 'option.to-version.description', required: true },
      { name: 'turn', kind: 'flag', summary: 'option.turn.description' },
      ...[TAG, REASON, YES],
    ],
    load: async () => (await import('../commands/fleet.ts')).update,
  },
  {
    path: 'fleet backup',
    operation: 'fleet-backup',
    summary: 'command.fleet.backup.description',
    options: [TAG, REASON, YES],
    load: async () => (await import('../commands/fleet.ts')).backup,
  },
  {
    path: 'fleet maintenance',
    operation: 'fleet-maintenance',
    summary: 'command.fleet.maintenance.description',
    operands: [{ name: 'set', field: 'on', summary: 'cli.operand.set', choices: ['on', 'off'] }],
    options: [
      TAG,
      REASON,
      { name: 'for', field: 'minutes', kind: 'minutes', summary: 'cli.option.maintenance-for' },
      YES,
    ],
    load: async () => (await import('../commands/fleet.ts')).maintenance,
  },
]
