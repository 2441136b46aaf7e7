import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NONE } from '../../commands/node/tags.ts'
import type { OperationName } from '../../src/operations/index.ts'
import type { World } from './world.ts'

/** Where a step is done. */
export interface At {
  world: World
  /** The node that it is about: that of the step, or one that there is not. */
  node: string
  names: Names
}

/** What else a step is about. */
export interface Names {
  incident: string
  request: string
  tag: string
  host: string
  /** Where that host has its gateway, where it has to be said. */
  gatewayPort: number | null
  /** What a shell is told to trust, since it does not trust by being asked. */
  hostKey: string | null
}

/** One operation as it is asked for through each face. */
export interface Step {
  operation: OperationName
  /** What it is about; empty for what is about no node. */
  node: string
  /** For programs. */
  input(at: At): Record<string, unknown>
  /** Null where there is no such command. */
  discord:
    | ((at: At) => {
        command: string
        options?: Record<string, string | number | boolean>
        form?: Record<string, string>
      })
    | null
  cli: ((at: At) => string[]) | null
  /** In the words of whoever does it; only where every face takes it. */
  reason?: string
  /**
   * Whether it is asked for by somebody who may: `alike` comes to the same each time, and what `moves` tells goes on with
   * time or is made anew. Left out where it would change something.
   */
  done?: 'alike' | 'moves'
}

const none = () => ({})
const ofNode = ({ node }: At) => ({ node })

type More = Partial<Omit<Step, 'operation' | 'node'>>

/** A step on a node, whose command has the node and nothing else unless something is said. */
function onNode(operation: OperationName, node: string, command: string, more: More = {}): Step {
  return {
    operation,
    node,
    input: ofNode,
    discord: ({ node: one }) => ({ command, options: { node: one } }),
    cli: ({ node: one }) => [...command.split(' '), one],
    ...more,
  }
}

/** A step on no node in particular. */
function onFleet(operation: OperationName, command: string, more: More = {}): Step {
  return {
    operation,
    node: '',
    input: none,
    discord: () => ({ command }),
    cli: () => command.split(' '),
    ...more,
  }
}

const onSession = (operation: OperationName, node: string, key: string, command: string, more: More = {}) =>
  onNode(operation, node, command, {
    input: ({ node: one }) => ({ node: one, session: key }),
    discord: ({ node: one }) => ({ command, options: { node: one, session: key } }),
    cli: ({ node: one }) => [
      ...command.split(' '),
      one,
      key,
      ...(operation === 'show-session' ? [] : ['--yes']),
    ],
    ...more,
  })

/** A public key in a file, for the shell. */
function keyFile({ sandbox, publicKey }: World): string {
  const path = join(sandbox.folder, 'other.pub')
  writeFileSync(
    path,
    `${publicKey}
`,
    { mode: 0o600 },
  )
  return path
}

const KEY = 'agent:main:main'
/** Of these there is none. */
export const NOTHING: Names = {
  incident: 'I-999',
  request: 'nobody-asked',
  tag: 'nowhere',
  host: 'oc@127.0.0.1:1',
  gatewayPort: null,
  hostKey: null,
}

const onIncident = (operation: OperationName, verb: string, more: More = {}) =>
  onFleet(operation, `alert ${verb}`, {
    input: ({ names: { incident } }) => ({ incident }),
    discord: ({ names: { incident } }) => ({ command: `alert ${verb}`, options: { incident } }),
    cli: ({ names: { incident } }) => ['alert', verb, incident],
    ...more,
  })

const onRequest = (operation: OperationName, verb: string, more: More = {}) =>
  onFleet(operation, `approval ${verb}`, {
    input: ({ names: { request } }) => ({ request }),
    discord: ({ names: { request } }) => ({ command: `approval ${verb}`, options: { request } }),
    cli: ({ names: { request } }) => ['approval', verb, request],
    ...more,
  })

/** A change of the nodes with a tag. */
const onTag = (
  operation: OperationName,
  verb: string,
  words: readonly string[] = [],
  more: object = {},
): Step => {
  const { on, ...options } = more as { on?: boolean }
  const set = on === undefined ? {} : { set: on ? 'on' : 'off' }
  return onFleet(operation, `fleet ${verb}`, {
    input: ({ names: { tag } }) => ({ tags: [tag], reason: 'all of them', ...more }),
    discord: ({ names: { tag } }) => ({ command: `fleet ${verb}`, options: { tag, ...set, ...options } }),
    cli: ({ names: { tag } }) => ['fleet', verb, ...words, '--tag', tag, '--yes'],
    reason: 'all of them',
  })
}

