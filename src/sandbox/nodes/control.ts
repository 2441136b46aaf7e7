import type { Clock } from '../clock.ts'
import type { OpenClawVersion } from './releases.ts'

/**
 * The control surface of the embedded nodes. The demo and the tests call the same functions. A node is reached like a
 * real one: over SSH; everything here is what happens *to* a node, or what only its owner could know.
 */

export type { OpenClawVersion }

/**
 * How a node begins. `down`: nothing listens on its SSH port. `stopped`: the service was stopped. `crash-looping`: the
 * gateway ends with status 1 shortly after each start, and the service manager starts it again.
 */
export type NodeStart = 'running' | 'stopped' | 'crash-looping' | 'down'

/** How turns go wrong: the model refuses them, nothing is heard of them, or OpenClaw has no key for the provider. */
export type TurnFlaw = 'turns-fail' | 'turns-silent' | 'no-key'
/**
 * How a release goes wrong: it ends at its start, it never gets ready, it ends shortly after it was, or it serves and its
 * turns do not.
 */
export type ReleaseFlaw = 'exits' | 'never-ready' | 'ends-later' | TurnFlaw

/** One conversation that exists when the node starts. All counts are tokens. */
export interface SessionSpec {
  /** For example `agent:main:main` or `agent:main:discord:channel:123`. */
  key: string
  /** Context size; null means that OpenClaw does not know it (as after a migration). */
  totalTokens: number | null
  /** How long before the start of the node its last turn ended; 0 when left out. */
  idleMs?: number
  /** The provider's window; 200000 when left out. */
  window?: number
  /** What the next request reserves for its answer; 34048 when left out. */
  maxTokens?: number
  /** Tokens that each turn adds. */
  growPerTurn?: number
  /** A turn runs by itself every so many milliseconds of the clock; never when left out. */
  turnEveryMs?: number
  /** False makes `totalTokens` a stale counter. */
  fresh?: boolean
  /** Tokens of the last run without cache reads; differs wildly from the context size when prompts are cached. */
  inputTokens?: number
  archived?: boolean
  /** After the provider refused a prompt, compact and try again instead of failing the turn. */
  recovers?: boolean
  /** Every compaction of this session fails: the wedged session. */
  wedged?: boolean
  /** False: after a compaction the size is unknown until the next turn. */
  compactionSizeKnown?: boolean
}

export interface AgentSpec {
  id: string
  name?: string
  /** `provider/model`; `anthropic/claude-sonnet-4-5` when left out. */
  model?: string
  sessions?: SessionSpec[]
}

/** A chat channel of the gateway. */
export interface ChannelSpec {
  /** For example `discord`. */
  id: string
  label?: string
  account?: string
  running: boolean
  connected: boolean
  lastError?: string
}

/** Messages of a channel, or of one of its accounts, that go to one agent. */
export interface BindingSpec {
  agent: string
  channel: string
  account?: string
}

/** How long the parts of a service take, milliseconds. */
export interface ServiceTimings {
  /** From the start of the process until the gateway is ready. */
  readyMs: number
  /** From SIGTERM until the process ends. */
  stopMs: number
  /** How long a stop waits for running turns: 2026.9.6 waits up to 315 s, 2026.2.17 does not. */
  drainMs: number
  /** The unit's RestartSec. */
  restartSecMs: number
  /** How long a crashing gateway lives. */
  crashAfterMs: number
  /** How long one turn, or one compaction, of an agent takes. */
  turnMs: number
  compactMs: number
  /** How long `agents.list` keeps its old answer after a change. */
  agentsSettleMs: number
  /** Between two `tick` events. */
  tickMs: number
}

export interface NodeSpec {
  id: string
  name: string
  version: OpenClawVersion
  agents: AgentSpec[]
  state?: NodeStart
  channels?: ChannelSpec[]
  bindings?: BindingSpec[]
  /** What `df` says of the home; the machine's own figures when left out. */
  disk?: { totalBytes: number; usedPercent: number }
  /** The node's clock minus the machine's clock. */
  clockSkewMs?: number
  /** Delay of every SSH packet, one way. */
  latencyMs?: number
  /** Turns that are in the middle of their work and do not end by themselves. */
  runningTurns?: number
  linger?: boolean
  /**
   * A machine on which OpenClaw was never installed: nothing in the home, an old Node.js on the PATH. What is pushed there
   * comes from `writeArchives`.
   */
  bare?: boolean
  /** The unit that runs the gateway; the one that OpenClaw writes when left out. */
  unit?: { name: string; level: 'user' | 'system' }
  timings?: Partial<ServiceTimings>
}

