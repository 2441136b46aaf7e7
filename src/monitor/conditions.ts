import type { Reason } from '../base/reading.ts'

/**
 * What can be wrong, worst first in each group. Closed list, the same for a status, a list and an incident: every code
 * has its sentence (`condition.<code>`) and its next step (`condition.<code>.next`) in every language, with the
 * parameters named there. How bad it is, is not part of the code. An incident on disk names its code, so none is
 * renamed.
 */
export const CONDITION_CODES = [
  // the bot, or the node as a whole
  'bot-blind',
  'node-unreachable',
  'node-slow',
  'host-key-changed',
  'suspect-answers',
  'service-down',
  'service-missing',
  'system-service-down',
  'crash-looping',
  'config-invalid',
  'agent-deleted',
  'not-serving',
  'process-silent',
  'port-silent',
  'not-watched',
  'watch-timed-out',
  'too-many-alerts',
  // the contexts
  'context-overflow',
  'context-full',
  'context-level',
  'headroom-short',
  'time-left',
  'compaction-failed',
  'compaction-missed',
  'compaction-looping',
  'runaway',
  'compaction-ahead',
  // the machine and what runs on it
  'disk-full',
  'memory-full',
  'load-high',
  'restarts-rising',
  'clock-skew',
  'linger-off',
  'channel-down',
  'gateway-unhealthy',
  'version-behind',
  'port-moved',
  'counters-unknown',
  'state-unknown',
  // the backups
  'backups-unreadable',
  'backups-no-room',
  'backup-stale',
  'backup-unrestorable',
  'backup-failed',
  'copies-failing',
] as const

/** One of {@link CONDITION_CODES}. */
export type ConditionCode = (typeof CONDITION_CODES)[number]

/** How bad, worst first. */
export const SEVERITIES = ['critical', 'warning', 'notice'] as const
export type Severity = (typeof SEVERITIES)[number]

/** A condition that holds, with the values behind it. */
export interface Anomaly {
  code: ConditionCode
  severity: Severity
  params: Record<string, string | number>
  /** Why the node is in this state, where the code alone does not say it. */
  reason?: Reason
  /** Untrusted remote text, redacted and capped. */
  detail?: string
}