/** A step on a bot of the node. */
const onBot = (operation: OperationName, verb: string, more: More = {}) =>
  onNode(operation, 'gone', `bot ${verb}`, {
    input: ({ node }) => ({ node, id: 'dev' }),
    discord: ({ node }) => ({ command: `bot ${verb}`, options: { node, bot: 'dev' } }),
    cli: ({ node }) => ['bot', verb, node, 'dev', '--yes'],
    reason: 'no longer needed',
    ...more,
  })

/** A machine that becomes a node. */
const onHost = (verb: string): More => {
  const more = (name: string, port: number | null) => (port === null ? {} : { [name]: port })
  return {
    input: ({ names: { host, gatewayPort } }) => ({
      id: 'other',
      host,
      ...more('gatewayPort', gatewayPort),
    }),
    discord: ({ names: { host, gatewayPort } }) => ({
      command: `node ${verb}`,
      options: { id: 'other', host, ...more('gateway-port', gatewayPort) },
    }),
    cli: ({ names: { host, gatewayPort, hostKey } }) => [
      ...['node', verb, 'other', host],
      ...(gatewayPort === null ? [] : ['--gateway-port', String(gatewayPort)]),
      ...trusting(hostKey),
    ],
  }
}

const trusting = (hostKey: string | null) =>
  hostKey === null ? ['--yes'] : ['--accept-host-key', hostKey, '--yes']

const yes = (command: string) => ({ cli: ({ node }: At) => [...command.split(' '), node, '--yes'] })

