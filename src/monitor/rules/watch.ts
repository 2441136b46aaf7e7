import type { ReasonCode } from '../../base/reading.ts'
import type { NodeSnapshot } from '../../openclaw/snapshot.ts'
import type { Measurement } from '../signal.ts'

/** Reasons that mean "not in time" and say nothing about whether ocm may read. */
const TIMED_OUT: ReadonlySet<ReasonCode> = new Set([
  'deadline',
  'gateway-hung',
  'gateway-busy',
  'gateway-starting',
])
/** Reasons that lie with whoever asked. */
const NOT_ASKED: ReadonlySet<ReasonCode> = new Set(['cancelled', 'not-read-yet'])

/**
 * Whether the contexts of a node are watched: a gateway that serves and whose sessions cannot be read works on without
 * anybody seeing how full they are. Null where nothing serves, which is a condition of its own.
 */
export function measureWatch({ state, sessions, nodeId }: NodeSnapshot): Measurement | null {
  if (state !== 'serving') return null
  const params = { node: nodeId }
  if (sessions.freshness !== 'unknown') return { level: null, holdLevel: null, cause: 'not-watched', params }
  const { reason } = sessions
  if (NOT_ASKED.has(reason.code)) return null
  const cause = TIMED_OUT.has(reason.code) ? 'watch-timed-out' : 'not-watched'
  return { level: 'warning', holdLevel: 'warning', cause, params, reason }
}

/** What is worth a word to whoever looks at the sessions, but calls nobody: counters that nothing can be told from. */
export function counterRemarks({ sessions }: NodeSnapshot): Measurement[] {
  if (sessions.freshness === 'unknown') return []
  let count = 0
  for (const { archived, context } of sessions.value)
    if (!archived && context.used.freshness !== 'fresh') count += 1
  return count === 0
    ? []
    : [{ level: 'notice', holdLevel: 'notice', cause: 'counters-unknown', params: { count } }]
}
