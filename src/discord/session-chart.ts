import { chartThresholds, renderContextChart } from '../chart/context-chart.ts'
import type { Forecast } from '../monitor/forecast.ts'
import type { SessionHistory } from '../monitor/history.ts'
import type { Thresholds } from '../monitor/thresholds.ts'
import type { Context } from '../operations/context.ts'
import { translate } from '../text/translate.ts'
import type { CardImage } from './card.ts'
import type { Reader } from './reader.ts'

/** One value is no curve. */
const LEAST_POINTS = 2

/**
 * The curve of a session as a picture for a card; nothing when there is too little to draw, or when drawing fails: a
 * card without its picture is still an answer.
 */
export async function sessionChart(
  context: Context,
  reader: Reader,
  of: {
    sessionKey: string
    history: SessionHistory | null | undefined
    thresholds: Thresholds
    forecast: Forecast | null
  },
): Promise<CardImage | undefined> {
  const { history, sessionKey } = of
  if (!history || history.window === null || history.points.length < LEAST_POINTS) return undefined
  const { locale } = reader
  const label = (name: 'used' | 'window' | 'reserve' | 'forecast' | 'compaction' | 'now') =>
    translate(locale, `chart.${name}`)
  try {
    const png = await renderContextChart({
      title: sessionKey,
      history,
      window: history.window,
      reserve: history.reserve,
      thresholds: chartThresholds(of.thresholds),
      forecast: of.forecast,
      now: context.clock.now(),
      locale,
      labels: {
        used: label('used'),
        window: label('window'),
        reserve: label('reserve'),
        forecast: label('forecast'),
        compaction: label('compaction'),
        now: label('now'),
      },
    })
    return { name: 'context.png', png, alt: translate(locale, 'chart.alt', { session: sessionKey }) }
  } catch (error) {
    context.log.warn({ err: error }, 'a chart could not be drawn')
    return undefined
  }
}
