import { describe, expect, it, test } from 'vitest'
import { fresh, type Reading, stale, unknown } from '../../src/base/reading.ts'
import type { SessionFacts } from '../../src/openclaw/snapshot.ts'
import { judgeCompaction, showsCompaction } from '../../src/operations/compaction-verdict.ts'
import { sessionFacts } from '../support/snapshots.ts'

const AT = 1_795_000_000_000
const before = sessionFacts(172_000, { compactionCount: null })

function rowWith(used: Reading<number>, compactionCount: number | null = null): SessionFacts {
  const facts = sessionFacts(0, { compactionCount })
  return { ...facts, context: { ...facts.context, used } }
}

function verdict(said: boolean | null, session: SessionFacts | null, used = session?.context.used) {
  const shown = session !== null && showsCompaction(before, session, said)
  const reading = used ?? unknown<number>({ code: 'deadline' }, AT)
  return judgeCompaction(before, said, { session, used: reading, shown })
}

const missing = unknown<number>({ code: 'counter-missing' }, AT, 'rpc')
const estimate = stale(20_756, 'rpc', AT, { code: 'counter-after-compaction' })

describe('a compaction that OpenClaw says it made', () => {
  it('is done although the counter is gone, which is known again after the next turn (2026.6.8, 2026.8.1)', () => {
    expect(verdict(true, rowWith(missing, 1))).toMatchObject({
      outcome: 'done',
      after: { freshness: 'unknown', reason: { code: 'counter-after-compaction' } },
    })
    expect(verdict(true, rowWith(missing))).toMatchObject({ outcome: 'done' })
  })

  it('is done by its own estimate (2026.2.17, 2026.7.1, 2026.9.6)', () => {
    expect(verdict(true, rowWith(estimate))).toMatchObject({ outcome: 'done', after: estimate })
  })

  it('is done where the row keeps the old counter, which is out of date from then on (2026.3.31)', () => {
    expect(verdict(true, rowWith(fresh(172_000, 'rpc', AT)))).toMatchObject({
      outcome: 'done',
      after: { freshness: 'stale', value: 172_000, reason: { code: 'counter-before-compaction' } },
    })
  })

  it('is done when nothing can be read afterwards, and the reason of that is told', () => {
    expect(verdict(true, null)).toMatchObject({ outcome: 'done', after: { reason: { code: 'deadline' } } })
  })

  it('is only partly so when the context was counted anew and is no smaller', () => {
    expect(verdict(true, rowWith(fresh(172_000, 'rpc', AT), 1))).toMatchObject({ outcome: 'partial' })
    expect(verdict(true, rowWith(fresh(173_500, 'rpc', AT)))).toMatchObject({ outcome: 'partial' })
  })
})

describe('a compaction of which no answer came', () => {
  it('is done when the count of compactions rose, whatever the counter says', () => {
    expect(verdict(null, rowWith(missing, 1))).toMatchObject({ outcome: 'done' })
    expect(verdict(null, rowWith(fresh(172_000, 'rpc', AT), 1))).toMatchObject({ outcome: 'done' })
  })

  it('is done when a fresh counter fell', () => {
    expect(verdict(null, rowWith(fresh(18_156, 'rpc', AT)))).toMatchObject({ outcome: 'done' })
  })

  it.each([
    ['shows nothing', rowWith(fresh(172_000, 'rpc', AT))],
    ['shows an estimate that proves nothing', rowWith(estimate)],
    ['has lost its counter', rowWith(missing)],
    ['cannot be read', null],
  ])('is unknown, never failed, when the session %s', (_, session) => {
    expect(verdict(null, session)).toMatchObject({ outcome: 'unknown' })
  })
})

test('a compaction that OpenClaw refused has failed', () => {
  expect(verdict(false, rowWith(fresh(172_000, 'rpc', AT)))).toMatchObject({ outcome: 'failed' })
  expect(verdict(false, null)).toMatchObject({ outcome: 'failed' })
})
