import type { Context } from '../operations/context.ts'
import type { NodeRow } from '../operations/node-row.ts'

/** More than this are not told apart in the width of a row. */
const MOST_POINTS = 24

/**
 * How full the fullest session of a node was, in per cent of what is usable, oldest first; empty where that is not known.
 * Each value is of one look.
 */
export function curveOf({ histories }: Pick<Context, 'histories'>, { id, fullest }: NodeRow): number[] {
  if (fullest.value === null) return []
  const history = histories.get(id, fullest.value.sessionKey)
  if (!history || history.window === null) return []
  const usable = history.window - history.reserve
  if (usable <= 0) return []
  return history.points.slice(-MOST_POINTS).map(({ used }) => Math.round((used / usable) * 1_000) / 10)
}
