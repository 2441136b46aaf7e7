import type { Chart, Plugin } from 'chart.js'
import { formatPercent } from '../text/format.ts'
import type { ChartData } from './chart-data.ts'
import type { ContextChartInput } from './context-chart.ts'
import { HEIGHT, INK, TEXT, WIDTH } from './look.ts'

/** What lies under the curve: the ground, the zone in which the provider refuses, and its lines. */
export function ground(input: ContextChartInput): Plugin<'line'> {
  const refusal = Math.max(0, input.window - input.reserve)
  return {
    id: 'ground',
    beforeDraw({ ctx }) {
      ctx.fillStyle = INK.ground
      ctx.fillRect(0, 0, WIDTH, HEIGHT)
      ctx.strokeStyle = INK.border
      ctx.lineWidth = 2
      ctx.strokeRect(1, 1, WIDTH - 2, HEIGHT - 2)
    },
    beforeDatasetsDraw({ ctx, chartArea, scales: { y } }) {
      if (!y) return
      const height = (tokens: number) => y.getPixelForValue(tokens)
      ctx.fillStyle = INK.reserve
      ctx.fillRect(
        chartArea.left,
        height(input.window),
        chartArea.right - chartArea.left,
        height(refusal) - height(input.window),
      )
      const line = (tokens: number, colour: string, width: number, dash: number[]) => {
        ctx.strokeStyle = colour
        ctx.lineWidth = width
        ctx.setLineDash(dash)
        ctx.beginPath()
        ctx.moveTo(chartArea.left, height(tokens))
        ctx.lineTo(chartArea.right, height(tokens))
        ctx.stroke()
        ctx.setLineDash([])
      }
      for (const { tokens, colour } of levels(input)) line(tokens, colour, 2, [4, 8])
      line(refusal, INK.reserveEdge, 3, [])
      line(input.window, INK.window, 3, [12, 8])
    },
  }
}

/** The lines that have a percentage, worst first. */
function levels({ window, reserve, thresholds }: ContextChartInput) {
  const usable = Math.max(0, window - reserve)
  return (['critical', 'warning', 'notice'] as const).map((level) => ({
    percent: thresholds[level],
    tokens: (usable * thresholds[level]) / 100,
    colour: INK[level],
  }))
}

/** What lies over the curve: now, the compactions, and the percentages at the right edge. */
export function marks(input: ContextChartInput, data: ChartData, family: string): Plugin<'line'> {
  const refusal = Math.max(0, input.window - input.reserve)
  return {
    id: 'marks',
    afterDatasetsDraw({ ctx, chartArea, scales: { x, y } }) {
      if (!x || !y) return
      const now = x.getPixelForValue(0)
      ctx.strokeStyle = INK.dim
      ctx.lineWidth = 2
      ctx.setLineDash([2, 6])
      ctx.beginPath()
      ctx.moveTo(now, chartArea.top)
      ctx.lineTo(now, chartArea.bottom)
      ctx.stroke()
      ctx.setLineDash([])
      for (const { x: at, y: before } of data.compactions)
        drawArrow(ctx, x.getPixelForValue(at), y.getPixelForValue(before))
      ctx.font = `${TEXT}px ${family}`
      ctx.textAlign = 'left'
      ctx.textBaseline = 'middle'
      const taken: number[] = []
      for (const { percent, tokens, colour } of [
        { percent: 100, tokens: refusal, colour: INK.reserveEdge },
        ...levels(input),
      ]) {
        const height = y.getPixelForValue(tokens)
        if (height < chartArea.top || taken.some((other) => Math.abs(other - height) < TEXT)) continue
        taken.push(height)
        ctx.fillStyle = colour
        ctx.fillText(formatPercent(input.locale, percent), chartArea.right + 12, height)
      }
    },
  }
}

/** A compaction: an arrow down from where the context was. */
function drawArrow(ctx: Chart['ctx'], x: number, y: number): void {
  ctx.fillStyle = INK.compaction
  ctx.strokeStyle = INK.ground
  ctx.lineWidth = 2
  ctx.beginPath()
  ctx.moveTo(x - 13, y - 26)
  ctx.lineTo(x + 13, y - 26)
  ctx.lineTo(x, y - 4)
  ctx.closePath()
  ctx.fill()
  ctx.stroke()
}
