import type { CopyResult, CopyStep } from '../operations/copy-backup.ts'
import type { FetchResult, FetchStep } from '../operations/fetch-backup.ts'
import type { Report } from '../operations/operation.ts'
import { problemLines } from './backups.ts'
import type { Ink } from './ink.ts'
import { firstOf } from './readings.ts'
import { aside, lines, OUTCOME_MOODS, type Told, text } from './told.ts'

const NAMES_SHOWN = 3

/** How far a copy is, on its way out or back. */
export function copyStepText({ step, bytes, total }: CopyStep | FetchStep, ink: Ink): string {
  if (step === 'verifying') return ink.t('backup.step.verifying', { bytes, total })
  return step === 'fetching'
    ? ink.t('fetch.step.fetching', { bytes, total })
    : ink.t('copy.step.copying-out', { bytes, total })
}

/** That a copy lies where it should, and what had to be done for it. */
export function copyResult({ data, outcome }: Report<CopyResult>, ink: Ink): Told {
  const { nodeId: node, backup, target, files, bytes, sent, mended, removed, readBack } = data
  const words = { node, backup: backup.id, target }
  const names = (removed ?? []).map((id) => ink.code(id))
  return {
    mood: OUTCOME_MOODS[outcome],
    title: readBack ? ink.t('copy.read-back', words) : ink.t('copy.done', words),
    lead: lines(
      text(ink.t('copy.content', { files, bytes, ...(sent.files === 0 ? {} : { sent: sent.bytes }) })),
      mended > 0 && text(ink.t('copy.mended', { count: mended }), 'warning'),
      names.length > 0 &&
        aside(ink.t('copy.removed', { count: names.length }, { names: firstOf(ink, names, NAMES_SHOWN) })),
      removed === null && text(ink.t('copy.not-removed'), 'warning'),
    ),
    parts: [],
  }
}

/** What came back, and whether it is sound. */
export function fetchResult({ data, outcome }: Report<FetchResult>, ink: Ink): Told {
  const { nodeId: node, backup, verification, brought, others } = data
  const sound = outcome === 'done'
  const words = { node, backup: backup.id }
  const { files, bytes } = backup
  return {
    mood: OUTCOME_MOODS[outcome],
    title: sound ? ink.t('fetch.done', words) : ink.t('fetch.failed', words),
    lead: lines(
      text(brought.files === 0 ? ink.t('fetch.nothing') : ink.t('fetch.content', brought)),
      text(ink.t('verify.read', { files, bytes, databases: verification.databases })),
      ...problemLines(verification, ink),
      others > 0 && aside(ink.t('fetch.others', { count: others })),
      { kind: 'next', text: sound ? ink.t('fetch.next') : ink.t('fetch.failed.next') },
    ),
    parts: [],
  }
}
