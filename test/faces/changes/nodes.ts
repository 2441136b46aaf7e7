import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { addNode } from '../../../src/operations/add-node.ts'
import type { SandboxNodeSpec } from '../../../src/sandbox/stage/start-sandbox.ts'
import { alpha, type Change, type Changes, did } from './change.ts'

const OTHER = 'other'
/** A node, and a machine that nobody has registered. */
export const NODES: SandboxNodeSpec[] = [
  alpha(),
  alpha({ id: OTHER, name: OTHER, tags: [], registered: false, agents: [], bare: true }),
]

/** Where that machine is. */
const other: NonNullable<Change['before']> = async ({ sandbox }) => {
  const { host, sshPort, user, gatewayPort, fingerprint } = sandbox.nodes.node(OTHER)
  mkdirSync(join(sandbox.folder, 'secrets'), { recursive: true })
  return { host: `${user}@${host}:${sshPort}`, gatewayPort, hostKey: fingerprint }
}

/** What is done to machines, and what is known of them. */
export const NODE_CHANGES: Changes = {
  'restart-node': {},
  'fleet-restart': {},
  'fleet-maintenance': {},
  'set-maintenance': {},
  'edit-node': {},
  'retire-node': {},
  'unretire-node': {},
  'set-tag-jump': {
    // Nodes behind it there are none: an embedded node forwards to its own gateway alone.
    before: other,
    step: {
      input: ({ names: { host } }) => ({ tag: 'spare', jump: host }),
      discord: ({ names: { host } }) => ({ command: 'node jump', options: { tag: 'spare', jump: host } }),
      cli: ({ names: { host, hostKey } }) => [
        ...['node', 'jump', 'spare', host, '--accept-jump-key', hostKey ?? '', '--yes'],
      ],
    },
  },
  'undo-add-node': {
    async before(world, face) {
      const { host, gatewayPort } = (await other(world, face)) ?? {}
      world.sandbox.nodes.node(OTHER).gateway.failStarts(1)
      await did(world, addNode, { id: OTHER, host, gatewayPort })
      world.sandbox.nodes.node(OTHER).gateway.failStarts(null)
      return undefined
    },
  },
  'add-node': { before: other },
  'remove-node': { node: OTHER },
  'register-node': { before: other },
  'decommission-node': { node: OTHER },
  'trust-node': {
    async before({ sandbox }) {
      const node = sandbox.nodes.node('alpha')
      await node.ssh.changeHostKey()
      node.ssh.dropConnections()
      return { hostKey: node.fingerprint }
    },
  },
}
