import { Worker } from 'node:worker_threads'
import type { Locale } from '../base/locale.ts'
import type { Forecast } from '../monitor/forecast.ts'
import type { SessionHistory } from '../monitor/history.ts'
import type { Thresholds } from '../monitor/thresholds.ts'

/** The compiled thread, or the one that compiles itself when the program runs from its sources. */
const DRAWER = new URL(
  import.meta.url.endsWith('.ts') ? './draw-from-source.mjs' : './draw-worker.js',
  import.meta.url,
)
/** Many times what a picture takes on a busy small machine. */
const TIME_LIMIT_MS = 30_000

/** What the chart shows. Counts are tokens, times epoch milliseconds. */
export interface ContextChartInput {
  /** Untrusted text; shortened, and what the font cannot draw is replaced. */
  title: string
  history: SessionHistory
  window: number
  reserve: number
  /** Per cent of the usable window (window − reserve). */
  thresholds: { notice: number; warning: number; critical: number }
  forecast: Forecast | null
  now: number
  locale: Locale
  labels: {
    used: string
    window: string
    reserve: string
    forecast: string
    compaction: string
    now: string
  }
}

/** The lines of the chart from the rules in force. */
export function chartThresholds(rules: Thresholds): ContextChartInput['thresholds'] {
  return { notice: rules.contextNotice, warning: rules.contextWarning, critical: rules.contextCritical }
}

/**
 * A session's context over time as a PNG of 1200 x 600 pixels: the counter, the window, the zone in which the provider
 * refuses, the thresholds, compactions and the forecast. Drawn in a thread of its own, because drawing holds a core for
 * longer than an answer to Discord may wait; a thread lives for one picture, so nothing stays loaded.
 * @throws Error when the drawing fails or takes longer than 30 seconds
 */
export function renderContextChart(input: ContextChartInput): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(DRAWER, { workerData: input, execArgv: [] })
    const end = (settle: () => void) => {
      clearTimeout(timer)
      void worker.terminate()
      settle()
    }
    const timer = setTimeout(
      () => end(() => reject(new Error('drawing the chart took too long'))),
      TIME_LIMIT_MS,
    )
    worker.once('message', (png: Uint8Array) => end(() => resolve(Buffer.from(png))))
    worker.once('error', (error) => end(() => reject(error)))
    worker.once('exit', () => end(() => reject(new Error('drawing the chart ended without a picture'))))
  })
}
