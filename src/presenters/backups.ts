import type { BackupDifference, BackupRow, Verification } from '../operations/backups.ts'
import type { CompareResult, DeletePlan, DeleteResult, VerifyResult } from '../operations/manage-backups.ts'
import type { NodeStatus } from '../operations/node-status.ts'
import type { Report } from '../operations/operation.ts'
import type { BackupGaps, BackupResult, BackupStep } from '../operations/take-backup.ts'
import type { Ink, Tone } from './ink.ts'
import { offSiteCell } from './off-site.ts'
import { dotted, firstOf, readingText, reasonText } from './readings.ts'
import { aside, fact, type Line, lines, OUTCOME_MOODS, type Told, text } from './told.ts'

const AGENTS_SHOWN = 10
const NAMES_SHOWN = 3
const NAME = 90

/** A step of a backup in words. */
export function backupStepText(step: BackupStep, ink: Ink): string {
  switch (step.step) {
    case 'copying':
      return ink.t('backup.step.copying', step.bytes > 0 ? { bytes: step.bytes } : {})
    case 'transferring':
      return ink.t('backup.step.transferring', {
        bytes: step.bytes,
        total: step.total,
        ...(step.rate === null ? {} : { rate: step.rate }),
        ...(step.leftMs === null ? {} : { left: step.leftMs }),
      })
    case 'verifying':
      return ink.t('backup.step.verifying', { bytes: step.bytes, total: step.total })
    case 'looking':
    case 'verified':
      return ink.t(`backup.step.${step.step}`)
  }
}

/** How far a step is, 0 to 100; null where nobody can tell. */
export function backupShare(step: BackupStep): number | null {
  if (step.step !== 'transferring' && step.step !== 'verifying') return null
  return step.total === 0 ? null : Math.min(100, (step.bytes / step.total) * 100)
}

/** How a backup ended: what it holds, and what of the node it does not. */
export function backupResult({ data, outcome }: Report<BackupResult>, node: NodeName, ink: Ink): Told {
  const { backup, verification, gaps, changed, special } = data
  const { readSince } = verification
  const content = {
    files: backup.files,
    databases: data.databases,
    bytes: backup.bytes,
    added: backup.newBytes,
  }
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(`backup.${outcome}`, {}, { node: ink.named(node) }),
    lead: lines(text(ink.code(backup.id)), text(ink.t('backup.content', content))),
    parts: [
      lines(
        ...problemLines(verification, ink),
        ...gapLines(gaps, ink),
        named(changed, ink, 'backup.changed'),
        special > 0 && aside(ink.t('backup.special', { count: special })),
        data.copiesLeft && text(ink.t('backup.copies-left'), 'warning'),
        ...retainedLines(data.retained, ink),
        data.unchanged.files > 0 && aside(ink.t('backup.unchanged', data.unchanged)),
        readSince !== undefined && aside(ink.t('backup.read-since', { age: verification.at - readSince })),
        verification.ciphertextOnly && aside(ink.t('verify.ciphertext')),
        backup.method === 'openclaw' && aside(ink.t('backup.by-openclaw')),
        aside(ink.t('backup.took', { ms: data.transferMs })),
        outcome === 'failed' && { kind: 'next', text: ink.t('backup.failed.next') },
      ),
    ],
  }
}

function retainedLines(retained: BackupResult['retained'], ink: Ink): Line[] {
  if (retained === null) return []
  const { removed, freedBytes, failed } = retained
  const names = firstOf(
    ink,
    removed.map((id) => ink.code(id)),
    NAMES_SHOWN,
  )
  const freed = freedBytes === null ? {} : { bytes: freedBytes }
  return lines(
    removed.length > 0 && aside(ink.t('backup.retained', { count: removed.length, ...freed }, { names })),
    failed && text(ink.t('backup.retained.failed'), 'warning'),
  )
}

