import type { DownloadResult } from '../../operations/download-backup.ts'
import type { Report } from '../../operations/operation.ts'
import { downloadResult } from '../../presenters/download-backup.ts'
import { type Card, makeCard } from '../card.ts'
import type { Reader } from '../reader.ts'
import { resultCard } from './told.ts'

/** A backup that is being made into one file. */
export function downloadProgressView(
  nodeName: string,
  step: { bytes: number; total: number },
  reader: Reader,
): Card {
  const { ink } = reader
  const share = step.total === 0 ? 0 : Math.min(100, (step.bytes / step.total) * 100)
  const title = ink.t('backup.title', { node: nodeName })
  return makeCard({
    colour: 'neutral',
    texts: [`${ink.title(`📦 ${title}`)}\n⏳ ${ink.t('download.packing', step)}\n${ink.bar(share)}`],
  })
}

/** A backup as a file that goes with the card. */
export function downloadView(report: Report<DownloadResult>, bytes: Uint8Array, reader: Reader): Card {
  const told = downloadResult(report, null, reader.ink)
  return resultCard(told, report, reader, { symbol: '📦', attachment: { name: report.data.name, bytes } })
}
