import { describe, expect, it } from 'vitest'
import { fresh, unknown } from '../../src/base/reading.ts'
import { anomaliesOf, judgeNode } from '../../src/monitor/judge.ts'
import type { BackupStanding } from '../../src/monitor/rules/backup.ts'
import type { RulesFile } from '../../src/monitor/thresholds.ts'
import { healthySnapshot } from '../support/snapshots.ts'

const HOUR = 3_600_000
const snapshot = healthySnapshot()
const AT = snapshot.observedAt
const daily: RulesFile = { version: 1, overrides: [{ scope: { tag: 'prod' }, set: { backupEvery: 24 } }] }

function standing(hoursAgo: number | null, { since = 1_000, failures = 0 } = {}): BackupStanding {
  const takenAt = hoursAgo === null ? null : AT - hoursAgo * HOUR
  return {
    proven: fresh(takenAt === null ? null : { id: 'b', takenAt, verifiedAt: takenAt }, 'store-file', AT),
    drilled: null,
    attempts: { since: AT - since * HOUR, startedAt: null, endedAt: null, failures },
  }
}

function seen(backup: BackupStanding, tags = ['prod']) {
  const { signals } = judgeNode(snapshot, { rules: daily, tags, histories: { get: () => undefined }, backup })
  return signals.find(({ topic }) => topic === 'backup')?.seen
}

describe('whether a node has a fresh backup', () => {
  it.each([
    [47, null],
    [49, 'warning'],
    [null, 'warning'],
  ] as const)('is judged by the interval that its tag asks for: %s hours', (hours, level) => {
    expect(seen(standing(hours))).toMatchObject({ level, cause: 'backup-stale' })
  })

  it('is no question where no backups are scheduled', () => {
    expect(seen(standing(null), [])?.level).toBe(null)
  })

  it('waits for the first ones after they were asked for', () => {
    expect(seen(standing(null, { since: 47 }))?.level).toBe(null)
    expect(seen(standing(null, { since: 49 }))?.level).toBe('warning')
  })

  it('tells of a run that failed while the last backup is still fresh', () => {
    expect(seen(standing(30, { failures: 3 }))).toMatchObject({ level: 'notice', cause: 'backup-failed' })
    expect(seen(standing(49, { failures: 3 }))?.cause).toBe('backup-stale')
    expect(seen(standing(1))?.level).toBe(null)
  })

  it('tells of a restore drill that failed', () => {
    const drilled = { id: 'b', at: AT, ok: false }
    expect(seen({ ...standing(1), drilled })).toMatchObject({
      level: 'warning',
      cause: 'backup-unrestorable',
    })
    expect(seen({ ...standing(1), drilled: { ...drilled, ok: true } })?.level).toBe(null)
  })

  it('cannot be said where the store cannot be read, which is no recovery', () => {
    const proven = unknown<never>({ code: 'backups-unreadable' }, AT, 'store-file')
    expect(seen({ ...standing(49), proven })).toBe(null)
  })

  it('is judged anew when a backup was made, of the same look', () => {
    const around = { rules: daily, tags: ['prod'], histories: { get: () => undefined } }
    const codes = (backup: BackupStanding) =>
      anomaliesOf(judgeNode(snapshot, { ...around, backup })).map(({ code }) => code)
    expect(codes(standing(49))).toEqual(['backup-stale'])
    expect(codes(standing(1))).toEqual([])
  })

  it('shows an age in whole intervals, so that a message is not written anew with every look', () => {
    expect(seen(standing(71.9))?.params).toEqual(seen(standing(49))?.params)
  })
})