/** A node by its id and the name that people gave it. */
export interface NodeName {
  id: string
  name: string
}

function gapLines({ configuration, ...lists }: BackupGaps, ink: Ink): Line[] {
  const keys = ['databases', 'foreignDatabases', 'unreadable', 'missingPlaces'] as const
  const reason = configuration && reasonText(ink, configuration)
  return lines(
    ...keys.map((key) => named(lists[key], ink, `backup.gap.${key}`)),
    reason && text(ink.t('backup.gap.configuration', {}, { reason }), 'warning'),
  )
}

type NamedKey = 'backup.changed' | `backup.gap.${Exclude<keyof BackupGaps, 'configuration'>}`

function named(paths: readonly string[], ink: Ink, key: NamedKey): Line | null {
  if (paths.length === 0) return null
  const names = firstOf(
    ink,
    paths.map((path) => ink.code(path, NAME)),
    NAMES_SHOWN,
  )
  const words = ink.t(key, { count: paths.length }, { names })
  return key === 'backup.changed' ? aside(words) : text(words, 'warning')
}

/** What a verification found wrong; nothing where it found nothing. */
export function problemLines({ problems, problemCount }: Verification, ink: Ink): Line[] {
  if (problemCount === 0) return []
  const shown = problems.slice(0, NAMES_SHOWN).map(({ subject, code }): Line => {
    const fault = ink.t(`backup-fault.${code}`)
    return text(subject === null ? `- ${fault}` : `- ${ink.code(subject, NAME)}: ${fault}`)
  })
  return [text(ink.t('verify.problems', { count: problemCount }), 'warning'), ...shown]
}

/** Whether a backup is sound. */
export function verifyResult({ data, outcome }: Report<VerifyResult>, ink: Ink): Told {
  const { nodeId: node, backup, verification } = data
  const sound = outcome === 'done'
  const words = { node, backup: backup.id }
  const { files, bytes } = backup
  return {
    mood: OUTCOME_MOODS[outcome],
    title: sound ? ink.t('verify.done', words) : ink.t('verify.failed', words),
    lead: lines(
      text(ink.t('verify.read', { files, bytes, databases: verification.databases })),
      verification.ciphertextOnly && aside(ink.t('verify.ciphertext')),
      ...problemLines(verification, ink),
      !sound && { kind: 'next', text: ink.t('verify.failed.next') },
    ),
    parts: [],
  }
}

/** The question before a backup is deleted. `why` is the reason that the person gave; untrusted. */
export function deletePlan(plan: DeletePlan, ink: Ink, why: string | null = null): Told {
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  const size = ink.t('backups.size', { bytes: plan.bytes })
  return {
    mood: 'warning',
    title: ink.t('delete-backup.ask', {}, { node }),
    lead: [text(dotted([ink.code(plan.backup), ink.time(plan.takenAt), size]))],
    parts: [
      lines(
        text(ink.t('delete-backup.effect', { left: plan.left }), 'warning'),
        why && fact(ink.t('label.reason'), ink.remote(why)),
      ),
    ],
  }
}

/** What became of a backup that was to be deleted. */
export function deleteResult({ data, outcome }: Report<DeleteResult>, ink: Ink): Told {
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(`delete-backup.${outcome}`, { node: data.nodeId, backup: data.backup }),
    lead: lines(outcome === 'done' && text(ink.t('delete-backup.freed', { bytes: data.freedBytes }))),
    parts: [],
  }
}

/** Whether and when a backup was verified, with its tone. */
export function verifiedCell({ verified }: BackupRow, ink: Ink): { text: string; tone: Tone } {
  if (verified === null) return { text: ink.t('backups.unverified'), tone: 'warning' }
  if (!verified.sound) return { text: ink.t('backups.unsound', { count: verified.problems }), tone: 'bad' }
  return { text: ink.t('backups.verified', {}, { when: ink.time(verified.at) }), tone: 'good' }
}

