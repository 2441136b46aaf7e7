import { isOverflowError } from '../../openclaw/methods/wordings.ts'
import type { SessionFacts } from '../../openclaw/snapshot.ts'
import type { Severity } from '../conditions.ts'
import { runFigures } from '../current-run.ts'
import { forecast } from '../forecast.ts'
import type { SessionHistory } from '../history.ts'
import { type Measurement, rank, worse } from '../signal.ts'
import type { Thresholds } from '../thresholds.ts'
import { capOf, missedTurns } from './compaction.ts'
import { figures, usableTokens } from './session-figures.ts'

const MINUTE = 60_000
/** The estimate after a compaction counts the history without system prompt and tools, 13,000 tokens (both versions). */
const ESTIMATE_ERROR = 20_000
/** What is ahead (a turn, the end of the time left) holds its level until it is this much further away. */
const AHEAD_BAND = 1.5
const NOTHING: Measurement['params'] = Object.freeze({})

/** What a look knows besides the session itself. `overflowed`: a gateway event said so since the last look. */
export interface SessionLook {
  /** Epoch milliseconds. */
  at: number
  overflowed: boolean
}

/** How near a session is to the point where its next turn is refused. Null where its counter says nothing. */
export function measureContext(
  session: SessionFacts,
  history: SessionHistory,
  thresholds: Thresholds,
  look: SessionLook,
): Measurement | null {
  if (look.overflowed || isOverflowError(session.lastRunError))
    return {
      level: 'critical',
      holdLevel: 'critical',
      cause: 'context-overflow',
      params: figures(session),
      immediate: true,
    }
  const { used, usablePercent, headroom } = session.context
  // A stale counter neither raises nor clears: it has been wrong in both directions.
  if (used.freshness !== 'fresh' || usablePercent.freshness === 'unknown' || headroom.freshness === 'unknown')
    return clearedByCompaction(session, history, thresholds)
  const found =
    headroom.value <= 0
      ? full(session)
      : strongest([
          byLevel(session, usablePercent.value, thresholds),
          byHeadroom(session, headroom.value, history),
          byTimeLeft(session, usablePercent.value, history, thresholds, look.at),
        ])
  return leftToOpenClaw(session, history, found)
}

/**
 * Right after a compaction the counter is OpenClaw's own estimate. It never raises, but where even its error leaves
 * the context far below every level, what was wrong is over: the next turn may be hours away.
 */
function clearedByCompaction(
  { compactionCount, context }: SessionFacts,
  history: SessionHistory,
  at: Thresholds,
): Measurement | null {
  const { used } = context
  const usable = usableTokens(context)
  const compacted = (compactionCount ?? 0) > (history.compactionCount ?? 0)
  if (!compacted || usable === null) return null
  if (used.freshness !== 'stale' || used.reason.code !== 'counter-after-compaction') return null
  const percent = ((used.value + ESTIMATE_ERROR) / usable) * 100
  return graded(percent + at.contextBand, at) === null ? calm() : null
}

function calm(): Measurement {
  return { level: null, holdLevel: null, cause: 'context-level', params: NOTHING }
}

function full(session: SessionFacts): Measurement {
  return { level: 'critical', holdLevel: 'critical', cause: 'context-full', params: figures(session) }
}

/** The strongest of several; of equal ones the first. It holds as long as any of them does. */
function strongest(found: readonly (Measurement | null)[]): Measurement {
  let best = calm()
  let hold: Severity | null = null
  for (const one of found) {
    if (one === null) continue
    const more = rank(one.level) - rank(best.level)
    if (more > 0 || (more === 0 && rank(one.holdLevel) > rank(best.holdLevel))) best = one
    hold = worse(hold, one.holdLevel)
  }
  return best.holdLevel === hold ? best : { ...best, holdLevel: hold }
}

/**
 * Where a cap makes OpenClaw compact before the provider refuses, a high level is no danger but its plan: such a session
 * is judged by whether it compacts when it should. Once it did not, the level counts again.
 */
function leftToOpenClaw(session: SessionFacts, history: SessionHistory, found: Measurement): Measurement {
  if (rank(found.level) <= 1 && rank(found.holdLevel) <= 1) return found
  const cap = capOf(session.context)
  if (cap === null || missedTurns(session, history) > 0) return found
  const atMost = (level: Severity | null) => (level === null ? null : 'notice')
  return {
    level: atMost(found.level),
    holdLevel: atMost(found.holdLevel),
    cause: 'compaction-ahead',
    params: figures(session, { point: cap }),
  }
}

function graded(value: number, at: Thresholds): Severity | null {
  if (value >= at.contextCritical) return 'critical'
  if (value >= at.contextWarning) return 'warning'
  return value >= at.contextNotice ? 'notice' : null
}

function byLevel(session: SessionFacts, percent: number, at: Thresholds): Measurement {
  const level = graded(percent, at)
  const holdLevel = graded(percent + at.contextBand, at)
  // A fleet has thousands of calm sessions at every look.
  const params = holdLevel === null ? NOTHING : figures(session)
  return { level, holdLevel, cause: 'context-level', params }
}

/** The next turn may already be too large: known from the session's own turns. */
function byHeadroom(session: SessionFacts, headroom: number, history: SessionHistory): Measurement | null {
  const { growth } = runFigures(history)
  if (growth === null || headroom >= growth.large * AHEAD_BAND) return null
  return {
    level: headroom < growth.large ? 'warning' : null,
    holdLevel: 'warning',
    cause: 'headroom-short',
    params: figures(session, { turn: Math.round(growth.large) }),
  }
}

function byTimeLeft(
  session: SessionFacts,
  percent: number,
  history: SessionHistory,
  at: Thresholds,
  now: number,
): Measurement | null {
  const ahead = percent >= at.timeLeftFrom ? forecast(history, now) : null
  if (!ahead) return null
  const minutes = ahead.fullInMs / MINUTE
  const grade = (left: number): Severity | null =>
    left <= at.timeLeftCritical ? 'critical' : left <= at.timeLeftWarning ? 'warning' : null
  const holdLevel = grade(minutes / AHEAD_BAND)
  if (holdLevel === null) return null
  return {
    level: grade(minutes),
    holdLevel,
    cause: 'time-left',
    params: figures(session, {
      fromMinutes: Math.floor(ahead.earliestMs / MINUTE),
      toMinutes: Math.ceil(ahead.latestMs / MINUTE),
      turnsLeft: ahead.turnsLeft,
    }),
  }
}
