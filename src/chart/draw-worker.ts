import { parentPort, workerData } from 'node:worker_threads'
import type { ContextChartInput } from './context-chart.ts'
import { drawContext } from './draw-context.ts'
import { ChartFont } from './fonts.ts'

const png = drawContext(workerData as ContextChartInput, new ChartFont())
parentPort?.postMessage(png)
