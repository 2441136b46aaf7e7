import type { RegistryPort } from '../../registry/schema.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Redacted } from '../base/redact.ts'
import type { IncidentsPort } from '../incidents/incident-desk.ts'
import type { HistoriesPort } from '../monitor/history.ts'
import type { RulesPort } from '../monitor/thresholds.ts'
import type { NodesPort, SnapshotCache } from '../openclaw/ports.ts'
import type { AuditPort } from '../state/audit-file.ts'
import type { JournalPort } from '../state/journal-file.ts'
import type { NodeLocks } from '../state/node-locks.ts'
import type { TranscriptsPort } from '../state/transcripts.ts'

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
