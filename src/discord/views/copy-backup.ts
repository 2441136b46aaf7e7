import type { CopyResult, CopyStep } from '../../operations/copy-backup.ts'
import type { FetchResult, FetchStep } from '../../operations/fetch-backup.ts'
import type { Report } from '../../operations/operation.ts'
import { copyResult, copyStepText, fetchResult } from '../../presenters/copy-backup.ts'
import { type Card, makeCard } from '../card.ts'
import type { Reader } from '../reader.ts'
import { resultCard } from './told.ts'

/** A copy that is on its way out or back. */
export function copyProgressView(nodeName: string, step: CopyStep | FetchStep, reader: Reader): Card {
  const { ink } = reader
  const title = ink.t('backup.title', { node: nodeName })
  const share = step.total === 0 ? 0 : Math.min(100, (step.bytes / step.total) * 100)
  return makeCard({
    colour: 'neutral',
    texts: [`${ink.title(`🛰️ ${title}`)}\n⏳ ${copyStepText(step, ink)}\n${ink.bar(share)}`],
  })
}

/** That a copy lies where it should. */
export function copyResultView(report: Report<CopyResult>, reader: Reader): Card {
  return resultCard(copyResult(report, reader.ink), report, reader)
}

/** What came back. */
export function fetchResultView(report: Report<FetchResult>, reader: Reader): Card {
  return resultCard(fetchResult(report, reader.ink), report, reader)
}
