import type { Forecast } from '../monitor/forecast.ts'
import type { SessionHistory } from '../monitor/history.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** What is older says nothing about what to do now. */
const LONGEST_PAST = 24 * HOUR
const SHORTEST_PAST = 10 * MINUTE
/** The future takes at most this many times the room of the past, which is what is known. */
const MOST_FUTURE = 2
const USUAL_FUTURE = 0.8
/** So much that the mark of the present does not stick to the edge. */
const LEAST_FUTURE = 0.08
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440].map((minutes) => minutes * MINUTE)
const MOST_TICKS = 6

/** A point of the picture: milliseconds from now (the past is negative) and tokens; NaN breaks a line. */
export interface ChartPoint {
  x: number
  y: number
}

/** Everything that is drawn, before it has a size or a colour. */
export interface ChartData {
  from: number
  to: number
  /** Distance of two marks of the time axis, in milliseconds; 0 is always one. */
  step: number
  top: number
  /** Steps held until the next reading; broken where the session began anew. */
  used: ChartPoint[]
  last: ChartPoint | null
  compactions: ChartPoint[]
  /** From now to the refusal: the fast, the middle and the slow edge; null without a forecast. */
  cone: { fast: ChartPoint[]; middle: ChartPoint[]; slow: ChartPoint[] } | null
}

/** Turns a history and a forecast into what is drawn. Pure. */
export function chartData(input: {
  history: SessionHistory
  window: number
  reserve: number
  forecast: Forecast | null
  now: number
}): ChartData {
  const { history, now, forecast } = input
  const first = history.points[0]
  const past = Math.min(LONGEST_PAST, Math.max(SHORTEST_PAST, now - (first?.at ?? now)))
  const used = steps(history, now)
  const last = used.at(-1) ?? null
  const refusal = Math.max(0, input.window - input.reserve)
  const ahead = forecast && last && last.y < refusal ? forecast : null
  const to = Math.max(past * LEAST_FUTURE, ahead ? Math.min(ahead.latestMs * 1.05, horizon(past, ahead)) : 0)
  const highest = Math.max(input.window, ...history.points.map((point) => point.used))
  return {
    from: -past,
    to,
    step: STEPS.find((step) => (past + to) / step <= MOST_TICKS) ?? (STEPS.at(-1) as number) * 2,
    top: highest * 1.03,
    used,
    last,
    compactions: history.compactions
      .filter(({ at }) => now - at <= past)
      .map(({ at, before }) => ({ x: at - now, y: before })),
    cone: ahead && last ? cone(ahead, last, refusal) : null,
  }
}

/** Far enough to see the middle of the forecast, and not so far that the past becomes a stripe. */
function horizon(past: number, { fullInMs }: Forecast): number {
  return Math.max(Math.min(fullInMs * 1.15, past * MOST_FUTURE), past * USUAL_FUTURE)
}

function steps(history: SessionHistory, now: number): ChartPoint[] {
  const compacted = new Set(history.compactions.map(({ at }) => at))
  const line: ChartPoint[] = []
  let held: number | null = null
  for (const { at, used, cut } of history.points) {
    const x = at - now
    if (cut && held !== null && !compacted.has(at)) line.push({ x, y: held }, { x, y: Number.NaN })
    line.push({ x, y: used })
    held = used
  }
  const seen = history.seenAt - now
  if (held !== null && seen > (line.at(-1)?.x ?? seen)) line.push({ x: seen, y: held })
  return line
}

function cone(ahead: Forecast, last: ChartPoint, refusal: number): NonNullable<ChartData['cone']> {
  const edge = (inMs: number): ChartPoint[] => [
    { x: last.x, y: last.y },
    { x: Math.max(last.x, inMs), y: Math.max(refusal, last.y) },
  ]
  return { fast: edge(ahead.earliestMs), middle: edge(ahead.fullInMs), slow: edge(ahead.latestMs) }
}
