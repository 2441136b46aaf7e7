import type { RegistryPort } from '../../registry/schema.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Redacted } from '../base/redact.ts'
import type { IncidentsPort } from '../incidents/incident-desk.ts'
import type { HistoriesPort } from '../monitor/history.ts'
import type { RulesPort } from '../monitor/thresholds.ts'
import type { NodesPort, SnapshotCache } from '../openclaw/ports.ts'
import type { PackageRegistry } from '../provision/package-registry.ts'
import type { AdditionsPort } from '../provision/run-record.ts'
import type { SecretsPort } from '../provision/secrets.ts'
import type { SourcesPort } from '../provision/sources.ts'
import type { NodeLocks } from '../state/node-locks.ts'
import type { TranscriptsPort } from '../state/transcripts.ts'
import type { TokensPort } from './access-tokens.ts'
import type { ApprovalsPort } from './approvals.ts'
import type { AuditPort } from './audit.ts'
import type { BackupLimits, BackupsPort } from './backups.ts'
import type { BoardPort } from './board-record.ts'
import type { DecommissionsPort } from './decommission-journal.ts'
import type { JournalPort } from './journal.ts'
import type { RolesPort } from './roles.ts'
import type { SignInsPort } from './sign-ins.ts'
import type { AlertChannel } from './test-alerts.ts'

/** What every part of the core may use: time, a log, fresh ids, bounds. */
export interface Tools {
  clock: Clock
  log: Log
  limits: OperationLimits
  /** Replaces secrets in text for people: what looks like one, and every value that was learned, such as gateway tokens. */
  redact(text: string): Redacted
  /** Fresh random ids; injected so that tests can name them. */
  newId(): string
}

/** Which nodes there are, what was last seen of them, and the way to them. */
export interface FleetPorts {
  registry: RegistryPort
  nodes: NodesPort
  snapshots: SnapshotCache
}

/** What is measured, judged and told. */
export interface WatchPorts {
  incidents: IncidentsPort
  rules: RulesPort
  histories: HistoriesPort
  alertChannel: AlertChannel
  board: BoardPort
}

/** What keeps a run honest: alone on its node, remembered through a crash, written down. */
export interface RunPorts {
  audit: AuditPort
  journal: JournalPort
  decommissions: DecommissionsPort
  locks: NodeLocks
  approvals: ApprovalsPort
  roles: RolesPort
  /** Told of each step of what changes something, where a program reads along; those of the runs within a run, too. */
  follow?: (told: { operation: string; operationId: string; step: unknown }) => void
}

/** What makes a node of a machine: its journal, and what is brought there. */
export interface ProvisionPorts {
  additions: AdditionsPort
  secrets: SecretsPort
  sources: SourcesPort
  /** What a new node may be let ask through ocm; null for nothing. */
  registry: PackageRegistry | null
}

/** Everything an operation may touch. What needs less takes the part that it needs. */
export interface Context extends Tools, FleetPorts, WatchPorts, RunPorts {
  transcripts: TranscriptsPort
  backups: BackupsPort
  tokens: TokensPort
  signIns: SignInsPort
  provision: ProvisionPorts
}

/** Budgets and bounds, from the settings. Milliseconds unless they say otherwise. */
export interface OperationLimits {
  /** How long one node may take in a list. */
  listDeadlineMs: number
  statusDeadlineMs: number
  /** How long a restarted gateway may take until it serves. */
  restartDeadlineMs: number
  drainDeadlineMs: number
  /** How long an updated gateway must serve without a crash until the update counts. */
  updateSoakMs: number
  /** How long the one turn of an update may take until nobody knows what becomes of it. */
  updateTurnMs: number
  confirmationMs: number
  /** How many nodes are read at once. */
  parallelNodes: number
  /** A cached row older than this is marked stale. */
  refreshIntervalMs: number
  backup: BackupLimits
}
