import type { SessionFacts } from '../../openclaw/snapshot.ts'
import { currentPoints, runFigures } from '../current-run.ts'
import type { SessionHistory } from '../history.ts'
import type { Measurement } from '../signal.ts'
import type { Thresholds } from '../thresholds.ts'
import { figures, usableTokens } from './session-figures.ts'

/** Growth this long after a person's last message is nobody's turn. */
const UNATTENDED_AFTER = 10 * 60_000
const RUNAWAY_STEPS = 5
const CALM: Measurement = Object.freeze({ level: null, holdLevel: null, cause: 'runaway', params: {} })

/** Tokens that rise turn after turn although no person has spoken for a while. */
export function measureRunaway(
  session: SessionFacts,
  history: SessionHistory,
  at: Thresholds,
): Measurement | null {
  const { used } = session.context
  const usable = usableTokens(session.context)
  if (used.freshness !== 'fresh' || session.lastInteractionAt === null || usable === null) return null
  const since = session.lastInteractionAt + UNATTENDED_AFTER
  if ((runFigures(history).last?.at ?? 0) <= since) return CALM
  const points = currentPoints(history)
  let alone = 0
  while (alone < points.length && (points[points.length - 1 - alone]?.at ?? 0) > since) alone += 1
  if (alone < RUNAWAY_STEPS) return CALM
  // What the last turn of a person had left, or the first that was seen.
  const start = points[points.length - alone - 1] ?? points[points.length - alone]
  const rise = start ? used.value - start.used : 0
  if (rise < (usable * at.runawayShare) / 100) return CALM
  return {
    level: 'warning',
    holdLevel: 'warning',
    cause: 'runaway',
    params: figures(session, { rise, turns: alone }),
  }
}
