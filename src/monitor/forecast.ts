import { currentRun, type SessionHistory } from './history.ts'

const HOUR = 3_600_000
/** Older growth says little about what happens next. */
const LOOK_BACK = 2 * HOUR
const LEAST_POINTS = 4
const LEAST_SPAN = 5 * 60_000
/** What is further away than this is no forecast but an extrapolation. */
const FARTHEST = 24 * HOUR

/** How a context grows, and when it is full. Tokens, milliseconds. */
export interface Forecast {
  tokensPerHour: number
  tokensPerTurn: number
  /** Growth that nine of ten turns stay below. */
  largeTurn: number
  /** Until the provider refuses: the middle, and the range from fast to slow growth. */
  fullInMs: number
  earliestMs: number
  latestMs: number
  turnsLeft: number
}

/** Growth of one turn, from the session's own turns; null when fewer than three were seen. */
export function turnGrowth(history: SessionHistory): { median: number; large: number } | null {
  const run = currentRun(history)
  const steps = run.slice(1).map((point, index) => point.used - (run[index]?.used ?? point.used))
  const rises = steps.filter((step) => step > 0)
  if (rises.length < 3) return null
  return { median: quantile(rises, 0.5), large: quantile(rises, 0.9) }
}

/**
 * When a context will be full, from its own history since the last reset or compaction; null when the data are too
 * thin, when it does not grow, or when the end is more than a day away. The slope is the median of all pairwise
 * slopes, which a single large turn does not bend; the range is their quartiles.
 */
export function forecast(history: SessionHistory, now: number): Forecast | null {
  const turns = turnGrowth(history)
  const run = currentRun(history).filter((point) => now - point.at <= LOOK_BACK)
  const last = run.at(-1)
  const first = run[0]
  if (!turns || !first || !last || history.window === null) return null
  // A pause is part of the pace: the present counts as a look at the same value.
  const looks = history.seenAt > last.at ? [...run, { at: history.seenAt, used: last.used }] : run
  if (run.length < LEAST_POINTS || (looks.at(-1)?.at ?? 0) - first.at < LEAST_SPAN) return null
  const slopes = pairwiseSlopes(looks)
  const middle = quantile(slopes, 0.5)
  const headroom = Math.max(0, history.window - history.reserve - last.used)
  if (middle <= 0) return null
  const fullInMs = headroom / middle
  if (fullInMs > FARTHEST) return null
  const slow = quantile(slopes, 0.25)
  return {
    tokensPerHour: Math.round(middle * HOUR),
    tokensPerTurn: Math.round(turns.median),
    largeTurn: Math.round(turns.large),
    fullInMs,
    earliestMs: headroom / quantile(slopes, 0.75),
    latestMs: slow > 0 ? Math.min(headroom / slow, FARTHEST) : FARTHEST,
    turnsLeft: Math.floor(headroom / turns.median),
  }
}

function pairwiseSlopes(points: readonly { at: number; used: number }[]): number[] {
  const slopes: number[] = []
  points.forEach((from, index) => {
    for (const to of points.slice(index + 1))
      if (to.at > from.at) slopes.push((to.used - from.used) / (to.at - from.at))
  })
  return slopes
}

/** Linear interpolation between the two nearest ranks. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const position = (sorted.length - 1) * share
  const low = sorted[Math.floor(position)] ?? 0
  const high = sorted[Math.ceil(position)] ?? low
  return low + (high - low) * (position - Math.floor(position))
}
