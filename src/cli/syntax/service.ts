import { type Command, type Option, YES } from '../command.ts'

const USER: Option = { name: 'user', kind: 'flag', summary: 'cli.option.service-user' }

/** The commands on the service that runs the bot. */
export const serviceCommands: readonly Command[] = [
  {
    path: 'service install',
    operation: 'install-service',
    summary: 'cli.command.service.install',
    options: [USER, { name: 'print', kind: 'flag', summary: 'cli.option.service-print' }, YES],
    load: async () => (await import('../commands/service.ts')).installService,
  },
  {
    path: 'service uninstall',
    operation: 'uninstall-service',
    summary: 'cli.command.service.uninstall',
    options: [USER, YES],
    load: async () => (await import('../commands/service.ts')).uninstallService,
  },
  {
    path: 'service status',
    operation: 'service-status',
    summary: 'cli.command.service.status',
    options: [USER],
    load: async () => (await import('../commands/service.ts')).serviceStatus,
  },
]