/** Every operation, as each face asks for it. */
export const STORY: readonly Step[] = [
  onFleet('list-nodes', 'node list', { done: 'moves' }),
  onNode('node-status', 'gone', 'node status', { done: 'moves' }),
  onNode('node-logs', 'gone', 'node logs', {
    input: ({ node }) => ({ node, lines: 5 }),
    discord: ({ node }) => ({ command: 'node logs', options: { node, lines: 5 } }),
    cli: ({ node }) => ['node', 'logs', node, '--lines', '5'],
    done: 'alike',
  }),
  onNode('list-sessions', 'gone', 'session list', { done: 'alike' }),
  onSession('show-session', 'gone', KEY, 'session show'),
  onNode('list-bots', 'gone', 'bot list', {
    input: ({ node }) => ({ node, live: true }),
    discord: ({ node }) => ({ command: 'bot list', options: { node, live: true } }),
    cli: ({ node }) => ['bot', 'list', node, '--live'],
    done: 'alike',
  }),
  onFleet('fleet-versions', 'fleet versions', { done: 'alike' }),
  onFleet('fleet-drift', 'fleet drift', { done: 'moves' }),
  onNode('lint-nodes', 'gone', 'node lint', { done: 'alike' }),
  onNode('fix-lint', 'gone', 'fleet fix', {
    cli: ({ node }) => ['node', 'fix', node, '--yes'],
    reason: 'as it was found',
  }),
  onFleet('list-incidents', 'alert list', { done: 'moves' }),
  onFleet('shift-report', 'board shift', { cli: () => ['shift'], done: 'moves' }),
  onFleet('verify-audit', 'audit verify', { done: 'moves' }),
  onFleet('list-audit', 'audit list', {
    input: () => ({ node: 'nobody', limit: 10 }),
    discord: () => ({ command: 'audit list', options: { node: 'nobody' } }),
    cli: () => ['audit', 'list', '--node', 'nobody', '--limit', '10'],
    done: 'alike',
  }),
  onFleet('export-audit', 'audit export', { discord: null, done: 'moves' }),
  onIncident('acknowledge-incident', 'ack', { done: 'alike' }),
  onIncident('snooze-incident', 'snooze', {
    input: ({ names: { incident } }) => ({ incident, minutes: 60 }),
    discord: ({ names: { incident } }) => ({ command: 'alert snooze', options: { incident, minutes: 60 } }),
    cli: ({ names: { incident } }) => ['alert', 'snooze', incident, '--for', '60m'],
    done: 'alike',
  }),
  onIncident('unsnooze-incident', 'unsnooze', { done: 'alike' }),
  onFleet('mute-alerts', 'alert mute', {
    input: () => ({ node: 'gone', minutes: 0 }),
    discord: () => ({ command: 'alert mute', options: { node: 'gone', minutes: 0 } }),
    cli: () => ['alert', 'mute', '--node', 'gone', '--for', '0m'],
    done: 'alike',
  }),
  onFleet('set-rule', 'alert rule', {
    input: () => ({ tag: 'lost', name: null }),
    discord: () => ({ command: 'alert rule', options: { tag: 'lost' } }),
    cli: () => ['alert', 'rule', '--tag', 'lost'],
  }),
  onFleet('test-alerts', 'alert test', { input: () => ({ locale: 'en' }) }),
  onFleet('set-board', 'board on', { input: () => ({ on: true }) }),
  onNode('set-maintenance', 'gone', 'node maintenance', {
    input: ({ node }) => ({ node, on: true, minutes: 60, reason: 'a new disk' }),
    discord: ({ node }) => ({ command: 'node maintenance', options: { node, set: 'on', for: 60 } }),
    cli: ({ node }) => ['node', 'maintenance', node, 'on', '--for', '60m'],
    reason: 'a new disk',
  }),
  onFleet('create-token', 'token create', { discord: null, cli: null }),
  onFleet('list-tokens', 'token list', { discord: null, cli: null }),
  onFleet('revoke-token', 'token revoke', { discord: null, cli: null }),
  onFleet('web-login', 'web login'),
  onNode('restrict-key', 'gone', 'key restrict', {
    discord: null,
    input: ({ world, node }) => ({ node, publicKey: world.publicKey }),
    cli: ({ world, node }) => ['key', 'restrict', node, '--public-key', keyFile(world)],
  }),
  onNode('restart-node', 'gone', 'node restart', { ...yes('node restart'), reason: 'a new model' }),
  onSession('compact-session', 'gone', KEY, 'session compact', { reason: 'nearly full' }),
  onSession('reset-session', 'gone', KEY, 'session reset', { reason: 'a new topic' }),
  onSession('prevent-overflow', 'gone', KEY, 'session prevent', { reason: 'for good' }),
  onBot('add-bot', 'add', {
    discord: ({ node }) => ({ command: 'bot add', options: { node, id: 'dev' } }),
  }),
  onBot('backup-bot', 'backup', { cli: ({ node }) => ['bot', 'backup', node, 'dev'] }),
  onBot('restore-bot', 'restore'),
  onBot('remove-bot', 'remove', {
    discord: ({ node }) => ({ command: 'bot remove', options: { node }, form: { id: 'dev' } }),
  }),
  onNode('backup-node', 'gone', 'node backup', { reason: 'nightly', done: 'alike' }),
  onNode('verify-backup', 'gone', 'node backup-verify', { done: 'alike' }),
  onNode('drill-backup', 'gone', 'node backup-drill', { done: 'alike' }),
  onNode('copy-backup', 'gone', 'backup copy'),
  onNode('fetch-backup', 'gone', 'backup fetch'),
  onNode('list-backups', 'gone', 'node backups', { done: 'alike' }),
  onNode('compare-backups', 'gone', 'node backup-compare', {
    input: ({ node }) => ({ node, from: 'latest' }),
    discord: ({ node }) => ({ command: 'node backup-compare', options: { node, from: 'latest' } }),
    cli: ({ node }) => ['node', 'backup-compare', node, 'latest'],
    done: 'alike',
  }),
  onNode('download-backup', 'gone', 'node backup-download', {
    cli: ({ world, node }) => [
      'node',
      'backup-download',
      node,
      '-o',
      join(world.sandbox.folder, 'copy.tar.gz'),
    ],
  }),
  onNode('delete-backup', 'gone', 'node backup-delete', {
    input: ({ node }) => ({ node, backup: 'latest' }),
    discord: ({ node }) => ({ command: 'node backup-delete', options: { node, backup: 'latest' } }),
    cli: ({ node }) => ['node', 'backup-delete', node, 'latest', '--yes'],
    reason: 'too many',
  }),
  onNode('restore-node', 'gone', 'node restore', { ...yes('node restore'), reason: 'a step back' }),
  onNode('update-node', 'gone', 'node update', {
    input: ({ node }) => ({ node, to: '2026.9.6' }),
    discord: ({ node }) => ({ command: 'node update', options: { node, to: '2026.9.6' } }),
    cli: ({ node }) => ['node', 'update', node, '--to', '2026.9.6', '--yes'],
    reason: 'the new one',
  }),
  onTag('fleet-restart', 'restart'),
  onTag('fleet-backup', 'backup'),
  onTag('fleet-maintenance', 'maintenance', ['on'], { on: true }),
  onTag('fleet-update', 'update', ['--to', '2026.9.6'], { to: '2026.9.6' }),
  onNode('edit-node', 'gone', 'node edit', {
    input: ({ node }) => ({ node, name: 'Reserve' }),
    discord: ({ node }) => ({ command: 'node edit', options: { node, name: 'Reserve' } }),
    cli: ({ node }) => ['node', 'edit', node, '--name', 'Reserve', '--yes'],
    reason: 'a better name',
  }),
  onNode('trust-node', 'gone', 'node trust', {
    cli: ({ node, names: { hostKey } }) => ['node', 'trust', node, ...trusting(hostKey)],
    reason: 'set up anew',
  }),
  onFleet('set-tag-jump', 'node jump', {
    input: () => ({ tag: 'lost', jump: null }),
    discord: () => ({ command: 'node jump', options: { tag: 'lost', jump: NONE } }),
    cli: () => ['node', 'jump', 'lost', NONE, '--yes'],
  }),
  onNode('retire-node', 'gone', 'node retire', {
    ...yes('node retire'),
    input: ({ node }) => ({ node, reason: 'for now' }),
    reason: 'for now',
  }),
  onNode('unretire-node', 'gone', 'node unretire'),
  onNode('remove-node', 'gone', 'node remove', { ...yes('node remove'), reason: 'sold' }),
  onFleet('register-node', 'node register', {
    ...onHost('register'),
  }),
  onFleet('import-registry', 'registry import', { discord: null, cli: null }),
  onFleet('approve-known-keys', 'registry approve', { discord: null, cli: null }),
  onFleet('add-node', 'node add', {
    ...onHost('add'),
  }),
  onFleet('keep-addition', 'node add-keep', {
    input: () => ({ id: 'other' }),
    discord: null,
    cli: () => ['node', 'add-keep', 'other'],
    done: 'alike',
  }),
  onFleet('undo-add-node', 'node add-undo', {
    input: () => ({ id: 'other' }),
    discord: () => ({ command: 'node add-undo', options: { id: 'other' } }),
    cli: () => ['node', 'add-undo', 'other', '--yes'],
    done: 'alike',
  }),
  onNode('decommission-node', 'gone', 'node decommission', {
    input: ({ node }) => ({ node, confirm: node, reason: 'sold' }),
    discord: ({ node }) => ({ command: 'node decommission', options: { node }, form: { id: node } }),
    cli: ({ node }) => ['node', 'decommission', node, '--confirm', node, '--yes'],
    reason: 'sold',
  }),
  onFleet('set-approval-rule', 'approval rule', {
    input: () => ({ operation: 'restart-node', tag: 'lost', minutes: null }),
    discord: () => ({
      command: 'approval rule',
      options: { operation: 'restart-node', tag: 'lost', off: true },
    }),
    cli: () => ['approval', 'rule', 'restart-node', '--tag', 'lost', '--off'],
    done: 'alike',
  }),
  onRequest('approve-request', 'approve', { done: 'alike' }),
  onRequest('refuse-request', 'refuse', { done: 'alike' }),
  onRequest('override-approval', 'emergency', {
    input: ({ names: { request } }) => ({ request, reason: 'the whole fleet is down' }),
    reason: 'the whole fleet is down',
    done: 'alike',
  }),
  onFleet('list-approvals', 'approval list', {
    input: () => ({ all: true }),
    discord: () => ({ command: 'approval list', options: { all: true } }),
    cli: () => ['approval', 'list', '--all'],
    done: 'alike',
  }),
]
