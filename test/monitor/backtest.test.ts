import { describe, expect, it } from 'vitest'
import { type BacktestRow, backtest, SERIES_PER_SHAPE } from '../../bench/forecast-backtest.ts'
import { historyAt, MINUTE, makeSeries, SHAPES } from '../../bench/forecast-series.ts'
import { forecast } from '../../src/monitor/forecast.ts'

const rows = backtest(SERIES_PER_SHAPE)
const spoken = rows.filter(({ spoke }) => spoke > 0)
const name = ({ shape, minutesBefore }: BacktestRow) => `${shape}, ${minutesBefore} min before`
const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length

describe('the forecast, tested on series whose end is known', () => {
  it('is exact to two minutes where growth is steady', () => {
    for (const row of rows.filter(({ shape }) => shape === 'linear')) {
      expect(row.spoke).toBe(1)
      expect(row.medianError).toBeLessThan(2)
      expect(row.covered).toBe(1)
    }
  })

  it.each(spoken.map((row) => [name(row), row] as const))('keeps its promise on %s', (_name, row) => {
    expect(row.medianError).toBeLessThan(row.minutesBefore * 0.75)
    expect(row.covered).toBeGreaterThanOrEqual(0.6)
  })

  it('holds the truth in its range in eight of ten cases over all shapes, at every distance', () => {
    for (const distance of [60, 30, 15]) {
      const there = spoken.filter(({ minutesBefore }) => minutesBefore === distance)
      expect(mean(there.map(({ covered }) => covered))).toBeGreaterThanOrEqual(0.8)
    }
  })

  it('speaks before the end on every shape', () => {
    for (const row of rows.filter(({ minutesBefore }) => minutesBefore === 15))
      expect(row.spoke, row.shape).toBeGreaterThanOrEqual(0.9)
  })

  it('never claims a middle outside its own range, nor a negative time', () => {
    for (const shape of Object.values(SHAPES)) {
      const series = makeSeries(shape, 99)
      for (let moment = 10 * MINUTE; moment < series.fullAt; moment += 17 * MINUTE) {
        const history = historyAt(series, moment)
        const ahead = history && forecast(history, moment)
        if (!ahead) continue
        expect(ahead.earliestMs).toBeGreaterThanOrEqual(0)
        expect(ahead.earliestMs).toBeLessThanOrEqual(ahead.fullInMs)
        expect(ahead.fullInMs).toBeLessThanOrEqual(ahead.latestMs)
      }
    }
  })
})
