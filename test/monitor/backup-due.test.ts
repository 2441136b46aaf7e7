import { describe, expect, it } from 'vitest'
import { type BackupTurn, dueBackups, offsetOf } from '../../src/monitor/backup-due.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOBODY: ReadonlySet<string> = new Set()

const turn = (nodeId: string, changes: Partial<BackupTurn> = {}): BackupTurn => ({
  nodeId,
  everyMs: DAY,
  provenAt: null,
  attempts: { since: 0, startedAt: null, endedAt: null, failures: 0 },
  ...changes,
})
const fleet = (count: number) => Array.from({ length: count }, (_, index) => turn(`node-${index}`))

describe('which backups are due', () => {
  it('spreads a fleet over the interval, each node always at its own time', () => {
    const hours = Array.from({ length: 24 }, () => 0)
    for (const { nodeId } of fleet(1_000)) {
      const hour = Math.floor(offsetOf(nodeId, DAY) / HOUR)
      hours[hour] = (hours[hour] ?? 0) + 1
    }
    expect(Math.min(...hours)).toBeGreaterThan(15)
    expect(Math.max(...hours)).toBeLessThan(80)
    expect(offsetOf('Node-1', DAY)).toBe(offsetOf('node-1', DAY))
  })

  it('backs each node up once a day through a week, a few at once', async () => {
    const clock = createFakeClock()
    const taken = new Map<string, number[]>()
    let turns: BackupTurn[] = fleet(60).map((one) => ({ ...one, provenAt: clock.now() }))
    let most = 0
    for (let minute = 0; minute < (7 * DAY) / MINUTE; minute += 10) {
      await clock.advance(0)
      clock.block(10 * MINUTE)
      const due = dueBackups(turns, { now: clock.now(), running: NOBODY, atOnce: 3 })
      most = Math.max(most, due.length)
      for (const id of due) taken.set(id, [...(taken.get(id) ?? []), clock.now()])
      turns = turns.map((one) => (due.includes(one.nodeId) ? { ...one, provenAt: clock.now() } : one))
    }
    expect(most).toBeLessThanOrEqual(3)
    expect([...taken.values()].map(({ length }) => length)).toEqual(Array.from({ length: 60 }, () => 7))
  })

  it('catches up what was missed once and a few at a time, the longest overdue first', () => {
    const now = createFakeClock().now()
    const turns = fleet(50).map((one, index) => ({ ...one, provenAt: now - (30 + index) * DAY }))
    expect(dueBackups(turns, { now, running: NOBODY, atOnce: 3 })).toEqual(['node-49', 'node-48', 'node-47'])
    const running = new Set(['node-49', 'node-48'])
    expect(dueBackups(turns, { now, running, atOnce: 3 })).toEqual(['node-47'])
    expect(dueBackups(turns, { now, running, atOnce: 2 })).toEqual([])
  })

  it('takes a backup made by hand for the one of its turn', () => {
    const now = createFakeClock().now()
    const since = now - ((now - offsetOf('alpha', DAY)) % DAY)
    const due = (provenAt: number) =>
      dueBackups([turn('alpha', { provenAt })], { now, running: NOBODY, atOnce: 3 })
    expect(due(since)).toEqual([])
    expect(due(since - 1)).toEqual(['alpha'])
  })

  it.each([
    ['half an hour after one failure', { endedAt: -30 * MINUTE, failures: 1 }, true],
    ['not sooner', { endedAt: -29 * MINUTE, failures: 1 }, false],
    ['two hours after the third', { endedAt: -2 * HOUR, failures: 3 }, true],
    ['not sooner than that', { endedAt: -119 * MINUTE, failures: 3 }, false],
    ['six hours after many', { endedAt: -6 * HOUR, failures: 40 }, true],
    ['five minutes after it was busy', { endedAt: -5 * MINUTE, failures: 0 }, true],
    ['not at once when it was busy', { endedAt: -4 * MINUTE, failures: 0 }, false],
    ['ten minutes after the program was killed in it', { endedAt: null, failures: 0 }, true],
  ] as const)('tries a node again %s', (_when, { endedAt, failures }, expected) => {
    const now = createFakeClock().now()
    const ended = endedAt === null ? null : now + endedAt
    const attempts = { since: 0, startedAt: (ended ?? now) - 10 * MINUTE, endedAt: ended, failures }
    const due = dueBackups([turn('alpha', { attempts })], { now, running: NOBODY, atOnce: 1 })
    expect(due).toEqual(expected ? ['alpha'] : [])
  })

  it('is not kept by a clock that was set back', () => {
    const now = createFakeClock().now()
    const ahead = now + 400 * DAY
    const attempts = { since: ahead, startedAt: ahead, endedAt: ahead, failures: 9 }
    const turns = [turn('alpha', { provenAt: ahead, attempts })]
    expect(dueBackups(turns, { now, running: NOBODY, atOnce: 1 })).toEqual(['alpha'])
  })
})
