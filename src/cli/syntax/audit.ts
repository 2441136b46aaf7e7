import type { Command } from '../command.ts'

/** The commands on the audit. */
export const auditCommands: readonly Command[] = [
  {
    path: 'audit list',
    aliases: ['audit ls'],
    operation: 'list-audit',
    summary: 'command.audit.list.description',
    options: [
      { name: 'who', kind: 'text', summary: 'option.who.description' },
      { name: 'node', kind: 'text', summary: 'option.node.description', suggest: 'node' },
      { name: 'operation', kind: 'list', summary: 'option.operation.description' },
      { name: 'since', field: 'from', kind: 'minutes', summary: 'cli.option.audit-since' },
      { name: 'run', kind: 'text', summary: 'cli.option.audit-run' },
      { name: 'before', kind: 'number', summary: 'cli.option.audit-before' },
      { name: 'limit', kind: 'number', summary: 'cli.option.audit-limit' },
    ],
    load: async () => (await import('../commands/audit.ts')).list,
  },
  {
    path: 'audit verify',
    operation: 'verify-audit',
    summary: 'command.audit.verify.description',
    options: [
      { name: 'noted', kind: 'text', summary: 'option.noted.description' },
      { name: 'against', kind: 'text', summary: 'cli.option.audit-against', suggest: 'file' },
    ],
    load: async () => (await import('../commands/audit.ts')).verify,
  },
  {
    path: 'audit export',
    operation: 'export-audit',
    summary: 'command.audit.export.description',
    options: [
      { name: 'output', short: 'o', kind: 'text', summary: 'cli.option.audit-output', suggest: 'file' },
    ],
    load: async () => (await import('../commands/audit.ts')).exportLines,
  },
]
