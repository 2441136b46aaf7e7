import type { SessionHistory } from './history.ts'

type Points = SessionHistory['points']

/** What every look asks of a curve, of the time since its last reset or compaction. */
export interface RunFigures {
  /** When that was, epoch milliseconds; 0 when the curve knows of none. */
  cutAt: number
  /** How much turns add, in tokens: half of them less than `median`, nine of ten less than `large`; null below three. */
  growth: { median: number; large: number } | null
  /** The newest point; null where there is none. */
  last: Points[number] | null
}

/** On a history whose points are made when they are read: what stands for them as long as they are the same. */
export const SAME_POINTS = Symbol('same points')

/** Points never change once they are made, and most sessions are looked at many times between two turns. */
const known = new WeakMap<object, RunFigures>()

/** What a curve says of the time since the session's last reset or compaction; worked out once for the same points. */
export function runFigures(history: Pick<SessionHistory, 'points'> & { [SAME_POINTS]?: object }): RunFigures {
  const key = history[SAME_POINTS] ?? history.points
  const before = known.get(key)
  if (before !== undefined) return before
  const { points } = history
  const start = startOf(points)
  const own = pointsFrom(points, start)
  const figures = { cutAt: points[start]?.at ?? 0, growth: growthOf(own), last: points.at(-1) ?? null }
  known.set(key, figures)
  return figures
}

/** The points since then. */
export function currentPoints({ points }: Pick<SessionHistory, 'points'>): Points {
  return pointsFrom(points, startOf(points))
}

function startOf(points: Points): number {
  return points.findLastIndex((point) => point.cut)
}

function pointsFrom(points: Points, start: number): Points {
  return start <= 0 ? points : points.slice(start)
}

function growthOf(points: Points): RunFigures['growth'] {
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
