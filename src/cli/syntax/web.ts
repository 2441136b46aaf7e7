import type { Command } from '../command.ts'

/** The command on the page in a browser. */
export const webCommands: readonly Command[] = [
  {
    path: 'web login',
    operation: 'web-login',
    summary: 'command.web.login.description',
    load: async () => (await import('../commands/web.ts')).login,
  },
]
