import { compactsFrom } from '../../openclaw/compaction.ts'
import { isCompactionError } from '../../openclaw/methods/wordings.ts'
import type { ContextFacts, SessionFacts } from '../../openclaw/snapshot.ts'
import { runFigures } from '../current-run.ts'
import type { SessionHistory } from '../history.ts'
import type { Measurement } from '../signal.ts'
import { figures, usableTokens } from './session-figures.ts'

const LOOP_WINDOW = 60 * 60_000
const LOOP_COUNT = 3
/** A compaction that gained less than this share gained nothing. */
const LOOP_GAIN = 0.1
const CALM: Measurement = Object.freeze({
  level: null,
  holdLevel: null,
  cause: 'compaction-missed',
  params: {},
})

/** Passed the point where OpenClaw should have compacted; compacting for nothing; or a compaction that failed. */
export function measureCompaction(
  session: SessionFacts,
  history: SessionHistory,
  now: number,
): Measurement | null {
  if (isCompactionError(session.lastRunError))
    return {
      level: 'critical',
      holdLevel: 'critical',
      cause: 'compaction-failed',
      params: figures(session),
    }
  if (session.context.used.freshness !== 'fresh') return null
  const idle = idleCompactions(history, now)
  if (idle >= LOOP_COUNT)
    return {
      level: 'warning',
      holdLevel: 'warning',
      cause: 'compaction-looping',
      params: figures(session, { count: idle }),
    }
  if (missedTurns(session, history) === 0) return CALM
  return {
    level: 'warning',
    holdLevel: 'warning',
    cause: 'compaction-missed',
    params: figures(session, { point: pointOf(session.context) }),
  }
}

function idleCompactions({ compactions }: SessionHistory, now: number): number {
  let count = 0
  for (const { at, before, after } of compactions)
    if (now - at <= LOOP_WINDOW && before - after < before * LOOP_GAIN) count += 1
  return count
}

/** From where on OpenClaw compacts before a turn; never, as far as we know, where the window is not known. */
function pointOf({ cap, window }: ContextFacts): number {
  if (cap !== null) return cap
  return window.freshness === 'unknown' ? Number.POSITIVE_INFINITY : compactsFrom(window.value)
}

/** The cap that makes OpenClaw compact before the provider refuses; null when there is none, or none that helps. */
export function capOf(context: ContextFacts): number | null {
  const usable = usableTokens(context)
  return context.cap !== null && usable !== null && context.cap < usable ? context.cap : null
}

/**
 * How many turns since the last reset or compaction began at or past the point where OpenClaw should have compacted
 * first. Turns from before a cap was set do not count against it.
 */
export function missedTurns(session: SessionFacts, history: SessionHistory): number {
  const point = pointOf(session.context)
  if ((runFigures(history).last?.used ?? 0) < point) return 0
  const { points } = history
  const since = history.cap?.tokens === session.context.cap ? history.cap.since : 0
  let missed = 0
  for (let index = points.length - 1; index > 0; index -= 1) {
    const after = points[index]
    const before = points[index - 1]
    if (!after || !before || after.cut || after.at <= since) break
    if (before.used >= point && after.used >= point) missed += 1
    else if (after.used < point) break
  }
  return missed
}
