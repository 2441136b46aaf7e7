import type { Maintenance, NodeRecord, PinnedHostKey } from '../../registry/schema.ts'
import type { Reading, Reason } from '../base/reading.ts'
import type { Anomaly } from '../monitor/anomalies.ts'
import type { NodeSnapshot, NodeState } from '../openclaw/snapshot.ts'

/** One node in a list. `pending` while the live answer is still to come. */
export interface NodeRow {
  id: string
  name: string
  tags: readonly string[]
  recordState: NodeRecord['state']
  /** Why it is in maintenance or retired; untrusted. */
  stateReason: string | null
  maintenance: Maintenance | null
  state: NodeState
  reason: Reason | null
  agents: Reading<number>
  sessions: Reading<number>
  /** The session that is nearest to the point where the provider refuses. */
  fullest: Reading<{ agentId: string; sessionKey: string; usablePercent: number }>
  version: Reading<string>
  uptimeSeconds: Reading<number>
  load: Reading<{ one: number; perCpu: number | null }>
  diskUsedPercent: Reading<number>
  /** Epoch ms of the snapshot behind the row; null when the node was never read. */
  observedAt: number | null
  freshness: 'live' | 'cached' | 'stale' | 'never'
  pending: boolean
  tookMs: number | null
}

/** list-nodes: rows worst first. As progress, the same shape with some rows still pending. */
export interface NodeList {
  rows: NodeRow[]
  /** Nodes hidden by the filter or by the reader's permissions. */
  hidden: number
  counts: Record<NodeState, number>
  retired: number
  maintenance: number
  pending: number
  filter: { tags: readonly string[]; state: string | null }
  /** Registered nodes in all; 0 asks for a first step instead of an empty table. */
  total: number
}

/** node-status. */
export interface NodeStatus {
  node: NodeRecord
  snapshot: NodeSnapshot
  /** Worst first. */
  anomalies: Anomaly[]
}

/** A run that a restart would interrupt. */
export interface RunningTurn {
  sessionKey: string
  agentId: string
  startedAt: number | null
}

/** What restart-node is about to do. */
export interface RestartPlan {
  nodeId: string
  nodeName: string
  state: NodeState
  reason: Reason | null
  /** unknown when the gateway cannot be asked. */
  running: Reading<RunningTurn[]>
  /** Other work the gateway reports: queued replies, cron runs, background commands. */
  otherWork: Reading<{ kind: string; count: number }[]>
  /** How the restart will be made, in the order tried. */
  method: 'systemd' | 'gateway'
  /** Whether OpenClaw can let running turns finish first. */
  canDrain: boolean
  /** Whether this restart waits for them; otherwise it interrupts them. */
  drain: boolean
  drainSeconds: number
}

/** Steps of a restart as they happen. */
export type RestartStep =
  | { step: 'checking' }
  | { step: 'draining'; running: number; waitedMs: number; limitMs: number }
  | { step: 'restarting'; method: 'systemd' | 'gateway' }
  | { step: 'waiting'; waitedMs: number; limitMs: number; reason: Reason | null }
  | { step: 'verified' }

/** restart-node. */
export interface RestartResult {
  nodeId: string
  method: 'systemd' | 'gateway'
  /** From the restart command to a serving gateway; null when it did not serve. */
  secondsToServe: number | null
  /** Turns that were still running when the restart was made. */
  interrupted: number | null
  drained: boolean
  before: { state: NodeState; bootId: string | null; pid: number | null }
  after: { state: NodeState; bootId: string | null; pid: number | null; reason: Reason | null }
  /** Redacted tail of the gateway's log when it failed; untrusted. */
  logTail: string[]
}

/** retire-node and unretire-node. */
export interface RetirePlan {
  nodeId: string
  nodeName: string
  reachable: boolean
  state: NodeState
  reason: Reason | null
  agents: Reading<string[]>
}
export interface RetireResult {
  node: NodeRecord
  /** True when the node could not be asked: its agents may still be running. */
  mayStillRun: boolean
  state: NodeState
  reason: Reason | null
}
export interface UnretireResult {
  node: NodeRecord
  state: NodeState
  reason: Reason | null
}

/** set-maintenance. */
export interface MaintenanceResult {
  node: NodeRecord
  /** Incidents of the node that are open: put aside, or taken up again with the next look. */
  openIncidents: number
}

/** node-logs. Lines are redacted and untrusted. */
export interface NodeLogs {
  nodeId: string
  lines: string[]
  source: 'journal' | 'gateway' | 'file'
  /** How many values were replaced by ***. */
  redactions: number
  followed: boolean
  endedBy: 'lines' | 'time' | 'stopped' | 'closed' | 'lost'
}

/** What register-node found out before anything is saved. */
export interface RegisterPlan {
  node: {
    id: string
    name: string
    host: string
    sshPort: number
    sshUser: string
    gatewayPort: number
    ocPath: string | null
    tags: string[]
  }
  hostKey: Omit<PinnedHostKey, 'approvedAt' | 'approvedBy'>
  /** Whether the key is already trusted by the configured known_hosts. */
  known: 'known-hosts' | 'new'
}
export type RegisterStep = { step: 'connecting' } | { step: 'probing' } | { step: 'saving' }
export interface RegisterResult {
  node: NodeRecord
  snapshot: NodeSnapshot
  anomalies: Anomaly[]
}

/** What trust-node is about to approve. */
export interface TrustPlan {
  nodeId: string
  nodeName: string
  host: string
  sshPort: number
  offered: RegisterPlan['hostKey']
  /** Fingerprints that are approved now; the offered key takes the place of all of them. */
  pinned: string[]
  /** `same` when the offered key is approved already; `known-hosts` when the configured known_hosts has it. */
  known: 'known-hosts' | 'new' | 'same'
}
export type TrustStep = { step: 'saving' } | { step: 'probing' }
export interface TrustResult {
  node: NodeRecord
  state: NodeState
  reason: Reason | null
}
