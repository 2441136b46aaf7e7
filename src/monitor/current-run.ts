import type { SessionHistory } from './history.ts'

type Points = SessionHistory['points']

/** A curve since its last reset or compaction. */
export interface CurrentRun {
  points: Points
  /** When that was, epoch milliseconds; 0 when the curve knows of none. */
  cutAt: number
  /** How much turns add, in tokens: half of them less than `median`, nine of ten less than `large`; null below three. */
  growth: { median: number; large: number } | null
}

/** A list of points never changes once it is made, and most sessions are looked at many times between two turns. */
const known = new WeakMap<Points, CurrentRun>()

/** What a curve says of the time since the session's last reset or compaction; worked out once per curve. */
export function currentRun({ points }: Pick<SessionHistory, 'points'>): CurrentRun {
  const last = known.get(points)
  if (last !== undefined) return last
  const start = points.findLastIndex((point) => point.cut)
  const own = start <= 0 ? points : points.slice(start)
  const run = { points: own, cutAt: points[start]?.at ?? 0, growth: growthOf(own) }
  known.set(points, run)
  return run
}

function growthOf(points: Points): CurrentRun['growth'] {
  const rises: number[] = []
  for (let index = 1; index < points.length; index += 1) {
    const rise = (points[index]?.used ?? 0) - (points[index - 1]?.used ?? 0)
    if (rise > 0) rises.push(rise)
  }
  if (rises.length < 3) return null
  rises.sort((a, b) => a - b)
  return { median: quantile(rises, 0.5), large: quantile(rises, 0.9) }
}

/** Linear interpolation between the two nearest ranks. */
function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share
  const low = sorted[Math.floor(position)] ?? 0
  const high = sorted[Math.ceil(position)] ?? low
  return low + (high - low) * (position - Math.floor(position))
}
