import type { ReasonCode } from '../../src/base/reading.ts'
import type { NodeState } from '../../src/openclaw/snapshot.ts'
import type { NodeRow } from '../../src/operations/node-row.ts'
import type { Undo } from './faults.ts'
import type { RealNode } from './fleet.ts'
import type { Gateway } from './gateway.ts'
import type { Product } from './product.ts'

/** What a list has to show of a node. */
export interface Truth {
  readonly state: NodeState
  readonly reason: ReasonCode | readonly ReasonCode[] | null
}

export interface Row {
  readonly fault: string
  /** The nodes that it happens to. */
  readonly nodes: readonly string[]
  readonly truth: Truth
  /** What is shown of the second gateway that each of the nodes has while it lasts. */
  readonly second?: Truth
  /** Whether the product has no connection yet, as after its own start; otherwise it holds one. */
  readonly unconnected?: true
  /**
   * Set where the truth needs time to come about (a loop is one only after a few rounds) or is not looked for at every
   * list: what may be shown until then.
   */
  readonly meanwhile?: (row: NodeRow) => boolean
  readonly begin: (node: RealNode, product: Product) => Promise<Undo>
  /** What else the row has to show; null when it does not. */
  readonly also?: (row: NodeRow) => string | null
}

const notServing = ({ state }: NodeRow): boolean => state !== 'serving'

/** A gateway that starts anew: it announces itself before it serves, and is slow to answer at first. */
const startsAnew = (row: NodeRow): boolean =>
  notServing(row) || row.reason?.code === 'gateway-starting' || row.reason?.code === 'deadline'

const SERVING: Truth = { state: 'serving', reason: null }
const STOPPED: Truth = { state: 'service-down', reason: 'service-inactive' }

/** The id under which the second gateway of a node is registered while a row lasts. */
export function secondOf(name: string): string {
  return `${name}-rescue`
}

/** Gives the login of a node a second gateway and registers it beside the first, then lets one of the two go wrong. */
function withSecond(goWrong: (node: RealNode, second: Gateway) => Promise<Undo>): Row['begin'] {
  return async (node, { context }) => {
    const { second, undo } = await node.faults.secondGateway()
    const undos = [undo]
    const takeBack = async () => {
      for (const back of undos.reverse()) await back()
    }
    try {
      const { host, sshPort, sshUser, hostKeys, tags } = context.registry.get(node.name)
      const place = { host, sshPort, sshUser, hostKeys, tags, gatewayPort: second.port, ocPath: second.state }
      const id = secondOf(node.name)
      await context.registry.add({ id, name: id, ...place })
      undos.push(async () => void (await context.registry.remove(id)))
      undos.push(await goWrong(node, second))
    } catch (error) {
      await takeBack()
      throw error
    }
    return takeBack
  }
}

export const gatewayRows: readonly Row[] = [
  {
    fault: 'service stopped',
    nodes: ['boreas', 'cirrus'],
    truth: STOPPED,
    begin: ({ faults }) => faults.gatewayStopped(),
  },
  {
    fault: 'service crash-looping',
    nodes: ['boreas', 'cirrus'],
    truth: { state: 'service-down', reason: 'service-crash-looping' },
    meanwhile: notServing,
    begin: ({ faults }) => faults.gatewayCrashLooping(),
  },
  {
    fault: 'gateway frozen (SIGSTOP)',
    nodes: ['boreas', 'cirrus'],
    truth: { state: 'not-serving', reason: 'gateway-hung' },
    begin: ({ faults }) => faults.gatewayFrozen(),
  },
  {
    fault: 'gateway frozen (SIGSTOP), not connected yet',
    nodes: ['boreas', 'cirrus'],
    truth: { state: 'not-serving', reason: 'gateway-hung' },
    unconnected: true,
    begin: ({ faults }) => faults.gatewayFrozen(),
  },
  {
    fault: 'port held by another program',
    nodes: ['boreas', 'cirrus'],
    truth: { state: 'not-serving', reason: 'port-held-by-other' },
    begin: ({ faults }) => faults.portTaken(),
    also: ({ reason }) => `program ${reason?.params?.program}`,
  },
  {
    fault: 'configuration broken',
    nodes: ['boreas', 'cirrus'],
    truth: { state: 'service-down', reason: 'config-invalid' },
    meanwhile: notServing,
    begin: ({ faults }) => faults.configBroken(),
  },
  {
    fault: 'OpenClaw not installed',
    nodes: ['boreas', 'cirrus'],
    truth: { state: 'service-down', reason: 'openclaw-not-installed' },
    begin: ({ faults }) => faults.openclawMissing(),
  },
  {
    fault: 'Node.js missing from the PATH of a non-interactive shell',
    nodes: ['boreas', 'cirrus'],
    truth: SERVING,
    begin: ({ faults }) => faults.nodeOffPath(),
  },
  {
    fault: 'token rotated',
    nodes: ['boreas', 'cirrus'],
    truth: SERVING,
    begin: ({ faults }) => faults.tokenRotated(),
  },
]

