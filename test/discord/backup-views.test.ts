import { describe, expect, it } from 'vitest'
import { PROBLEMS } from '../../src/backup/manifest.ts'
import { LOCALES } from '../../src/base/locale.ts'
import { createReader } from '../../src/discord/reader.ts'
import { backupProgressView, backupResultView } from '../../src/discord/views/backup.ts'
import {
  backupsView,
  compareView,
  deletePlanView,
  deleteProgressView,
  deleteResultView,
  verifyProgressView,
  verifyResultView,
} from '../../src/discord/views/backups.ts'
import type { BackupDifference, BackupRow, Verification } from '../../src/operations/backups.ts'
import type { Outcome } from '../../src/operations/operation.ts'
import type { BackupResult, BackupStep } from '../../src/operations/take-backup.ts'
import { expectAccepted, textOf } from './discord-rules.ts'
import { ASKED, HOSTILE, HUGE, NOW, PRESSED, reportOf } from './extremes.ts'

const OUTCOMES: Outcome[] = ['done', 'partial', 'failed', 'unknown']
const NODE = { id: 'n'.repeat(63), name: HOSTILE.slice(0, 80) }
const names = Array.from({ length: 50 }, (_, index) => `/${index}/${HUGE}`)

const row: BackupRow = {
  id: '20261128T235959Z-abcdef',
  nodeId: NODE.id,
  agent: 'a'.repeat(64),
  takenAt: NOW - 5_000,
  method: 'stream',
  openclawVersion: HUGE,
  files: 500_000,
  bytes: 512 * 1024 ** 3,
  newBytes: 511 * 1024 ** 3,
  verified: { at: NOW, sound: false, problems: 1_000 },
  restorable: { at: NOW, ok: false, openclaw: null },
  offSite: { target: 's3://backups/ocm', at: NOW, readAt: null, problem: { at: NOW, why: 'clock' } },
}
const verification: Verification = {
  at: NOW,
  sound: false,
  problems: [...PROBLEMS, 'other' as const].map((code) => ({ code, subject: HUGE })),
  problemCount: 1_000,
  databases: 10_000,
}
const result: BackupResult = {
  nodeId: NODE.id,
  backup: row,
  verification,
  gaps: {
    databases: names,
    foreignDatabases: names,
    unreadable: names,
    missingPlaces: names,
    configuration: { code: 'config-invalid', detail: HUGE },
  },
  changed: names,
  special: 99_999,
  copiesLeft: true,
  databases: 10_000,
  unchanged: { files: 499_999, bytes: 511 * 1024 ** 3 },
  transferMs: 86_400_000,
  retained: { removed: names, freedBytes: null, failed: true },
}
const steps: BackupStep[] = [
  { step: 'looking' },
  { step: 'copying', bytes: 1024 ** 4 },
  { step: 'transferring', bytes: 5, total: 10, rate: 1024 ** 3, leftMs: 3_600_000 },
  { step: 'verifying', bytes: 0, total: 0 },
]

describe.each(LOCALES)('cards of backups in %s', (locale) => {
  const reader = createReader(locale, NOW, new Map())
  const { ink } = reader

  it('show every step, with a bar for what can be measured and a button to stop', () => {
    for (let count = 0; count <= steps.length; count += 1) {
      const card = backupProgressView(NODE, steps.slice(0, count), 'r'.repeat(12), reader)
      expectAccepted(card)
      expect(textOf(card).includes(ink.bar(50))).toBe(count === 3)
      expect(JSON.stringify(card)).toContain('r'.repeat(12))
    }
  })

  it.each(OUTCOMES)('say how it ended with everything that is missing: %s', (outcome) => {
    const card = backupResultView(NODE, reportOf(outcome, result), reader)
    expectAccepted(card)
    const text = textOf(card)
    expect(text).toContain(ink.t('backup.copies-left'))
    expect(text).toContain(ink.t('backup.retained.failed'))
    expect(text.includes(ink.t('backup.failed.next'))).toBe(outcome === 'failed')
  })

  it('never call what was not verified verified', () => {
    const list = (verified: BackupRow['verified']) => {
      const data = { nodeId: NODE.id, backups: [{ ...row, verified }], without: [], digest: null }
      return textOf(backupsView(data, NODE.name, reader))
    }
    const when = ink.time(NOW)
    const word = ink.t('backups.verified', {}, { when })
    expect(list({ at: NOW, sound: true, problems: 0 })).toContain(word)
    expect(list({ at: NOW, sound: false, problems: 2 })).not.toContain(word)
    expect(list(null)).toContain(ink.t('backups.unverified'))
  })

  it.each([0, 1, 12, 500])('list %i backups within what Discord takes', (count) => {
    const backups = Array.from({ length: count }, () => row)
    const without = Array.from({ length: count }, () => NODE.id)
    for (const nodeId of [null, NODE.id]) {
      const card = backupsView({ nodeId, backups, without, digest: null }, NODE.name, reader)
      expectAccepted(card)
      if (count === 0) expect(textOf(card)).toContain(ink.t('backups.none.next'))
    }
  })

  it('tell what a look found and what differs', () => {
    expectAccepted(verifyProgressView(HUGE.slice(0, 80), { step: 'verifying', bytes: 1, total: 2 }, reader))
    for (const outcome of ['done', 'failed'] as const)
      expectAccepted(
        verifyResultView(reportOf(outcome, { nodeId: NODE.id, backup: row, verification }), reader),
      )
    const many = { count: 400_000, names }
    const none = { count: 0, names: [] }
    const difference = { added: many, removed: many, changed: many, agentsAdded: names, agentsRemoved: names }
    const compared = (data: BackupDifference) =>
      reportOf('done', { nodeId: NODE.id, from: row, to: row, difference: data })
    expectAccepted(compareView(compared(difference), reader))
    const same = { added: none, removed: none, changed: none, agentsAdded: [], agentsRemoved: [] }
    const card = compareView(compared(same), reader)
    expect(textOf(card)).toContain(ink.t('compare.same'))
  })

  it('ask before one is deleted and tell what became of it', () => {
    const plan = {
      nodeId: NODE.id,
      nodeName: NODE.name,
      backup: row.id,
      takenAt: NOW,
      bytes: row.bytes,
      left: 3,
    }
    expectAccepted(deletePlanView(plan, ASKED, reader, HUGE))
    expectAccepted(deleteProgressView(plan, PRESSED, reader))
    for (const outcome of OUTCOMES) {
      const data = { nodeId: NODE.id, backup: row.id, freedBytes: 5, left: 3 }
      expectAccepted(deleteResultView(reportOf(outcome, data), PRESSED, reader))
    }
  })
})