/** When a backup was last tried out, with its tone; null when nobody has. */
export function restorableCell(
  drill: BackupRow['restorable'],
  ink: Ink,
): { text: string; tone: Tone } | null {
  if (drill === null) return null
  const when = ink.time(drill.at)
  if (drill.ok && drill.openclaw !== null)
    return { text: ink.t('backups.restorable.openclaw', { version: drill.openclaw }, { when }), tone: 'good' }
  return drill.ok
    ? { text: ink.t('backups.restorable', {}, { when }), tone: 'good' }
    : { text: ink.t('backups.unrestorable', {}, { when }), tone: 'bad' }
}

/** How old the newest verified backup of a node is, and when one was last tried out. */
export function lastBackupText(
  { backup, drilled }: Pick<NodeStatus, 'backup' | 'drilled'>,
  ink: Ink,
): string {
  const tried = restorableCell(drilled, ink)
  return dotted([newestText(backup, ink), tried && ink.paint(tried.tone, tried.text)])
}

function newestText(reading: NodeStatus['backup'], ink: Ink): string {
  return readingText(ink, reading, (row) =>
    row === null
      ? ink.paint('warning', ink.t('backup.last.none'))
      : ink.t('backup.last', { bytes: row.bytes }, { when: ink.time(row.takenAt) }),
  )
}

/** The facts of a backup in one line, without its name. */
export function backupLine(row: BackupRow, ink: Ink): string {
  const verified = verifiedCell(row, ink)
  const tried = restorableCell(row.restorable, ink)
  const offSite = offSiteCell(row, ink)
  return dotted([
    ink.time(row.takenAt),
    row.agent !== null && ink.t('backups.of-bot', {}, { bot: ink.code(row.agent, 24) }),
    ink.t('backups.size', { bytes: row.bytes }),
    ink.t('backups.new', { bytes: row.newBytes }),
    row.openclawVersion !== null && `OpenClaw ${ink.remote(row.openclawVersion, 30)}`,
    ink.paint(verified.tone, verified.text),
    tried && ink.paint(tried.tone, tried.text),
    offSite && ink.paint(offSite.tone, offSite.text),
  ])
}

/** What differs between two backups. `shown`: how many names of each kind. */
export function comparison({ nodeId, from, to, difference }: CompareResult, ink: Ink, shown: number): Told {
  const found = [...agentLines(difference, ink), ...differenceLines(difference, ink, shown)]
  return {
    mood: 'neutral',
    title: ink.t('compare.title', { node: nodeId, from: from.id, to: to.id }),
    lead: found.length === 0 ? [text(ink.t('compare.same'))] : found,
    parts: [],
  }
}

function differenceLines(difference: BackupDifference, ink: Ink, shown: number): Line[] {
  const kinds = [
    ['added', '+'],
    ['removed', '-'],
    ['changed', '~'],
  ] as const
  return kinds.flatMap(([kind, sign]) => {
    const { count, names } = difference[kind]
    if (count === 0) return []
    const more = count - Math.min(shown, names.length)
    return lines(
      text(ink.t(`compare.${kind}`, { count })),
      ...names.slice(0, shown).map((path) => text(`${sign} ${ink.code(path, NAME)}`)),
      more > 0 && text(ink.t('word.more', { count: more })),
    )
  })
}

function agentLines({ agentsAdded, agentsRemoved }: BackupDifference, ink: Ink): Line[] {
  const namesOf = (ids: readonly string[]) => {
    const shown = ids.map((id) => ink.code(id, 60))
    return firstOf(ink, shown, AGENTS_SHOWN)
  }
  return lines(
    agentsAdded.length > 0 && text(ink.t('compare.agents-added', {}, { names: namesOf(agentsAdded) })),
    agentsRemoved.length > 0 && text(ink.t('compare.agents-removed', {}, { names: namesOf(agentsRemoved) })),
  )
}
