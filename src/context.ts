import type { Readable } from 'node:stream'
import type { NodeRecord, PinnedHostKey, RegistryPort } from '../registry/schema.ts'
import type { Clock } from './clock.ts'
import type { IncidentsPort } from './incidents/incident-desk.ts'
import type { SessionHistory } from './monitor/history.ts'
import type { RulesFile } from './monitor/thresholds.ts'
import type { NodeSnapshot } from './openclaw/snapshot.ts'
import type { ReadingSource } from './reading.ts'
import type { Redacted } from './redact.ts'
import type { TranscriptsPort } from './state/transcripts.ts'

/** Structured log. Messages are static; facts go into the fields; secrets are redacted at the sink. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Bounds of one remote call. Every call has a deadline; there is no default of "for ever". */
export interface CallLimits {
  /** Milliseconds for connect + channel + work together. */
  deadlineMs: number
  signal?: AbortSignal
  /** Bytes of stdout (and of stderr) that are kept; more ends the call with output-limit. */
  maxOutputBytes?: number
  /**
   * A person waits for this very answer: try a node again even if it was dead a moment ago. A snapshot reads what is
   * slow to ask (the version of Node.js, whether logind keeps the user) only then, or where it is known at no cost.
   */
  fresh?: boolean
}

/**
 * A command line that only the `sh` template of src/ssh/shell-quote.ts can make: every value in it is quoted.
 * `String(command)` is the masked form, safe to log.
 */
export interface ShellCommand {
  readonly shellText: string
  toString(): string
}

/** What a remote command did. `code` is null only when it ended by a signal. */
export interface ExecResult {
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
  tookMs: number
}

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

/** The only way to a node. Every method rejects with an OperatorError of a closed set and never hangs. */
export interface NodeLink {
  readonly nodeId: string
  /**
   * The whole picture: probe script and gateway, one round trip each. Never rejects for a sick node: it says so.
   * With `acceptAgeMs`, a node that served when all was read no longer ago than that is only asked whether it still
   * does and for the figures that move; every reading says when it was taken.
   */
  snapshot(limits: CallLimits & { acceptAgeMs?: number }): Promise<NodeSnapshot>
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
  download(command: ShellCommand, limits: CallLimits): Promise<Readable>
}

/** What an unknown host offered. */
export interface OfferedHostKey {
  type: string
  key: string
  fingerprint: string
}

/** Opens and pools links. */
export interface NodesPort {
  /** The link for a registered node; cheap, connects on first use. */
  link(node: NodeRecord): NodeLink
  /**
   * Reads the host key that an address offers without logging in, for approval by an admin.
   * @throws OperatorError node-unreachable, kex-unsupported, deadline
   */
  scanHostKey(address: { host: string; sshPort: number }, limits: CallLimits): Promise<OfferedHostKey>
  /** Keys from the configured known_hosts for an address. */
  knownHostKeys(address: {
    host: string
    sshPort: number
  }): readonly Omit<PinnedHostKey, 'approvedAt' | 'approvedBy'>[]
  /** A link to an address that is not in the registry yet; the caller closes it. */
  temporary(node: NodeRecord): NodeLink & { close(): Promise<void> }
  /** Drops the pooled connection of a node, for example after its address or key changed. */
  forget(nodeId: string): Promise<void>
  close(): Promise<void>
}

/** The last snapshots, in memory; what `list` answers from at once. */
export interface SnapshotCache {
  get(nodeId: string): NodeSnapshot | undefined
  set(snapshot: NodeSnapshot): void
  delete(nodeId: string): void
}

/** One line of the audit: who did what to which node, why, how it ended and how long it took. */
export interface AuditEntry {
  at: string
  operationId: string
  operation: string
  face: string
  actorId: string
  actorName: string
  nodeId: string | null
  input: Record<string, unknown>
  reason: string | null
  result: 'done' | 'partial' | 'failed' | 'unknown' | 'refused'
  errorCode: string | null
  durationMs: number
}

/** Append-only; a line is on disk when the promise resolves. */
export interface AuditPort {
  append(entry: AuditEntry): Promise<void>
}

/** Work that a crash must not forget: written before the first step, closed after the last. */
export interface JournalPort {
  begin(job: {
    operationId: string
    operation: string
    nodeId: string | null
    actorId: string
    startedAt: string
  }): Promise<void>
  end(operationId: string): Promise<void>
  /** Jobs that a previous process began and never ended: their result is unknown. */
  unfinished(): readonly {
    operationId: string
    operation: string
    nodeId: string | null
    actorId: string
    startedAt: string
  }[]
}

/** Exclusive work per node. */
export interface NodeLocks {
  /** Runs `work` holding the node, or throws OperatorError node-busy naming the operation that holds it. */
  withNode<T>(nodeId: string, operation: string, work: () => Promise<T>): Promise<T>
}

/** The monitor's thresholds, shared by the bot and the command line. */
export interface RulesPort {
  value(): RulesFile
  update(change: (rules: RulesFile) => RulesFile): Promise<RulesFile>
}

/** How the contexts developed. */
export interface HistoriesPort {
  get(nodeId: string, sessionKey: string): SessionHistory | undefined
}

/** Everything an operation may touch. */
export interface Context {
  registry: RegistryPort
  nodes: NodesPort
  snapshots: SnapshotCache
  clock: Clock
  log: Log
  audit: AuditPort
  journal: JournalPort
  locks: NodeLocks
  incidents: IncidentsPort
  rules: RulesPort
  histories: HistoriesPort
  transcripts: TranscriptsPort
  limits: OperationLimits
  /** Replaces secrets in text for people: what looks like one, and every value that was learned, such as gateway tokens. */
  redact(text: string): Redacted
  /** Fresh random ids; injected so that tests can name them. */
  newId(): string
}

/** Budgets and bounds, from the settings. All milliseconds. */
export interface OperationLimits {
  /** How long one node may take in a list. */
  listDeadlineMs: number
  statusDeadlineMs: number
  /** How long a restarted gateway may take until it serves. */
  restartDeadlineMs: number
  drainDeadlineMs: number
  confirmationMs: number
  /** How many nodes are read at once. */
  parallelNodes: number
  /** A cached row older than this is marked stale. */
  refreshIntervalMs: number
}
