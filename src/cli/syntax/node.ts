import type { NodeState } from '../../openclaw/snapshot.ts'
import { ACCEPT_HOST_KEY, ACCEPT_JUMP_KEY, type Command, NODE, type Option, REASON, YES } from '../command.ts'

const STATES = Object.keys({
  serving: true,
  'not-serving': true,
  'service-down': true,
  unreachable: true,
  unknown: true,
  maintenance: true,
  retired: true,
} satisfies Record<NodeState | 'maintenance' | 'retired', true>)

const UNIT: Option = { name: 'unit', kind: 'text', summary: 'option.unit.description' }
const UNIT_LEVEL: Option = {
  name: 'unit-level',
  kind: 'text',
  summary: 'option.unit-level.description',
  choices: ['user', 'system'],
}
const JUMP: Option = { name: 'jump', kind: 'text', summary: 'option.jump.description' }

/** The commands on nodes. */
export const nodeCommands: readonly Command[] = [
  {
    path: 'node list',
    aliases: ['node ls', 'nodes'],
    operation: 'list-nodes',
    summary: 'command.node.list.description',
    options: [
      { name: 'tag', kind: 'list', summary: 'option.tag.description' },
      { name: 'state', kind: 'text', summary: 'option.state.description', choices: STATES },
      { name: 'cached', kind: 'flag', summary: 'cli.option.cached' },
    ],
    load: async () => (await import('../commands/node-list.ts')).nodeList,
  },
  {
    path: 'node status',
    operation: 'node-status',
    summary: 'command.node.status.description',
    operands: [NODE],
    load: async () => (await import('../commands/node-status.ts')).nodeStatus,
  },
  {
    path: 'node restart',
    operation: 'restart-node',
    summary: 'command.node.restart.description',
    operands: [NODE],
    options: [{ name: 'no-drain', kind: 'flag', summary: 'cli.option.no-drain' }, REASON, YES],
    load: async () => (await import('../commands/node-restart.ts')).nodeRestart,
  },
  {
    path: 'node retire',
    operation: 'retire-node',
    summary: 'command.node.retire.description',
    operands: [NODE],
    options: [REASON, YES],
    load: async () => (await import('../commands/node-retire.ts')).nodeRetire,
  },
  {
    path: 'node unretire',
    operation: 'unretire-node',
    summary: 'command.node.unretire.description',
    operands: [{ ...NODE, suggest: 'retired-node' }],
    load: async () => (await import('../commands/node-retire.ts')).nodeUnretire,
  },
  {
    path: 'node maintenance',
    operation: 'set-maintenance',
    summary: 'command.node.maintenance.description',
    operands: [NODE, { name: 'set', summary: 'cli.operand.set', choices: ['on', 'off'] }],
    options: [{ name: 'for', kind: 'minutes', summary: 'cli.option.maintenance-for' }, REASON],
    load: async () => (await import('../commands/node-maintenance.ts')).nodeMaintenance,
  },
  {
    path: 'node logs',
    aliases: ['node log', 'logs'],
    operation: 'node-logs',
    summary: 'command.node.logs.description',
    operands: [NODE],
    options: [
      { name: 'lines', kind: 'number', short: 'n', summary: 'cli.option.lines' },
      { name: 'follow', kind: 'seconds', short: 'f', implied: '300s', summary: 'cli.option.follow' },
    ],
    load: async () => (await import('../commands/node-logs.ts')).nodeLogs,
  },
  {
    path: 'node register',
    operation: 'register-node',
    summary: 'command.node.register.description',
    operands: [
      { name: 'id', summary: 'option.id.description' },
      { name: 'host', summary: 'option.host.description' },
    ],
    options: [
      { name: 'ssh-config', kind: 'text', summary: 'cli.option.ssh-config', suggest: 'file' },
      { name: 'ssh-user', kind: 'text', summary: 'option.ssh-user.description' },
      { name: 'ssh-port', kind: 'number', summary: 'option.ssh-port.description' },
      { name: 'name', kind: 'text', summary: 'option.name.description' },
      { name: 'gateway-port', kind: 'number', summary: 'option.gateway-port.description' },
      { name: 'oc-path', kind: 'text', summary: 'option.oc-path.description' },
      UNIT,
      UNIT_LEVEL,
      JUMP,
      { name: 'tag', kind: 'list', summary: 'cli.option.tags' },
      ACCEPT_HOST_KEY,
      ACCEPT_JUMP_KEY,
      REASON,
      YES,
    ],
    load: async () => (await import('../commands/node-register.ts')).nodeRegister,
  },
  {
    path: 'node edit',
    operation: 'edit-node',
    summary: 'command.node.edit.description',
    operands: [NODE],
    options: [
      { name: 'name', kind: 'text', summary: 'option.name.description' },
      { name: 'host', kind: 'text', summary: 'option.host.description' },
      { name: 'ssh-port', kind: 'number', summary: 'option.ssh-port.description' },
      { name: 'ssh-user', kind: 'text', summary: 'option.ssh-user.description' },
      { name: 'gateway-port', kind: 'number', summary: 'option.gateway-port.description' },
      { name: 'oc-path', kind: 'text', summary: 'option.oc-path.description' },
      UNIT,
      UNIT_LEVEL,
      JUMP,
      { name: 'tag', kind: 'list', summary: 'cli.option.new-tags' },
      { name: 'force', kind: 'flag', summary: 'cli.option.force' },
      ACCEPT_HOST_KEY,
      ACCEPT_JUMP_KEY,
      REASON,
      YES,
    ],
    load: async () => (await import('../commands/node-edit.ts')).nodeEdit,
  },
  {
    path: 'node trust',
    operation: 'trust-node',
    summary: 'command.node.trust.description',
    operands: [NODE],
    options: [ACCEPT_HOST_KEY, ACCEPT_JUMP_KEY, REASON, YES],
    load: async () => (await import('../commands/node-trust.ts')).nodeTrust,
  },
  {
    path: 'node jump',
    operation: 'set-tag-jump',
    summary: 'command.node.jump.description',
    operands: [
      { name: 'tag', summary: 'option.jump-tag.description' },
      { name: 'jump', summary: 'option.jump.description' },
    ],
    options: [{ name: 'force', kind: 'flag', summary: 'cli.option.force' }, ACCEPT_JUMP_KEY, REASON, YES],
    load: async () => (await import('../commands/node-jump.ts')).nodeJump,
  },
  {
    path: 'node remove',
    operation: 'remove-node',
    summary: 'command.node.remove.description',
    operands: [NODE],
    options: [REASON, YES],
    load: async () => (await import('../commands/node-remove.ts')).nodeRemove,
  },
]
