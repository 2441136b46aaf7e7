import { describe, expect, it } from 'vitest'
import { timeLabel, timeTicks } from '../../src/chart/axes.ts'
import { chartData } from '../../src/chart/chart-data.ts'
import type { Forecast } from '../../src/monitor/forecast.ts'
import { chartInput, history, MINUTE, NOW } from './chart-input.ts'

const ahead: Forecast = {
  tokensPerHour: 60_000,
  tokensPerTurn: 2_000,
  largeTurn: 4_000,
  fullInMs: 30 * MINUTE,
  earliestMs: 20 * MINUTE,
  latestMs: 50 * MINUTE,
  turnsLeft: 15,
}

function data(seen: ReturnType<typeof history>, forecast: Forecast | null = null) {
  return chartData({ history: seen, window: 200_000, reserve: 34_048, forecast, now: NOW })
}

describe('the data of the chart', () => {
  it('counts time from now and holds the last reading up to when it was last seen', () => {
    const { used, from, last } = data(
      history([
        [-60, 20_000],
        [-30, 50_000],
        [-10, 50_000],
      ]),
    )
    expect(from).toBe(-60 * MINUTE)
    expect(used).toEqual([
      { x: -60 * MINUTE, y: 20_000 },
      { x: -30 * MINUTE, y: 50_000 },
      { x: -10 * MINUTE, y: 50_000 },
    ])
    expect(last).toEqual({ x: -10 * MINUTE, y: 50_000 })
  })

  it('breaks the line where a session began anew, and drops without a break at a compaction', () => {
    const renewed = data(
      history([
        [-40, 90_000],
        [-20, 15_000, { sessionId: 's-2' }],
      ]),
    )
    expect(renewed.used.filter(({ y }) => Number.isNaN(y))).toHaveLength(1)
    expect(renewed.compactions).toEqual([])
    const compacted = data(
      history([
        [-40, 170_000],
        [-20, 40_000, { compactionCount: 1 }],
      ]),
    )
    expect(compacted.used.some(({ y }) => Number.isNaN(y))).toBe(false)
    expect(compacted.compactions).toEqual([{ x: -20 * MINUTE, y: 170_000 }])
  })

  it('opens the forecast from the last reading to the line at which the provider refuses', () => {
    const { cone, to } = data(
      history([
        [-40, 90_000],
        [0, 120_000],
      ]),
      ahead,
    )
    expect(cone?.fast.at(-1)).toEqual({ x: 20 * MINUTE, y: 165_952 })
    expect(cone?.slow.at(-1)).toEqual({ x: 50 * MINUTE, y: 165_952 })
    expect(to).toBeGreaterThan(30 * MINUTE)
  })

  it('has no forecast once the line is passed, and none without a reading', () => {
    expect(
      data(
        history([
          [-40, 90_000],
          [0, 170_000],
        ]),
        ahead,
      ).cone,
    ).toBeNull()
    expect(data(history([]), ahead).cone).toBeNull()
  })

  it('shows a counter above the window inside the picture', () => {
    expect(data(history([[0, 230_000]])).top).toBeGreaterThan(230_000)
  })

  it.each([1, 9, 45, 170, 700, 1_400, 9_000])(
    'marks %i minutes of history with now and at most eight labels',
    (minutes) => {
      const drawn = data(
        history([
          [-minutes, 10_000],
          [0, 90_000],
        ]),
        ahead,
      )
      const ticks = timeTicks(drawn)
      expect(ticks.length).toBeGreaterThanOrEqual(2)
      expect(ticks.length).toBeLessThanOrEqual(8)
      expect(ticks.map((tick) => timeLabel(chartInput(), tick))).toContain('now')
    },
  )
})
