import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Monitor } from '../../src/monitor/monitor.ts'
import { BackupSchedule } from '../../src/operations/backup-schedule.ts'
import type { Context } from '../../src/operations/context.ts'
import { listBackups } from '../../src/operations/manage-backups.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { setMaintenance } from '../../src/operations/set-maintenance.ts'
import { setRule } from '../../src/operations/set-rule.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const SPEC = { version: '2026.9.6' as const, agents: [{ id: 'main' }], tags: ['prod'] }
const HOUR = 3_600_000

let fleet: Fleet
let schedule: BackupSchedule

beforeAll(async () => {
  fleet = await startFleet(
    [
      { id: 'alpha', name: 'Alpha', ...SPEC },
      { id: 'beta', name: 'Beta', ...SPEC },
      { id: 'away', name: 'Away', ...SPEC, state: 'down' },
      { id: 'resting', name: 'Resting', ...SPEC },
      { id: 'apart', name: 'Apart', ...SPEC, tags: [] },
    ],
    {
      OCM_BACKUP_FREE_MB: '1',
      OCM_STATUS_DEADLINE_MS: '60000',
      OCM_CONNECT_TIMEOUT_MS: '30000',
      OCM_BACKUP_PARALLEL: '2',
    },
  )
  const rest = { node: 'resting', on: true, reason: 'a new disk' }
  await runOperation(fleet.context, actor('admin'), setMaintenance, rest)
})
afterEach(() => schedule.stop())
afterAll(() => fleet.close())

const rule = (scope: object, value: number | null) =>
  runOperation(fleet.context, actor('admin'), setRule, { ...scope, name: 'backupEvery', value })

function scheduleOn(changes: Partial<Context> = {}): BackupSchedule {
  schedule = new BackupSchedule({ ...fleet.context, ...changes })
  return schedule
}

async function passed(one: BackupSchedule): Promise<void> {
  await one.pass()
  await one.settled()
}

const count = async (node: string) => (await fleet.context.backups.list(node)).length
const causes = (topic: string) =>
  fleet.context.incidents
    .state()
    .incidents.filter((one) => one.topic === topic && one.state !== 'resolved')
    .map(({ subject, cause }) => [subject.nodeId, cause])

const provenAt = (at: number) => ({
  proven: { id: '20261129T000000Z-000000', takenAt: at, verifiedAt: at },
  drilled: null,
})

async function sweep(): Promise<void> {
  const { context, histories } = fleet
  const report: ConstructorParameters<typeof Monitor>[0]['report'] = (input) => context.incidents.apply(input)
  const monitor = new Monitor({ context, histories, rules: () => context.rules.value(), report })
  await monitor.sweep(new AbortController().signal)
  await monitor.stop()
}

