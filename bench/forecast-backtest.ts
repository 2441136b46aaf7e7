import { pathToFileURL } from 'node:url'
import { forecast } from '../src/monitor/forecast.ts'
import type { SessionHistory } from '../src/monitor/history.ts'
import { historyAt, MINUTE, makeSeries, SHAPES } from './forecast-series.ts'

/** How the forecast did on one shape, so many minutes before the context was full. */
export interface BacktestRow {
  shape: string
  minutesBefore: number
  series: number
  /** Share of the series on which it spoke at all. */
  spoke: number
  /** Median of |forecast − truth|, in minutes. */
  medianError: number
  /** Share of the forecasts whose range held the truth. */
  covered: number
}

/** Enough that another seed changes no number of the report by much. */
export const SERIES_PER_SHAPE = 200

type Predict = (history: SessionHistory, now: number) => ReturnType<typeof forecast>

/** Runs the forecast at 60, 30 and 15 minutes before the end of seeded series of every shape. */
export function backtest(perShape: number, predict: Predict = forecast): BacktestRow[] {
  return Object.entries(SHAPES).flatMap(([shape, make]) => {
    const all = Array.from({ length: perShape }, (_, index) => makeSeries(make, index + 1))
    return [60, 30, 15].map((minutesBefore) => {
      const left = minutesBefore * MINUTE
      const told = all.flatMap((series) => {
        const moment = series.fullAt - left
        const history = historyAt(series, moment)
        const ahead = history ? predict(history, moment) : null
        return ahead ? [ahead] : []
      })
      return {
        shape,
        minutesBefore,
        series: all.length,
        spoke: told.length / all.length,
        medianError: median(told.map(({ fullInMs }) => Math.abs(fullInMs - left) / MINUTE)),
        covered: told.filter((one) => one.earliestMs <= left && left <= one.latestMs).length / told.length,
      }
    })
  })
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const rows = backtest(SERIES_PER_SHAPE)
  const percent = (share: number) => `${Math.round(share * 100)} %`
  console.log('| series | minutes before full | forecasts | median error (min) | truth in the range |')
  console.log('| --- | ---: | ---: | ---: | ---: |')
  for (const { shape, minutesBefore, spoke, medianError, covered } of rows)
    console.log(
      `| ${shape} | ${minutesBefore} | ${percent(spoke)} | ${spoke > 0 ? `${medianError.toFixed(1)} | ${percent(covered)}` : '– | –'} |`,
    )
}
