import { type Command, REASON, YES } from '../command.ts'

/** The commands on the registry file. */
export const registryCommands: readonly Command[] = [
  {
    path: 'registry import',
    operation: 'import-registry',
    summary: 'cli.command.registry.import',
    operands: [{ name: 'file', summary: 'cli.operand.import-file', suggest: 'file' }],
    options: [
      {
        name: 'format',
        kind: 'text',
        summary: 'cli.option.import-format',
        choices: ['registry', 'ssh-config'],
      },
      { name: 'ssh-user', kind: 'text', summary: 'cli.option.import-user' },
      { name: 'dry-run', kind: 'flag', summary: 'cli.option.dry-run' },
      REASON,
      YES,
    ],
    load: async () => (await import('../commands/registry.ts')).importNodes,
  },
  {
    path: 'registry approve',
    operation: 'approve-known-keys',
    summary: 'cli.command.registry.approve',
    operands: [{ name: 'file', summary: 'cli.operand.known-hosts', optional: true, suggest: 'file' }],
    options: [REASON, YES],
    load: async () => (await import('../commands/registry-approve.ts')).registryApprove,
  },
  {
    path: 'registry show',
    aliases: ['registry ls'],
    operation: 'registry-show',
    summary: 'cli.command.registry.show',
    load: async () => (await import('../commands/registry.ts')).show,
  },
  {
    path: 'registry check',
    operation: 'registry-check',
    summary: 'cli.command.registry.check',
    operands: [{ name: 'file', summary: 'cli.operand.registry-file', optional: true, suggest: 'file' }],
    load: async () => (await import('../commands/registry.ts')).check,
  },
]
