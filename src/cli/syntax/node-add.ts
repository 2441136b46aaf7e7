import { ACCEPT_HOST_KEY, type Command, type Operand, REASON, YES } from '../command.ts'

const ID: Operand = { name: 'id', summary: 'option.id.description' }

/** The commands on machines that become nodes. */
export const additionCommands: readonly Command[] = [
  {
    path: 'node add',
    operation: 'add-node',
    summary: 'command.node.add.description',
    operands: [ID, { name: 'host', summary: 'option.host.description', optional: true }],
    options: [
      { name: 'ssh-user', kind: 'text', summary: 'option.ssh-user.description' },
      { name: 'ssh-port', kind: 'number', summary: 'option.ssh-port.description' },
      { name: 'name', kind: 'text', summary: 'option.name.description' },
      { name: 'gateway-port', kind: 'number', summary: 'option.gateway-port.description' },
      { name: 'openclaw', field: 'version', kind: 'text', summary: 'option.version.description' },
      { name: 'model', kind: 'text', summary: 'option.model.description' },
      { name: 'secret', kind: 'text', summary: 'option.secret.description' },
      { name: 'tag', kind: 'list', summary: 'cli.option.tags' },
      { name: 'dry-run', kind: 'flag', summary: 'cli.option.dry-run' },
      ACCEPT_HOST_KEY,
      REASON,
      YES,
    ],
    load: async () => (await import('../commands/node-add.ts')).nodeAdd,
  },
  {
    path: 'node add-keep',
    operation: 'keep-addition',
    summary: 'cli.command.node.add-keep',
    operands: [ID],
    options: [REASON],
    load: async () => (await import('../commands/node-add.ts')).nodeAddKeep,
  },
  {
    path: 'node add-undo',
    operation: 'undo-add-node',
    summary: 'command.node.add-undo.description',
    operands: [ID],
    options: [REASON, YES],
    load: async () => (await import('../commands/node-add.ts')).nodeAddUndo,
  },
]
