import type { Reading, Reason } from '../base/reading.ts'

/**
 * What a node is to its users. `serving`: the gateway answered readiness or a handshake just now. `not-serving`: the
 * service runs, or something holds the port, but no gateway answers, or the one that does is being stopped.
 * `service-down`: no running service. `unreachable`: SSH did not get through. `unknown`: reached, but the facts do not
 * say.
 */
export type NodeState = 'serving' | 'not-serving' | 'service-down' | 'unreachable' | 'unknown'

/** Facts about the machine. Bytes are bytes, percentages 0 to 100. */
export interface HostFacts {
  hostname: Reading<string>
  uptimeSeconds: Reading<number>
  load: Reading<{ one: number; five: number; fifteen: number }>
  cpuCount: Reading<number>
  memory: Reading<{ totalBytes: number; availableBytes: number; usedPercent: number }>
  /** The file system that holds the login user's home (OpenClaw's state). */
  disk: Reading<{ path: string; totalBytes: number; availableBytes: number; usedPercent: number }>
  /** Node's clock minus the bot's clock, milliseconds; half the round trip is already taken off. */
  clockSkewMs: Reading<number>
}

/** Facts about the process that should be the gateway. */
export interface ServiceFacts {
  /** How the gateway is kept alive. */
  kind: Reading<'systemd-user' | 'process' | 'none'>
  unit: Reading<string>
  activeState: Reading<string>
  subState: Reading<string>
  result: Reading<string>
  exitStatus: Reading<number>
  pid: Reading<number>
  restarts: Reading<number>
  /** Epoch milliseconds by the node's clock. */
  startedAt: Reading<number>
  enabled: Reading<boolean>
  linger: Reading<boolean>
}

/** Where OpenClaw lives on the node. */
export interface InstallFacts {
  version: Reading<string>
  binary: Reading<string>
  nodeBinary: Reading<string>
  nodeVersion: Reading<string>
  configPath: Reading<string>
  configValid: Reading<boolean>
  gatewayPort: Reading<number>
}

/** One chat channel of the gateway (Discord, Telegram and so on). */
export interface ChannelFacts {
  id: string
  account: string
  /** As OpenClaw reports it; null when it does not say. */
  running: boolean | null
  connected: boolean | null
  error: string | null
}

/** What the gateway says of itself. */
export interface GatewayFacts {
  /** Protocol version agreed on: 3 or 4. */
  protocol: Reading<number>
  ready: Reading<boolean>
  uptimeMs: Reading<number>
  /** Changes with every start of the gateway. */
  bootId: Reading<string>
  health: Reading<{ ok: boolean; issues: string[] }>
  channels: Reading<ChannelFacts[]>
}

/** An agent; users say bot. */
export interface AgentFacts {
  id: string
  name: string | null
  model: string | null
  isDefault: boolean
  workspace: string | null
}

/** How full one session is. All counts are tokens. */
export interface ContextFacts {
  /** Prompt tokens of the last model call: `totalTokens`, never `inputTokens`. */
  used: Reading<number>
  window: Reading<number>
  /** Where the window was found. */
  windowFrom: 'session' | 'model' | 'config' | 'default'
  /** What the next request will ask for on top of the prompt. */
  reserve: number
  reserveFrom: 'model' | 'setting' | 'default'
  /** window − reserve − used; negative means that the next turn is refused. */
  headroom: Reading<number>
  /** used in per cent of (window − reserve); 100 is where the provider refuses. */
  usablePercent: Reading<number>
  /** used in per cent of the window. */
  windowPercent: Reading<number>
}

/** One conversation of an agent. */
export interface SessionFacts {
  key: string
  agentId: string
  sessionId: string | null
  kind: string | null
  model: string | null
  modelProvider: string | null
  /** A person's last message where OpenClaw says so; `updatedAt` is moved by heartbeats and is not activity. */
  lastInteractionAt: number | null
  startedAt: number | null
  status: string | null
  running: boolean | null
  lastRunError: string | null
  compactionCount: number | null
  archived: boolean
  context: ContextFacts
  /** Spend, kept apart from context. */
  usage: { inputTokens: number | null; outputTokens: number | null; estimatedCostUsd: number | null }
}

/** Everything that was seen of one node at one time. */
export interface NodeSnapshot {
  nodeId: string
  /** Epoch milliseconds on the bot's clock when the collection ended. */
  observedAt: number
  tookMs: number
  state: NodeState
  /** Why, for every state but `serving`; for `serving` set when something limits the view. */
  reason: Reason | null
  host: HostFacts
  service: ServiceFacts
  install: InstallFacts
  gateway: GatewayFacts
  agents: Reading<AgentFacts[]>
  sessions: Reading<SessionFacts[]>
}
