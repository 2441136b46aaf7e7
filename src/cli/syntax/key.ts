import { type Command, NODE } from '../command.ts'

/** The commands on the key by which ocm logs in. */
export const keyCommands: readonly Command[] = [
  {
    path: 'key restrict',
    operation: 'restrict-key',
    summary: 'cli.command.key.restrict',
    operands: [NODE],
    options: [
      {
        name: 'public-key',
        kind: 'text',
        summary: 'cli.option.public-key',
        suggest: 'file',
        required: true,
      },
    ],
    load: async () => (await import('../commands/key.ts')).restrict,
  },
]
