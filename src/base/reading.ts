/** Where an observation came from, best first. */
export type ReadingSource = 'rpc' | 'cli' | 'store-file' | 'probe' | 'ssh' | 'registry'

/**
 * Why a value is unknown or stale, or why a node is in its state. The list is closed: each code has a text in
 * every language (`reason.<code>` in src/text) and the parameters named there.
 */
export const REASON_CODES = [
  // reaching the node
  'connect-timeout',
  'connect-refused',
  'no-route',
  'dns-failed',
  'alias-unknown',
  'auth-failed',
  'second-factor',
  'certificate-not-valid',
  'certificate-principal',
  'certificate-refused',
  'hardware-key-unused',
  'commands-refused',
  'command-failed',
  'key-unusable',
  'host-key-unknown',
  'host-key-changed',
  'kex-unsupported',
  'sshd-silent',
  'node-slow',
  'connection-dropped',
  'connection-lost',
  'backing-off',
  'jump-unreachable',
  'jump-cannot-connect',
  'jump-forbids',
  'deadline',
  'output-limit',
  'cancelled',
  // the service and the gateway
  'service-inactive',
  'service-failed',
  'service-starting',
  'service-stopping',
  'service-crash-looping',
  'service-not-installed',
  'config-invalid',
  'config-missing',
  'agent-deleted',
  'openclaw-not-installed',
  'node-runtime-missing',
  'port-silent',
  'port-held-by-other',
  'gateway-starting',
  'gateway-not-ready',
  'gateway-hung',
  'gateway-busy',
  'gateway-auth-failed',
  'gateway-token-missing',
  'gateway-protocol',
  'gateway-error',
  'over-budget',
  // single values
  'not-reported',
  'not-read-yet',
  'not-supported',
  'parse-failed',
  'permission-denied',
  'file-missing',
  'no-systemd',
  'bus-unavailable',
  'from-cache',
  'gateway-offline',
  'counter-stale',
  'counter-missing',
  'counter-equals-window',
  'counter-is-input',
  'counter-after-compaction',
  'counter-before-compaction',
  'window-assumed',
  'node-retired',
  'backups-unreadable',
  'write-failed',
] as const

/** One of {@link REASON_CODES}. */
export type ReasonCode = (typeof REASON_CODES)[number]

/** A reason as data. `detail` is remote text: untrusted, already redacted and capped, shown only when quoted. */
export interface Reason {
  code: ReasonCode
  params?: Record<string, string | number>
  detail?: string
}

/**
 * One observation: what, from where, when, and how far it can be trusted. `limitedTo`: there is more than a node may
 * have of it, and only so many were taken in.
 */
export type Reading<T> =
  | { freshness: 'fresh'; value: T; source: ReadingSource; observedAt: number; limitedTo?: number }
  | {
      freshness: 'stale'
      value: T
      source: ReadingSource
      observedAt: number
      reason: Reason
      limitedTo?: number
    }
  | { freshness: 'unknown'; value: null; source: ReadingSource | null; observedAt: number; reason: Reason }

/** A reading that was just taken. `observedAt` is epoch milliseconds on the bot's clock. */
export function fresh<T>(value: T, source: ReadingSource, observedAt: number): Reading<T> {
  return { freshness: 'fresh', value, source, observedAt }
}

/** A reading whose value may no longer hold. */
export function stale<T>(value: T, source: ReadingSource, observedAt: number, reason: Reason): Reading<T> {
  return { freshness: 'stale', value, source, observedAt, reason }
}

/** The absence of a value, with its reason. */
export function unknown<T>(
  reason: Reason,
  observedAt: number,
  source: ReadingSource | null = null,
): Reading<T> {
  return { freshness: 'unknown', value: null, source, observedAt, reason }
}

/**
 * The items of a list that was read, to do something with each of them; none where it was not read. Never for a count,
 * and never to say that there are none: for that the reading itself has to be looked at.
 */
export function itemsOf<T>(reading: Reading<readonly T[]>): readonly T[] {
  return reading.value ?? []
}

/** Applies `change` to the value of a reading and keeps its source, age, freshness and limit. */
export function mapReading<T, U>(reading: Reading<T>, change: (value: T) => U): Reading<U> {
  const { freshness, source, observedAt } = reading
  if (freshness === 'unknown') return reading
  const value = change(reading.value)
  const mapped =
    freshness === 'fresh'
      ? fresh(value, source, observedAt)
      : stale(value, source, observedAt, reading.reason)
  return reading.limitedTo === undefined ? mapped : limited(mapped, reading.limitedTo)
}

/** Says that only `count` of more were taken in. */
export function limited<T>(reading: Reading<T>, count: number): Reading<T> {
  return reading.freshness === 'unknown' ? reading : { ...reading, limitedTo: count }
}
