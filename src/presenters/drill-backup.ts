import type { DrillResult, DrillStep } from '../operations/drill-backup.ts'
import type { Report } from '../operations/operation.ts'
import { problemLines } from './backups.ts'
import type { Ink } from './ink.ts'
import { aside, type Line, lines, OUTCOME_MOODS, type Told, text } from './told.ts'

/** How far a trial is. */
export function drillStepText(step: DrillStep, ink: Ink): string {
  if (step.step === 'validating') return ink.t('drill.step.validating', { on: step.on })
  const { bytes, total } = step
  return ink.t('drill.step.unpacking', { bytes, total })
}

/** What OpenClaw itself said of a backup. */
function validationLine(openclaw: DrillResult['openclaw'], ink: Ink): Line {
  if (openclaw === null) return aside(ink.t('drill.openclaw.none'))
  const { node, version, verdict, why, databases, databasesThere: there } = openclaw
  if (why !== null || verdict === 'unknown')
    return text(
      ink.t('drill.openclaw.unknown', { node }, { why: ink.t(`drill.unjudged.${why ?? 'no-answer'}`) }),
      'warning',
    )
  const words = { node, version: ink.remote(version ?? '?') }
  return verdict === 'passed'
    ? text(ink.t('drill.openclaw.passed', { ...words, databases, there }))
    : text(ink.t('drill.openclaw.failed', words), 'warning')
}

/** Whether a backup could be restored, as far as this machine and OpenClaw can tell. */
export function drillResult({ data, outcome }: Report<DrillResult>, ink: Ink): Told {
  const { nodeId: node, backup, drill, files, bytes } = data
  const { sound } = drill
  const words = { node, backup: backup.id }
  const whole = outcome === 'partial' ? 'drill.partial' : 'drill.done'
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(sound ? whole : 'drill.failed', words),
    lead: lines(
      text(ink.t('drill.unpacked', { files, bytes, databases: drill.databases })),
      ...problemLines(drill, ink),
      (sound || data.openclaw !== null) && validationLine(data.openclaw, ink),
      !sound && { kind: 'next', text: ink.t('drill.failed.next') },
    ),
    parts: [],
  }
}
