import type { Duplex, Readable } from 'node:stream'
import type { JumpHost, NodeRecord, PinnedHostKey } from '../../registry/schema.ts'
import type { ReadingSource } from '../base/reading.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { ExecResult } from '../ssh/exec.ts'
import type { OfferedHostKey } from '../ssh/host-keys.ts'
import type { NodeListener } from '../ssh/node-listener.ts'
import type { ShellCommand } from '../ssh/shell-quote.ts'
import type { NodeSnapshot } from './snapshot.ts'

/** An answer of the gateway and which way it came. */
export interface RpcAnswer<T = unknown> {
  payload: T
  source: Extract<ReadingSource, 'rpc' | 'cli'>
  tookMs: number
}

/** What the gateway told at the handshake. */
export interface GatewayHello {
  protocol: 3 | 4
  serverVersion: string | null
  bootId: string | null
  methods: ReadonlySet<string>
  events: ReadonlySet<string>
  scopes: readonly string[]
  snapshot: Record<string, unknown>
}

/** An event that the gateway pushed. */
export interface GatewayEvent {
  event: string
  payload: unknown
}

/** How old what a pass does not read again may be, milliseconds. The figures that move are read in every pass. */
export interface PassAges {
  /** The disk, the sessions and whether the gateway is ready: each costs a call. */
  movingMs: number
  /** Everything else: configuration, models, agents, unit, versions. */
  restingMs: number
}

/** The only way to a node. Every method rejects with an OperatorError of a closed set and never hangs. */
export interface NodeLink {
  readonly nodeId: string
  /** Whether a connection is being opened and nothing has been heard of the host so far. */
  readonly isDialing: boolean
  /**
   * The whole picture: probe script and gateway, one round trip each. Never rejects for a sick node: it says so.
   * With `pass`, a node that served a moment ago is only asked whether it still does and for what moves; every reading
   * says when it was taken.
   */
  snapshot(limits: CallLimits & { pass?: PassAges }): Promise<NodeSnapshot>
  /** Calls a gateway method over the tunnel. @throws gateway-unreachable, gateway-auth-failed, gateway-refused, deadline */
  rpc<T = unknown>(method: string, params: object, limits: CallLimits): Promise<RpcAnswer<T>>
  /** The handshake of the live gateway connection; connects when there is none. */
  hello(limits: CallLimits): Promise<GatewayHello>
  /** Pushed events while the gateway connection lives; `closed` is called once when it ends. Returns the unsubscribe. */
  events(listener: (event: GatewayEvent) => void, closed?: () => void): () => void
  /** Runs a fixed command; data goes on stdin. A command that ends without an exit status is connection-lost. */
  exec(command: ShellCommand, limits: CallLimits & { stdin?: string | Uint8Array }): Promise<ExecResult>
  /** Runs a command for its lines as they come (a log follow); ends at the deadline, at abort or when it exits. */
  lines(command: ShellCommand, limits: CallLimits): AsyncIterable<string>
  /** Streams a command's stdout, counted; the stream errors when the command fails or the link dies. */
  download(command: ShellCommand, limits: CallLimits & { stdin?: Uint8Array }): Promise<Readable>
  /** Runs a command and streams into its stdin; a source that fails is no end of the data, though the command sees one. */
  upload(command: ShellCommand, source: Readable, limits: CallLimits): Promise<ExecResult>
  /** Listens on the node's own loopback, at a port of its choice, for as long as the connection lives. @throws forwarding-refused */
  listen(onConnection: (stream: Duplex) => void, limits: CallLimits): Promise<NodeListener>
}

/** Opens and pools links. */
export interface NodesPort {
  /** The link for a registered node; cheap, connects on first use. */
  link(node: NodeRecord): NodeLink
  /**
   * Reads the host key that an address offers without logging in there, for approval by an admin. The way leads through
   * the jump host, into which it logs in. With `type`, its key of that type.
   * @throws OperatorError node-unreachable, kex-unsupported, deadline
   */
  scanHostKey(
    address: { host: string; sshPort: number; jump?: JumpHost | null; type?: string },
    limits: CallLimits,
  ): Promise<OfferedHostKey>
  /** Logs in to a jump host and hangs up. @throws OperatorError in the name of the jump host */
  tryJump(jump: JumpHost, limits: CallLimits): Promise<void>
  /** Keys from the configured known_hosts for an address. */
  knownHostKeys(address: {
    host: string
    sshPort: number
  }): readonly Omit<PinnedHostKey, 'approvedAt' | 'approvedBy'>[]
  /** A link to an address that is not in the registry yet; the caller closes it. */
  temporary(node: NodeRecord): NodeLink & { close(): Promise<void> }
  /** Drops the pooled connection of a node, for example after its address or key changed. */
  forget(nodeId: string): Promise<void>
  /**
   * The same nodes by the key that may do everything, for what a restricted one is refused; this very port where the
   * settings name no such key. Closed with this one.
   */
  withFullKey(): NodesPort
  close(): Promise<void>
}

/** The last snapshots, in memory; what `list` answers from at once. */
export interface SnapshotCache {
  get(nodeId: string): NodeSnapshot | undefined
  set(snapshot: NodeSnapshot): void
  delete(nodeId: string): void
  /** Calls back with the node of each new or forgotten snapshot. Returns the unsubscribe. */
  onChange(listener: (nodeId: string) => void): () => void
}
