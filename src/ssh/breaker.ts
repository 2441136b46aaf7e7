import { OperatorError } from '../base/errors.ts'
import type { ReasonCode } from '../base/reading.ts'
import { reasonOf } from './reason-of.ts'

/** After a refusal of ours or theirs. OpenSSH 9.8 and later penalise addresses that fail to log in; penalties add up. */
const REFUSED_AWAY_MS = 5 * 60_000
/** Even a person's own command does not try again sooner after a refusal: one failed login costs up to 5 s of penalty. */
const REFUSED_FLOOR_MS = 10_000
/** After an attempt that used up its time. */
const SLOW_AWAY_MS = { first: 15_000, most: 120_000 }
const SLOW_REASONS: ReadonlySet<ReasonCode> = new Set([
  'connect-timeout',
  'sshd-silent',
  'node-slow',
  'dns-failed',
  'alias-unknown',
])
/** After an attempt that failed at once. */
const QUICK_AWAY_MS = { first: 1_000, most: 60_000 }

/** What the failures of a node's last attempts mean for the next one. Times are monotonic milliseconds. */
export interface Away {
  error: OperatorError
  kind: 'refused' | 'slow' | 'quick'
  failures: number
  /** Until then nobody tries... */
  until: number
  /** ...but a person's own command may from here on. */
  freshFrom: number
}

/**
 * What a call should do: `try` and wait for the attempt; `probe`: fail now but let an attempt run beside it, because
 * waiting for a node that was dead a moment ago would make a sweep as slow as its deadest node; or `fail`.
 */
export type Advice = 'try' | 'probe' | 'fail'

/** Adds one failed attempt. `random` is in [0, 1) and spreads the retries of many nodes by a fifth either way. */
export function afterFailure(previous: Away | null, error: OperatorError, now: number, random: number): Away {
  const kind = kindOf(error)
  const failures = previous?.kind === kind ? previous.failures + 1 : 1
  if (kind === 'refused') {
    return { error, kind, failures, until: now + REFUSED_AWAY_MS, freshFrom: now + REFUSED_FLOOR_MS }
  }
  const { first, most } = kind === 'slow' ? SLOW_AWAY_MS : QUICK_AWAY_MS
  const wait = Math.min(most, first * 2 ** Math.min(failures - 1, 10)) * (0.8 + 0.4 * random)
  return { error, kind, failures, until: now + wait, freshFrom: now }
}

/** Whether a call may try the node. */
export function advise(away: Away | null, now: number, fresh: boolean): Advice {
  if (away === null) return 'try'
  if (now >= (fresh ? away.freshFrom : away.until)) return fresh || away.kind !== 'slow' ? 'try' : 'probe'
  return 'fail'
}

/** The error of a call that was not allowed to try: a refusal is told again, anything else is `backing-off`. */
export function awayError(node: string, away: Away, now: number): OperatorError {
  const { error } = away
  if (away.kind === 'refused') return new OperatorError(error.code, error.params, { cause: error })
  const retryInMs = Math.max(0, Math.round(away.until - now))
  return new OperatorError(
    'node-unreachable',
    { node, reason: 'backing-off', last: reasonOf(error), retryInMs },
    { cause: error },
  )
}

function kindOf(error: OperatorError): Away['kind'] {
  switch (error.code) {
    case 'auth-failed':
    case 'second-factor':
    case 'certificate-not-valid':
    case 'certificate-principal':
    case 'certificate-refused':
    case 'hardware-key-unused':
    case 'host-key-unknown':
    case 'host-key-changed':
    case 'kex-unsupported':
      return 'refused'
    default: {
      const reason = reasonOf(error)
      return SLOW_REASONS.has(reason) ? 'slow' : 'quick'
    }
  }
}
