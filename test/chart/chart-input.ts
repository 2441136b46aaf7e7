import type { ContextChartInput } from '../../src/chart/context-chart.ts'
import { observe, type SessionHistory } from '../../src/monitor/history.ts'
import type { SessionFacts } from '../../src/openclaw/snapshot.ts'
import { sessionFacts } from '../support/snapshots.ts'

export const NOW = Date.parse('2026-11-22T12:00:00Z')
export const MINUTE = 60_000

/** A history from looks: minutes from now, counter, and what else the row said. */
export function history(
  looks: readonly (readonly [number, number, Partial<SessionFacts>?])[],
): SessionHistory {
  const nothing: SessionHistory = {
    sessionId: 's-1',
    points: [],
    compactions: [],
    compactionCount: 0,
    seenAt: NOW,
    window: 200_000,
    reserve: 34_048,
  }
  return looks.reduce(
    (seen, [minute, used, changes]) => observe(seen, sessionFacts(used, changes), NOW + minute * MINUTE),
    nothing,
  )
}

/** What a chart of a 200,000 window needs. */
export function chartInput(changes: Partial<ContextChartInput> = {}): ContextChartInput {
  return {
    title: 'alpha · main',
    history: history([]),
    window: 200_000,
    reserve: 34_048,
    thresholds: { notice: 65, warning: 80, critical: 90 },
    forecast: null,
    now: NOW,
    locale: 'en',
    labels: {
      used: 'used',
      window: 'window',
      reserve: 'reserve',
      forecast: 'forecast',
      compaction: 'compaction',
      now: 'now',
    },
    ...changes,
  }
}
