import type { Reason } from '../base/reading.ts'

/**
 * What can be wrong with a node, worst first in each group. Closed list: every code has its reason
 * (`anomaly.<code>`) and its next step (`anomaly.<code>.next`) in every language, with the parameters named there.
 */
export const ANOMALY_CODES = [
  'unreachable',
  'service-down',
  'crash-looping',
  'config-invalid',
  'not-serving',
  'port-silent',
  'context-refused',
  'context-critical',
  'context-warning',
  'context-notice',
  'disk-critical',
  'disk-warning',
  'memory-critical',
  'memory-warning',
  'load-high',
  'restarts-rising',
  'clock-skew',
  'linger-off',
  'channel-down',
  'gateway-unhealthy',
  'gateway-unreadable',
  'version-behind',
  'counters-unknown',
  'state-unknown',
] as const

export type AnomalyCode = (typeof ANOMALY_CODES)[number]
export type Severity = 'critical' | 'warning' | 'notice'

/** Something wrong, with the values behind it. */
export interface Anomaly {
  code: AnomalyCode
  severity: Severity
  params: Record<string, string | number>
  /** Why the node is in this state, where the code alone does not say it. */
  reason?: Reason
  /** Untrusted remote text, redacted and capped. */
  detail?: string
}
