import type { Report } from '../../operations/operation.ts'
import type { WebLogin } from '../../operations/web-login.ts'
import { webLoginResult } from '../../presenters/web-login.ts'
import type { Card } from '../card.ts'
import type { Reader } from '../reader.ts'
import { resultCard } from './told.ts'

/** The link to the page, for the one who asked. In angle brackets Discord makes no preview of it. */
export function webLoginView(report: Report<WebLogin>, reader: Reader): Card {
  return resultCard(webLoginResult(report.data, reader.ink, `<${report.data.url}>`), report, reader, {
    symbol: '🌐',
  })
}
