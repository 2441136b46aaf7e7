import { describe, expect, it } from 'vitest'
import { fresh, stale, unknown } from '../../src/base/reading.ts'
import { forecast } from '../../src/monitor/forecast.ts'
import { observe, type SessionHistory } from '../../src/monitor/history.ts'
import { judgeSession } from '../../src/monitor/judge.ts'
import type { Measurement } from '../../src/monitor/signal.ts'
import { rulesFileSchema, thresholdsFor } from '../../src/monitor/thresholds.ts'
import type { SessionFacts } from '../../src/openclaw/snapshot.ts'
import { sessionFacts } from '../support/snapshots.ts'

const START = Date.parse('2026-11-22T12:00:00Z')
const MINUTE = 60_000
const defaults = thresholdsFor(rulesFileSchema.parse({ version: 1, overrides: [] }), {
  nodeId: 'alpha',
  tags: [],
  agentId: 'main',
})

/** Looks at a session once a minute; each value is its counter at that minute. */
function grow(values: readonly number[], changes: Partial<SessionFacts> = {}): SessionHistory {
  return values.reduce<SessionHistory | undefined>(
    (history, used, minute) => observe(history, sessionFacts(used, changes), START + minute * MINUTE),
    undefined,
  ) as SessionHistory
}

function seen(
  session: SessionFacts,
  history = observe(undefined, session, START),
  look: { at?: number; overflowed?: boolean } = {},
): Record<'context' | 'compaction' | 'runaway', Measurement | null> {
  const signals = judgeSession('alpha', session, {
    histories: { get: () => history },
    thresholds: defaults,
    at: START,
    overflowed: false,
    ...look,
  })
  return Object.fromEntries(signals.map((signal) => [signal.topic, signal.seen])) as ReturnType<typeof seen>
}

describe('the context rule', () => {
  it('calls 171,498 used with 34,048 reserved of 200,000 critical, with its negative headroom', () => {
    expect(seen(sessionFacts(171_498)).context).toMatchObject({
      level: 'critical',
      params: { headroom: -5_546 },
    })
  })

  it('warns before the refusal: at 65, 80 and 90 % of what is usable', () => {
    const level = (percent: number) => seen(sessionFacts(Math.ceil((165_952 * percent) / 100))).context?.level
    expect([64, 66, 81, 91].map(level)).toEqual([null, 'notice', 'warning', 'critical'])
  })

  it('leaves a 1 M window at 172 K alone', () => {
    const session = sessionFacts(172_000)
    const roomy = {
      ...session,
      context: {
        ...session.context,
        window: fresh(1_000_000, 'rpc', START),
        headroom: fresh(793_952, 'rpc', START),
        usablePercent: fresh(18, 'rpc', START),
      },
    }
    expect(seen(roomy as SessionFacts).context?.level).toBeNull()
  })

  it('holds a level inside the re-arm band and lets go below it', () => {
    const at = (percent: number) =>
      seen(sessionFacts(Math.round((165_952 * percent) / 100))).context?.holdLevel
    expect(at(75)).toBe('warning')
    expect(at(71)).toBe('notice')
    expect(at(55)).toBeNull()
  })

  it.each([
    ['stale', stale(171_498, 'rpc', START, { code: 'counter-stale' } as const)],
    ['missing', unknown<number>({ code: 'counter-missing' }, START)],
  ])('says nothing, neither alarm nor recovery, for a %s counter', (_name, used) => {
    expect(seen(sessionFacts(used)).context).toBeNull()
  })

  it('is over when a compaction left far less than any level, though that is an estimate', () => {
    const before = observe(undefined, sessionFacts(160_000, { compactionCount: 0 }), START)
    const estimate = (tokens: number, compactionCount: number) => {
      const session = sessionFacts(tokens, { compactionCount })
      const used = stale(tokens, 'rpc', START, { code: 'counter-after-compaction' })
      return seen({ ...session, context: { ...session.context, used } }, before).context
    }
    expect(estimate(30_000, 1)).toMatchObject({ level: null, holdLevel: null })
    expect(estimate(120_000, 1), 'still near a level').toBeNull()
    expect(estimate(30_000, 0), 'no compaction since the last true counter').toBeNull()
  })

  it('believes an overflow event whatever the counter says', () => {
    const session = sessionFacts(unknown<number>({ code: 'counter-missing' }, START))
    expect(seen(session, undefined, { overflowed: true }).context).toMatchObject({
      level: 'critical',
      cause: 'context-overflow',
      immediate: true,
    })
  })

  it('believes the recorded wording of a refused prompt', () => {
    const lastRunError =
      'LLM request rejected: input length and max_tokens exceed context limit: 188335 + 34048 > 200000'
    expect(seen(sessionFacts(50_000, { lastRunError })).context?.cause).toBe('context-overflow')
  })

  it('warns when the next turn of this session would not fit', () => {
    const history = grow([60_000, 85_000, 109_000, 131_000])
    const found = seen(sessionFacts(131_000), history).context
    expect(found).toMatchObject({ level: 'notice' })
    expect(seen(sessionFacts(150_000), grow([60_000, 90_000, 120_000, 150_000])).context).toMatchObject({
      level: 'critical',
    })
    const slow = grow([60_000, 80_000, 100_000, 120_000, 140_000, 142_000])
    expect(seen(sessionFacts(142_000), slow).context?.level).not.toBeNull()
  })
})

