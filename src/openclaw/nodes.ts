import { jumpName } from '../../registry/jumps.ts'
import type { JumpHost, NodeRecord, PinnedHostKey } from '../../registry/schema.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { SshPool, SshTarget } from '../ssh/ssh.ts'
import { type DeviceIdentity, loadDeviceIdentity } from './device-identity.ts'
import { type LinkOptions, OpenClawNodeLink } from './node-link.ts'
import type { NodesPort } from './ports.ts'
import { type ContextSettings, DEFAULT_CONTEXT_SETTINGS } from './sessions.ts'

/** What the port needs. */
export interface NodesOptions {
  pool: SshPool
  clock: Clock
  log: Log
  /** File of the bot's device key; made with mode 0600 on first use. */
  deviceKeyPath: string
  /** Looks an address up in the configured known_hosts. */
  knownHosts(address: {
    host: string
    sshPort: number
  }): readonly Omit<PinnedHostKey, 'approvedAt' | 'approvedBy'>[]
  /** The jump host through which a node is reached: its own or that of a tag; null for the direct way. */
  jumpOf(node: NodeRecord): JumpHost | null
  /** Which key of the pool logs in to a node; its own one where absent. */
  keyOf?(node: NodeRecord): string | null
  settings?: {
    context?: ContextSettings
    /** Milliseconds after which an unused gateway connection is closed; 5 minutes when absent. */
    gatewayIdleMs?: number
  }
  /** Is told every gateway token that is read from a node, so that no log shows it. */
  onToken?: (token: string, nodeId: string) => void
}

const GATEWAY_IDLE_MS = 300_000

interface Held {
  link: OpenClawNodeLink
  identity: string
}

/** Opens and pools the links to nodes over an SSH pool, which is closed with them. */
export function createNodes(options: NodesOptions): NodesPort {
  const { pool, clock, log, deviceKeyPath, knownHosts, jumpOf, settings, onToken } = options
  const keyOf = options.keyOf ?? (() => null)
  const held = new Map<string, Held>()
  let device: Promise<DeviceIdentity> | null = null
  let temporaries = 0
  const linkOptions: LinkOptions = {
    clock,
    settings: settings?.context ?? DEFAULT_CONTEXT_SETTINGS,
    idleMs: settings?.gatewayIdleMs ?? GATEWAY_IDLE_MS,
    ...(onToken === undefined ? {} : { onToken }),
    device() {
      device ??= loadDeviceIdentity(deviceKeyPath).catch((error) => {
        // The next connection tries again: a person may have mended the file.
        device = null
        log.error({ err: error }, 'the device key cannot be used')
        throw error
      })
      return device
    },
  }

  const port: NodesPort = {
    link(node) {
      const jump = jumpOf(node)
      const key = keyOf(node)
      const identity = identityOf(node, jump, key)
      const known = held.get(node.id)
      if (known?.identity === identity) return known.link
      known?.link.dispose()
      const link = new OpenClawNodeLink(node, pool.session(targetOf(node, node.id, jump, key)), linkOptions)
      held.set(node.id, { link, identity })
      return link
    },

    scanHostKey({ host, sshPort, jump = null, type }, limits) {
      const wanted = type === undefined ? {} : { type }
      return pool.scanHostKey({ host, port: sshPort, via: jump && wayThrough(jump), ...wanted }, limits)
    },

    tryJump(jump, limits) {
      return pool.login(wayThrough(jump), limits)
    },

    knownHostKeys: knownHosts,

    temporary(node) {
      // A name of its own, so that it never takes over the pooled connection of a registered node.
      const name = `${node.id}~${++temporaries}`
      const target = targetOf(node, name, jumpOf(node), keyOf(node))
      const link = new OpenClawNodeLink(node, pool.session(target), linkOptions)
      return Object.assign(link, {
        async close() {
          link.dispose()
          await pool.forget(name)
        },
      })
    },

    async forget(nodeId) {
      held.get(nodeId)?.link.dispose()
      held.delete(nodeId)
      await pool.forget(nodeId)
    },

    async close() {
      for (const { link } of held.values()) link.dispose()
      held.clear()
      await pool.close()
    },

    withFullKey: () => port,
  }
  return port
}

function targetOf(node: NodeRecord, name: string, jump: JumpHost | null, key: string | null): SshTarget {
  const { host, sshPort, sshUser, hostKeys } = node
  return {
    nodeId: name,
    host,
    port: sshPort,
    user: sshUser,
    hostKeys: hostKeys.map(({ type, key }) => ({ type, key })),
    via: jump && wayThrough(jump),
    key,
  }
}

function wayThrough(jump: JumpHost): SshTarget {
  const { host, port, user, hostKeys } = jump
  return {
    nodeId: jumpName(jump),
    host,
    port,
    user,
    hostKeys: hostKeys.map(({ type, key }) => ({ type, key })),
  }
}

/** Everything of a record that a link depends on; tags and names may change under it. */
function identityOf(node: NodeRecord, jump: JumpHost | null, key: string | null): string {
  const { host, sshPort, sshUser, gatewayPort, ocPath, unit, hostKeys } = node
  const keys = (of: readonly PinnedHostKey[]) => of.map(({ key }) => key)
  const way = jump && [jump.host, jump.port, jump.user, keys(jump.hostKeys)]
  return JSON.stringify([host, sshPort, sshUser, gatewayPort, ocPath, unit, keys(hostKeys), way, key])
}