describe('scheduled backups', () => {
  it('are not taken where no rule asks for them', async () => {
    await passed(scheduleOn())
    expect(await count('alpha')).toBe(0)
    expect(fleet.context.backups.book.attempted()).toEqual([])
  })

  it('are not set for one agent', async () => {
    await expect(rule({ node: 'alpha', agent: 'main' }, 24)).rejects.toMatchObject({
      code: 'rules-contradict',
    })
    await expect(rule({ tag: 'prod' }, 0.5)).rejects.toMatchObject({ code: 'rules-contradict' })
  })

  it('are begun only with the floor of free disk, and that is told once', async () => {
    await rule({ tag: 'prod' }, 24)
    const one = scheduleOn({ backups: { ...fleet.context.backups, freeBytes: async () => 10 } })
    await passed(one)
    await passed(one)
    expect(await count('alpha')).toBe(0)
    expect(causes('backup-store')).toEqual([[null, 'backups-no-room']])
  })

  it('are taken of the nodes with the tag that are in service, and marked as scheduled', async () => {
    await passed(scheduleOn())
    expect(causes('backup-store')).toEqual([])
    const counts = await Promise.all(['alpha', 'beta', 'away', 'resting', 'apart'].map(count))
    expect(counts).toEqual([1, 1, 0, 0, 0])
    const [row] = await fleet.context.backups.list('alpha')
    expect((await fleet.context.backups.manifest('alpha', row?.id ?? '')).about.reason).toBe('scheduled')
    const lines = (await fleet.audit()).filter(({ operation }) => operation === 'backup-node')
    expect(new Set(lines.map(({ face, actorId }) => `${face} ${actorId}`))).toEqual(
      new Set(['monitor schedule']),
    )
  })

  it('are told in one line: which nodes have a fresh one, which have not, and what was new', async () => {
    const { digest } = (await runOperation(fleet.context, actor('viewer'), listBackups, {})).data
    const away = [{ id: 'away', name: 'Away' }]
    expect(digest).toMatchObject({ scheduled: 3, fresh: 2, late: away, failing: away, unread: 0 })
    expect(digest?.taken?.count).toBe(2)
    expect(digest?.taken?.newBytes).toBeGreaterThan(1_000)
    const other = await runOperation(fleet.context, actor('viewer', ['lab']), listBackups, {})
    expect(other.data.digest).toBeNull()
  })

  it('are not taken again in the same turn, also by a program that was started anew', async () => {
    await passed(scheduleOn())
    expect([await count('alpha'), await count('beta')]).toEqual([1, 1])
  })

  it('tell of a failure once, and of no fresh backup when it lasts, until one is verified', async () => {
    await sweep()
    expect(causes('backup')).toEqual([['away', 'backup-failed']])
    const { book } = fleet.context.backups
    const { attempts } = book.standing('away')
    expect(attempts?.failures).toBe(1)
    const since = Date.now() - 49 * HOUR
    await book.noteAttempts('away', { since, startedAt: since, endedAt: since, failures: 1 })
    await sweep()
    expect(causes('backup')).toEqual([['away', 'backup-stale']])
    await book.note('away', provenAt(Date.now()))
    await book.noteAttempts('away', { since, startedAt: since, endedAt: since, failures: 0 })
    await sweep()
    expect(causes('backup')).toEqual([])
  })

  it('stop with the program, and their turn is still to come', async () => {
    const at = Date.now() - 48 * HOUR
    const { book } = fleet.context.backups
    await book.note('beta', provenAt(at))
    await book.noteAttempts('beta', { since: at, startedAt: at, endedAt: at, failures: 0 })
    const before = book.standing('beta').attempts
    const one = scheduleOn()
    await one.pass()
    await expect.poll(() => book.standing('beta').attempts?.startedAt).not.toBe(at)
    await one.stop()
    expect(await count('beta')).toBe(1)
    expect(book.standing('beta').attempts).toEqual(before)
    await passed(one)
    expect(await count('beta')).toBe(1)
  })

  it('are tried out once a week, one node after the other, and the result is in the list', async () => {
    const { book } = fleet.context.backups
    await book.refresh()
    const since = Date.now() - 15 * 24 * HOUR
    for (const node of ['alpha', 'beta'])
      await book.noteAttempts(node, { since, startedAt: since, endedAt: since, failures: 0 })
    const one = scheduleOn()
    await passed(one)
    await passed(one)
    for (const node of ['alpha', 'beta']) {
      const [row] = await fleet.context.backups.list(node)
      expect(row?.restorable?.ok).toBe(true)
      expect(book.standing(node).drilled).toMatchObject({ id: row?.id, ok: true })
    }
    const drills = async () =>
      (await fleet.audit()).filter(
        ({ operation, result }) => operation === 'drill-backup' && result === 'done',
      ).length
    expect(await drills()).toBe(2)
    await passed(one)
    expect(await drills()).toBe(2)
  })

  it('wait for a store that cannot be read, which is told as that', async () => {
    const place = join(fleet.folder, 'backups', 'nodes', 'beta')
    renameSync(place, `${place}.aside`)
    writeFileSync(place, 'no folder')
    await fleet.context.backups.book.refresh()
    await passed(scheduleOn())
    expect(causes('backup-store')).toEqual([[null, 'backups-unreadable']])
    rmSync(place)
    renameSync(`${place}.aside`, place)
    await passed(scheduleOn())
    expect(causes('backup-store')).toEqual([])
  })

  it('end with their rule, and so do their incidents', async () => {
    const { book } = fleet.context.backups
    const since = Date.now() - 99 * HOUR
    await book.noteAttempts('away', { since, startedAt: null, endedAt: null, failures: 2 })
    await sweep()
    expect(causes('backup')).toHaveLength(1)
    await rule({ tag: 'prod' }, null)
    await passed(scheduleOn())
    await sweep()
    expect([causes('backup'), book.attempted()]).toEqual([[], []])
  })
})
