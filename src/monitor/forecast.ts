import { currentPoints, runFigures } from './current-run.ts'
import type { SessionHistory } from './history.ts'

const HOUR = 3_600_000
/** Older growth says little about what happens next. */
const LOOK_BACK = 2 * HOUR
const LEAST_POINTS = 4
const LEAST_SPAN = 5 * 60_000
const LEAST_SLICES = 3
const MOST_SLICES = 12
const SHORTEST_SLICE = 2 * 60_000
/** Growth this long ago counts half. */
const HALF_LIFE = 45 * 60_000
/** Busy times follow busy times, so slices tell less than as many independent ones. */
const NEIGHBOURS_ALIKE = 2
/** Standard deviations on either side that hold eight of ten. */
const EIGHT_OF_TEN = 1.28
/** Even a perfectly regular past does not promise the future. */
const LEAST_SPREAD = 0.15
/** What is further away than this is no forecast but an extrapolation. */
const FARTHEST = 24 * HOUR

/** How a context grows, and when it is full. Tokens, milliseconds. */
export interface Forecast {
  tokensPerHour: number
  tokensPerTurn: number
  /** Growth that nine of ten turns stay below. */
  largeTurn: number
  /** Until the provider refuses: the middle, and the range that should hold eight of ten. */
  fullInMs: number
  earliestMs: number
  latestMs: number
  turnsLeft: number
}

/**
 * When a context will be full, from its own history since the last reset or compaction; null when the data are too
 * thin, when it does not grow, or when the end is more than a day away. The middle is the pace of the last two hours,
 * the recent past counting more; the range is where eight of ten ends are expected, from how uneven the pace has been
 * and how far ahead the end is. Both are measured by a back-test over seeded series.
 */
export function forecast(history: SessionHistory, now: number): Forecast | null {
  const turns = runFigures(history).growth
  if (turns === null || history.window === null || !mayGrow(history, now)) return null
  const run = recent(currentPoints(history), now)
  const last = run.at(-1)
  const first = run[0]
  if (!first || !last || run.length < LEAST_POINTS) return null
  // A pause is part of the pace: the present counts as a look at the same value.
  const end = Math.max(history.seenAt, last.at)
  const pace = end - first.at >= LEAST_SPAN ? measurePace(run, end) : null
  if (!pace) return null
  const headroom = Math.max(0, history.window - history.reserve - last.used)
  const steady = headroom / pace.perMs
  if (steady > FARTHEST) return null
  const spread = spreadOver(pace, steady)
  // A context fills by whole turns, so its end can lie one of them off.
  const oneTurn = headroom > 0 ? (end - first.at) / (run.length - 1) : 0
  return {
    tokensPerHour: Math.round(pace.perMs * HOUR),
    tokensPerTurn: Math.round(turns.median),
    largeTurn: Math.round(turns.large),
    fullInMs: steady / Math.sqrt(pace.speedUp),
    earliestMs: Math.max(0, steady / pace.speedUp / spread - oneTurn),
    latestMs: Math.min(FARTHEST, steady * spread + oneTurn),
    turnsLeft: Math.floor(headroom / turns.median),
  }
}

/** Whether anything can be foreseen of a context; where not, that stays so until something is added to its curve. */
export function mayGrow(history: SessionHistory, now: number): boolean {
  const { growth, last } = runFigures(history)
  return growth !== null && last !== null && now - last.at <= LOOK_BACK
}

/** The points of the last two hours; they stand in the order of their times. */
function recent(points: SessionHistory['points'], now: number): SessionHistory['points'] {
  let start = points.length
  while (start > 0 && now - (points[start - 1]?.at ?? 0) <= LOOK_BACK) start -= 1
  return start === 0 ? points : points.slice(start)
}

/** How fast a context grows. */
interface Pace {
  /** Tokens per millisecond, the recent past counting more. */
  perMs: number
  /** How much faster the second half was than the first, from 1 to 2: growth that speeds up goes on doing so. */
  speedUp: number
  /** Squared coefficient of variation of the growth in one slice of time. */
  unevenness: number
  sliceMs: number
  /** How many slices of equal weight the measurement is worth. */
  slices: number
}

function measurePace(run: SessionHistory['points'], end: number): Pace | null {
  const start = run[0]?.at ?? end
  const count = Math.max(LEAST_SLICES, Math.min(MOST_SLICES, Math.floor((end - start) / SHORTEST_SLICE)))
  const sliceMs = (end - start) / count
  const growth = growthPerSlice(run, start, sliceMs, count)
  let weight = 0
  let squares = 0
  let weighted = 0
  const fade = 0.5 ** (sliceMs / HALF_LIFE)
  for (let slice = count - 1, one = 1; slice >= 0; slice -= 1, one *= fade) {
    weight += one
    squares += one * one
    weighted += one * (growth[slice] ?? 0)
  }
  const mean = weighted / weight
  if (mean <= 0) return null
  const slices = weight ** 2 / squares
  let deviation = 0
  for (let slice = count - 1, one = 1; slice >= 0; slice -= 1, one *= fade)
    deviation += one * ((growth[slice] ?? 0) - mean) ** 2
  const variance = (deviation / weight) * (slices / Math.max(1, slices - 1))
  const half = Math.floor(count / 2)
  const before = sum(growth.slice(0, half))
  const after = sum(growth.slice(count - half))
  return {
    perMs: mean / sliceMs,
    speedUp: before > 0 ? Math.min(2, Math.max(1, after / before)) : 1,
    unevenness: variance / mean ** 2,
    sliceMs,
    slices,
  }
}

/** A turn is work of the time before its end: its growth is laid over that time, at most one slice of it. */
function growthPerSlice(
  run: SessionHistory['points'],
  start: number,
  sliceMs: number,
  count: number,
): number[] {
  const growth = new Array<number>(count).fill(0)
  for (let index = 1; index < run.length; index += 1) {
    const point = run[index]
    const before = run[index - 1]
    if (!point || !before) continue
    const from = Math.max(before.at, point.at - sliceMs) - start
    const to = point.at - start
    const first = Math.min(count - 1, Math.floor(from / sliceMs))
    const border = Math.min(to, (first + 1) * sliceMs)
    const early = to > from ? (border - from) / (to - from) : 1
    const grown = point.used - before.used
    growth[first] = (growth[first] ?? 0) + grown * early
    if (early < 1 && first + 1 < count) growth[first + 1] = (growth[first + 1] ?? 0) + grown * (1 - early)
  }
  return growth
}

/**
 * The factor by which the time may be shorter or longer. The pace of the time ahead differs from the measured one
 * because few slices were measured, and because few lie ahead.
 */
function spreadOver({ unevenness, sliceMs, slices }: Pace, ahead: number): number {
  const variation = unevenness * NEIGHBOURS_ALIKE * (sliceMs / Math.max(ahead, sliceMs) + 1 / slices)
  return Math.exp(EIGHT_OF_TEN * Math.sqrt(Math.log(1 + variation) + LEAST_SPREAD ** 2))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