export interface StartNodesOptions {
  nodes: NodeSpec[]
  /** Time stamps and the rhythm of turns follow it; process start and stop take real time. */
  clock?: Clock
  /** OpenSSH public keys (`ssh-ed25519 AAAA…`) that may log in; nothing else does. */
  authorizedKeys: string[]
  /** An existing directory for the nodes' homes; a temporary one is made, and removed at the end, when left out. */
  root?: string
}

/** What a session is at this moment. */
export interface SandboxSession {
  key: string
  agentId: string
  sessionId: string
  totalTokens: number | null
  fresh: boolean
  /** Window or cap, whichever is smaller: what OpenClaw works with. */
  contextTokens: number
  window: number
  status: 'done' | 'running' | 'failed'
  lastRunError: string | null
  compactions: number
  turns: number
}

export interface NodeFacts {
  /** How often a gateway process was started. */
  starts: number
  /** Restarts that the service manager did by itself. */
  restarts: number
  pid: number | null
  bootId: string | null
  ready: boolean
  /** Commands that were run over SSH, oldest first. */
  commands: readonly string[]
  /** Commands over SSH whose process has not ended. */
  runningCommands: number
  sshConnections: number
  /** RPC methods that were called, oldest first. */
  calls: readonly string[]
  /** WebSocket connections that finished the handshake. */
  gatewayClients: number
}

/** What happens to the gateway of a node. */
export interface GatewayControl {
  /** Runs one turn that adds `tokens`; resolves when it ended, with how it ended. */
  grow(sessionKey: string, tokens: number): Promise<'done' | 'failed'>
  /** Begins a turn that does not end by itself; a restart has to wait for it or interrupt it. */
  startTurn(sessionKey?: string): void
  /** Ends the turns begun by `startTurn`. */
  endTurn(): void
  /** Stops answering while every connection stays open, as SIGSTOP does. */
  freeze(): void
  thaw(): void
  /** Ends the process without warning, as `kill -9` does; the service manager starts it again. */
  crash(): Promise<void>
  /** From now on each start ends with status 1; null makes it healthy again at the next start. */
  failStarts(exitStatus: number | null): void
  /** A release goes wrong whenever it is started here; null makes it whole. */
  spoilRelease(version: OpenClawVersion, flaw: ReleaseFlaw | null): void
  /** Writes a new token to openclaw.json; new connections need it. Returns it. */
  rotateToken(): string
  startService(): Promise<void>
  stopService(): Promise<void>
  restartService(): Promise<void>
  sessions(): SandboxSession[]
  agents(): string[]
  /** The next call of a method is refused; or does its work and then answers that it is unavailable, or nothing. */
  spoilAnswer(method: string, how: 'refused' | 'unavailable' | 'silent'): void
  /** Changes what a session is made of, for example its counter or whether it is wedged. */
  setSession(sessionKey: string, change: Partial<SessionSpec>): void
  setChannel(id: string, change: Partial<ChannelSpec>): void
  /** Writes one line to the gateway's log. */
  log(level: 'info' | 'warn' | 'error', message: string): void
  logLines(): string[]
}

/** What happens to the SSH server of a node. */
export interface SshControl {
  /**
   * The node vanishes: what is connected hears nothing more and is not told. New connections are accepted and stay
   * silent, or are refused.
   */
  goDark(newConnections?: 'silent' | 'refused'): Promise<void>
  /** Ends `goDark`. Connections from before are cut. */
  comeBack(): Promise<void>
  /** Cuts every connection with a reset. */
  dropConnections(): void
  /** A new host key from the next connection on. */
  changeHostKey(): Promise<void>
  /** Whether the node listens on its loopback for whoever is connected and asks for that: `AllowTcpForwarding remote`. */
  allowForwarding(allowed: boolean): void
  /** Delays every packet by `ms`, one way. */
  delay(ms: number): void
  /** What the login shell's start-up file prints before each command; null for nothing. */
  setShellNoise(text: string | null): void
}

/** One embedded node. */
export interface SandboxNode {
  readonly id: string
  readonly name: string
  readonly version: OpenClawVersion
  readonly host: '127.0.0.1'
  readonly sshPort: number
  readonly user: string
  /** The host key as one OpenSSH line without comment, for example `ssh-ed25519 AAAA…`. */
  readonly hostPublicKey: string
  /** `SHA256:…` as `ssh-keygen -l` prints it. */
  readonly fingerprint: string
  readonly home: string
  readonly gatewayPort: number
  readonly gateway: GatewayControl
  readonly ssh: SshControl
  facts(): NodeFacts
  close(): Promise<void>
}

/** The running fleet. */
export interface NodesSandbox {
  readonly root: string
  readonly nodes: readonly SandboxNode[]
  /** @throws Error when no node has this id */
  node(id: string): SandboxNode
  /** Ends every process, port and file of the nodes. */
  close(): Promise<void>
}