/** A gateway that is well, but not where or how it usually is: it starts anew, and then it serves. */
export const placeRows: readonly Row[] = [
  {
    fault: 'gateway speaks TLS with a certificate of its own',
    nodes: ['boreas'],
    truth: SERVING,
    meanwhile: startsAnew,
    begin: ({ faults }) =>
      faults.reconfigured(({ gateway }) =>
        Object.assign(gateway, { tls: { enabled: true, autoGenerate: true } }),
      ),
  },
  {
    fault: 'gateway asks for a password',
    nodes: ['boreas', 'cirrus'],
    truth: SERVING,
    meanwhile: startsAnew,
    begin: ({ faults }) =>
      faults.reconfigured(({ gateway }) =>
        Object.assign(gateway, { auth: { mode: 'password', password: 'a pass word' } }),
      ),
  },
  {
    fault: 'gateway listens on another address',
    nodes: ['boreas', 'cirrus'],
    truth: SERVING,
    meanwhile: startsAnew,
    begin: ({ faults }) => faults.boundElsewhere(),
  },
  {
    fault: 'two gateways under one login, the first stopped',
    nodes: ['boreas', 'cirrus'],
    truth: STOPPED,
    second: SERVING,
    begin: withSecond(({ faults }) => faults.gatewayStopped()),
  },
  {
    fault: 'two gateways under one login, the second stopped',
    nodes: ['boreas', 'cirrus'],
    truth: SERVING,
    second: STOPPED,
    begin: withSecond(async (_node, second) => {
      await second.systemctl('stop')
      return async () => undefined
    }),
  },
  {
    fault: 'the registry has another port',
    nodes: ['boreas', 'cirrus'],
    truth: SERVING,
    async begin({ name }, { context }) {
      const { gatewayPort } = context.registry.get(name)
      const move = (port: number) =>
        context.registry.update(name, (record) => ({ ...record, gatewayPort: port }))
      await move(18_999)
      return async () => void (await move(gatewayPort))
    },
  },
  {
    fault: 'sessions unreadable: the token is in a secret store',
    nodes: ['boreas'],
    truth: { state: 'serving', reason: 'gateway-token-missing' },
    meanwhile: ({ state }) => state !== 'unreachable',
    begin: ({ faults }) => faults.tokenInStore(),
  },
  {
    fault: 'login shell runs no commands, not connected yet',
    nodes: ['cirrus'],
    truth: { state: 'unknown', reason: 'commands-refused' },
    unconnected: true,
    begin: ({ faults }) => faults.commandsRefused(),
  },
]

export const machineRows: readonly Row[] = [
  {
    fault: 'node powered off',
    nodes: ['cirrus'],
    truth: { state: 'unreachable', reason: ['no-route', 'connect-timeout', 'connection-lost', 'deadline'] },
    async begin({ faults, gateway }) {
      const undo = await faults.poweredOff()
      return async () => {
        await undo()
        await gateway?.waitReady()
      }
    },
  },
  {
    fault: 'link cut without RST, connection held',
    nodes: ['cirrus'],
    truth: {
      state: 'unreachable',
      reason: ['deadline', 'connection-lost', 'no-route', 'connect-timeout'],
    },
    begin: ({ faults }) => faults.linkCut(),
  },
  {
    fault: 'packets dropped, not connected yet',
    nodes: ['cirrus'],
    truth: { state: 'unreachable', reason: 'connect-timeout' },
    unconnected: true,
    begin: ({ faults }) => faults.packetsDropped(),
  },
  {
    fault: 'link with 300 ms of delay',
    nodes: ['boreas'],
    truth: SERVING,
    async begin(node, { context }) {
      const link = await node.slowLink(150)
      const { host, sshPort } = context.registry.get(node.name)
      const move = (to: { host: string; sshPort: number }) =>
        context.registry.update(node.name, (record) => ({ ...record, ...to }))
      await move({ host: link.host, sshPort: link.port })
      return async () => {
        await move({ host, sshPort })
        await link.close()
      }
    },
  },
  {
    fault: 'disk full',
    nodes: ['boreas', 'cirrus'],
    truth: SERVING,
    begin: ({ faults }) => faults.diskFull(),
    // A node that serves is read in full once in the refresh interval, and a disk only then.
    meanwhile: ({ state }) => state === 'serving',
    also: ({ diskUsedPercent: { value } }) =>
      value !== null && value > 98 ? `disk ${Math.round(value)} %` : null,
  },
  {
    fault: 'sshd silent',
    nodes: ['cirrus'],
    truth: { state: 'unreachable', reason: 'sshd-silent' },
    unconnected: true,
    begin: ({ faults }) => faults.sshdSilent(),
  },
  {
    fault: 'sshd frozen, connection held',
    nodes: ['cirrus'],
    truth: { state: 'unreachable', reason: ['deadline', 'connection-lost', 'sshd-silent'] },
    begin: ({ faults }) => faults.sshdFrozen(),
  },
  {
    fault: 'host key changed',
    nodes: ['cirrus'],
    truth: { state: 'unreachable', reason: 'host-key-changed' },
    unconnected: true,
    begin: ({ faults }) => faults.hostKeyChanged(),
  },
  {
    fault: 'sshd with post-quantum key exchange only',
    nodes: ['cirrus'],
    truth: { state: 'unreachable', reason: 'kex-unsupported' },
    unconnected: true,
    begin: ({ faults }) => faults.postQuantumOnly(),
  },
]