describe('the forecast', () => {
  it('says when steady growth will be full, within its own range', () => {
    const values = Array.from({ length: 30 }, (_, minute) => 80_000 + minute * 1_500)
    const ahead = forecast(grow(values), START + 29 * MINUTE)
    const truth = (165_952 - 123_500) / 1_500
    expect(ahead).not.toBeNull()
    expect((ahead?.fullInMs ?? 0) / MINUTE).toBeCloseTo(truth, 0)
    expect(ahead?.earliestMs).toBeLessThanOrEqual(ahead?.fullInMs ?? 0)
    expect(ahead?.latestMs).toBeGreaterThanOrEqual(ahead?.fullInMs ?? 0)
  })

  it('is silent on thin data, on a flat line and right after a compaction', () => {
    expect(forecast(grow([80_000, 90_000]), START + MINUTE)).toBeNull()
    expect(forecast(grow(Array.from({ length: 30 }, () => 80_000)), START + 29 * MINUTE)).toBeNull()
    const compacted = grow([...Array.from({ length: 30 }, (_, i) => 80_000 + i * 2_000), 30_000, 31_000])
    expect(forecast(compacted, START + 31 * MINUTE)).toBeNull()
  })

  it('is not bent by one huge turn', () => {
    const values = Array.from(
      { length: 30 },
      (_, minute) => 60_000 + minute * 500 + (minute >= 15 ? 20_000 : 0),
    )
    const ahead = forecast(grow(values), START + 29 * MINUTE)
    expect(ahead?.tokensPerTurn).toBe(500)
    expect((ahead?.fullInMs ?? 0) / MINUTE).toBeGreaterThan(30)
  })

  it('raises the alarm on time left before the level does', () => {
    const values = Array.from({ length: 20 }, (_, minute) => 20_000 + minute * 4_000)
    const found = seen(sessionFacts(96_000), grow(values), { at: START + 19 * MINUTE }).context
    expect(found).toMatchObject({ level: 'warning', cause: 'time-left' })
  })
})

describe('the compaction watchdog', () => {
  it('notices a context past the compaction point that goes on growing', () => {
    const session = sessionFacts(186_000)
    expect(seen(session, grow([150_000, 181_000, 186_000])).compaction).toMatchObject({
      level: 'warning',
      cause: 'compaction-missed',
    })
    expect(seen(sessionFacts(181_000), grow([150_000, 181_000])).compaction?.level).toBeNull()
  })

  it('notices compactions that gain nothing', () => {
    let history: SessionHistory | undefined
    const values = [170_000, 160_000, 170_000, 160_000, 170_000, 160_000]
    values.forEach((used, index) => {
      history = observe(
        history,
        sessionFacts(used, { compactionCount: Math.ceil(index / 2) }),
        START + index * MINUTE,
      )
    })
    expect(seen(sessionFacts(160_000), history, { at: START + 6 * MINUTE }).compaction).toMatchObject({
      cause: 'compaction-looping',
      level: 'warning',
    })
  })

  it('calls a failed compaction critical', () => {
    const lastRunError = 'Auto-compaction could not recover this turn. Try /compact or /new.'
    expect(seen(sessionFacts(165_385, { lastRunError })).compaction).toMatchObject({
      level: 'critical',
      cause: 'compaction-failed',
    })
  })
})

describe('the runaway rule', () => {
  it('notices tokens that rise long after the last person spoke', () => {
    const values = Array.from({ length: 40 }, (_, minute) => 20_000 + minute * 1_000)
    const idle = { lastInteractionAt: START }
    expect(seen(sessionFacts(59_000, idle), grow(values, idle)).runaway).toMatchObject({ level: 'warning' })
  })

  it('leaves a busy conversation alone', () => {
    const values = Array.from({ length: 40 }, (_, minute) => 20_000 + minute * 1_000)
    const busy = { lastInteractionAt: START + 38 * MINUTE }
    expect(seen(sessionFacts(59_000, busy), grow(values, busy)).runaway?.level).toBeNull()
  })
})
