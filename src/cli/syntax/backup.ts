import { type Command, NODE, type Operand } from '../command.ts'

const BACKUP: Operand = { name: 'backup', summary: 'option.backup.description', optional: true }

/** The commands on copies of backups away from this machine. */
export const backupCommands: readonly Command[] = [
  {
    path: 'backup copy',
    operation: 'copy-backup',
    summary: 'command.backup.copy.description',
    operands: [NODE, BACKUP],
    options: [{ name: 'read-back', kind: 'flag', summary: 'option.read-back.description' }],
    load: async () => (await import('../commands/backup.ts')).copy,
  },
  {
    path: 'backup fetch',
    operation: 'fetch-backup',
    summary: 'command.backup.fetch.description',
    operands: [NODE, BACKUP],
    load: async () => (await import('../commands/backup.ts')).fetch,
  },
]
