import { formatDuration } from '../text/format.ts'
import type { ChartData } from './chart-data.ts'
import type { ContextChartInput } from './context-chart.ts'

/** Where the time axis is marked. */
export function timeTicks({ from, to, step }: ChartData): number[] {
  const first = Math.ceil(from / step)
  const count = Math.floor(to / step) - first + 1
  return Array.from({ length: count }, (_, index) => (first + index) * step)
}

/** Time as the reader counts it: from now, so that no time zone is claimed. */
export function timeLabel({ locale, labels }: ContextChartInput, value: number): string {
  if (value === 0) return labels.now
  return value > 0 ? `+${formatDuration(locale, value)}` : formatDuration(locale, value)
}

/** Tokens in the short form of the language: `150K`. */
export function compact({ locale }: ContextChartInput, tokens: number): string {
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(tokens)
}

/** Texts of the axes, for the choice of the font. */
export function axisTexts(input: ContextChartInput, data: ChartData): string[] {
  return [
    ...timeTicks(data).map((value) => timeLabel(input, value)),
    ...[1, 10_000, 1_000_000, 100_000_000].map((value) => compact(input, value)),
    '0123456789.,%+−…',
  ]
}
