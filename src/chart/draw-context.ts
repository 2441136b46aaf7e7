import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas'
import {
  Chart,
  type ChartDataset,
  type ChartItem,
  type ChartOptions,
  Filler,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  type Scale,
  Title,
} from 'chart.js'
import { formatNumber } from '../text/format.ts'
import { axisTexts, compact, timeLabel, timeTicks } from './axes.ts'
import { type ChartData, type ChartPoint, chartData } from './chart-data.ts'
import type { ContextChartInput } from './context-chart.ts'
import type { ChartFont } from './fonts.ts'
import { ground, marks } from './layers.ts'
import { HEIGHT, INK, RIGHT_MARGIN, TEXT, TITLE, WIDTH } from './look.ts'

Chart.register(Filler, Legend, LinearScale, LineController, LineElement, PointElement, Title)

/** Draws the chart. Synchronous, about 100 ms of one core; @returns a PNG of 1200 x 600 pixels */
export function drawContext(input: ContextChartInput, font: ChartFont): Buffer {
  const data = chartData(input)
  const labels = Object.fromEntries(
    Object.entries(input.labels).map(([key, label]) => [key, font.drawable(label)]),
  ) as ContextChartInput['labels']
  const readable = { ...input, title: font.drawable(input.title), labels }
  const family = font.familyFor([readable.title, ...Object.values(labels), ...axisTexts(readable, data)])
  const canvas = createCanvas(WIDTH, HEIGHT)
  const chart = new Chart(canvas as unknown as ChartItem, {
    type: 'line',
    data: { datasets: datasets(data) },
    options: options(readable, data, family, canvas),
    plugins: [ground(readable), marks(readable, data, family)],
  })
  const png = canvas.toBuffer('image/png')
  chart.destroy()
  return png
}

type Line = ChartDataset<'line', ChartPoint[]>

function datasets({ used, last, cone }: ChartData): Line[] {
  const plain = { pointRadius: 0, borderWidth: 0, tension: 0 }
  const lines: Line[] = [
    {
      ...plain,
      data: used,
      stepped: true,
      borderColor: INK.used,
      backgroundColor: INK.usedArea,
      borderWidth: 5,
      fill: 'origin',
    },
  ]
  if (last)
    lines.push({
      ...plain,
      data: [last],
      pointRadius: 9,
      pointBackgroundColor: INK.used,
      pointBorderColor: INK.window,
      pointBorderWidth: 3,
      showLine: false,
    })
  if (cone)
    lines.push(
      { ...plain, data: upper(cone), fill: '+1', backgroundColor: INK.forecastArea },
      { ...plain, data: cone.slow },
      { ...plain, data: cone.middle, borderColor: INK.forecast, borderWidth: 4, borderDash: [14, 8] },
    )
  return lines
}

/** The fast edge, led on along the refusal line to where the slow edge meets it: the area between has its corner there. */
function upper({ fast, slow }: NonNullable<ChartData['cone']>): ChartPoint[] {
  const end = slow.at(-1)
  return end ? [...fast, end] : fast
}

function options(
  input: ContextChartInput,
  data: ChartData,
  family: string,
  canvas: Canvas,
): ChartOptions<'line'> {
  const font = { family, size: TEXT }
  return {
    animation: false,
    responsive: false,
    devicePixelRatio: 1,
    events: [],
    font,
    color: INK.text,
    layout: { padding: { left: 18, right: RIGHT_MARGIN, top: 14, bottom: 12 } },
    scales: {
      x: {
        type: 'linear',
        min: data.from,
        max: data.to,
        grid: { color: INK.grid, tickColor: INK.dim },
        border: { color: INK.border },
        ticks: { color: INK.text, font, maxRotation: 0, autoSkipPadding: 12 },
        afterBuildTicks: (axis: Scale) => {
          axis.ticks = timeTicks(data).map((value) => ({
            value,
            label: timeLabel(input, value),
          }))
        },
        afterTickToLabelConversion: (axis: Scale) => {
          for (const tick of axis.ticks) tick.label = timeLabel(input, tick.value)
        },
      },
      y: {
        type: 'linear',
        min: 0,
        max: data.top,
        grid: { color: INK.grid, tickColor: INK.grid },
        border: { color: INK.border },
        ticks: {
          color: INK.text,
          font,
          maxTicksLimit: 6,
          includeBounds: false,
          callback: (value) => compact(input, Number(value)),
        },
      },
    },
    plugins: {
      title: {
        display: true,
        align: 'start',
        color: INK.text,
        font: { family, size: TITLE, weight: 600 },
        padding: { top: 4, bottom: 4 },
        text: shorten(
          canvas.getContext('2d'),
          `600 ${TITLE}px ${family}`,
          input.title,
          WIDTH - RIGHT_MARGIN - 40,
        ),
      },
      legend: {
        align: 'start',
        onClick: () => {},
        labels: {
          font,
          color: INK.text,
          boxWidth: 26,
          boxHeight: 18,
          padding: 18,
          generateLabels: () => legend(input, data).map((item) => ({ ...item, fontColor: INK.text })),
        },
      },
    },
  }
}

function legend(
  { labels, window, reserve, locale }: ContextChartInput,
  { last, cone, compactions }: ChartData,
) {
  const number = (value: number) => formatNumber(locale, value, 0)
  const item = (text: string, fillStyle: string, strokeStyle = fillStyle) => ({
    text,
    fillStyle,
    strokeStyle,
  })
  return [
    item(last ? `${labels.used} ${number(last.y)}` : labels.used, INK.used),
    item(`${labels.window} ${number(window)}`, INK.ground, INK.window),
    item(`${labels.reserve} ${number(reserve)}`, INK.reserve, INK.reserveEdge),
    ...(cone ? [item(labels.forecast, INK.forecastArea, INK.forecast)] : []),
    ...(compactions.length > 0 ? [item(labels.compaction, INK.compaction)] : []),
  ]
}

function shorten(ctx: SKRSContext2D, font: string, text: string, width: number): string {
  ctx.font = font
  if (ctx.measureText(text).width <= width) return text
  const letters = [...text]
  while (letters.length > 1 && ctx.measureText(`${letters.join('')}…`).width > width) letters.pop()
  return `${letters.join('')}…`
}
