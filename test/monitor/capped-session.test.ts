import { describe, expect, it } from 'vitest'
import { fresh } from '../../src/base/reading.ts'
import { observe, type SessionHistory } from '../../src/monitor/history.ts'
import { judgeSession } from '../../src/monitor/judge.ts'
import { thresholdsSchema } from '../../src/monitor/thresholds.ts'
import { sessionFacts as factsOf, parseSessionRow } from '../../src/openclaw/session-rows.ts'
import { DEFAULT_CONTEXT_SETTINGS } from '../../src/openclaw/sessions.ts'
import type { SessionFacts } from '../../src/openclaw/snapshot.ts'
import { sessionFacts } from '../support/snapshots.ts'

const START = Date.parse('2026-11-22T12:00:00Z')
const MINUTE = 60_000
const USABLE = 165_952
const CAP = 144_000
const thresholds = thresholdsSchema.parse({})

/** A session that OpenClaw compacts from `cap` tokens on. */
function session(used: number, cap: number | null, changes: Partial<SessionFacts> = {}): SessionFacts {
  const base = sessionFacts(used, changes)
  const context = {
    ...base.context,
    cap,
    usablePercent: fresh((used / USABLE) * 100, 'rpc', START),
  }
  return { ...base, context }
}

/** What the rules say after these turns, one a minute. */
function judgedAfter(turns: readonly SessionFacts[]) {
  const history = turns.reduce<SessionHistory | undefined>(
    (before, turn, minute) => observe(before, turn, START + minute * MINUTE),
    undefined,
  )
  const last = turns.at(-1)
  if (!last || !history) throw new Error('no turns')
  const at = START + (turns.length - 1) * MINUTE
  const signals = judgeSession('alpha', last, {
    histories: { get: () => history },
    thresholds,
    at,
    overflowed: false,
  })
  return Object.fromEntries(signals.map(({ topic, seen }) => [topic, seen]))
}

describe('a session that a cap keeps from its end', () => {
  it('is not critical at 93 %: OpenClaw compacts it before its next turn', () => {
    const uncapped = judgedAfter([session(120_000, null), session(154_500, null)])
    expect(uncapped.context).toMatchObject({ level: 'critical', cause: 'context-level' })
    const capped = judgedAfter([session(120_000, CAP), session(154_500, CAP)])
    expect(capped.context).toMatchObject({
      level: 'notice',
      holdLevel: 'notice',
      cause: 'compaction-ahead',
      params: { point: CAP },
    })
    expect(capped.compaction?.level).toBeNull()
  })

  it('is not critical again once the cap was set on a context that is full already', () => {
    const turns = [session(150_000, null), session(158_000, null), session(171_498, null)]
    expect(judgedAfter(turns).context).toMatchObject({ level: 'critical', cause: 'context-full' })
    const found = judgedAfter([...turns, session(171_498, CAP)])
    expect(found.context).toMatchObject({ level: 'notice', cause: 'compaction-ahead' })
    expect(found.compaction?.level).toBeNull()
  })

  it('is critical by its level, and a missed compaction, when a turn ran past the cap uncompacted', () => {
    const found = judgedAfter([session(130_000, CAP), session(145_000, CAP), session(154_500, CAP)])
    expect(found.context).toMatchObject({ level: 'critical', cause: 'context-level' })
    expect(found.compaction).toMatchObject({
      level: 'warning',
      cause: 'compaction-missed',
      params: { point: CAP },
    })
  })

  it('is well again after the compaction that came late', () => {
    const found = judgedAfter([
      session(130_000, CAP),
      session(145_000, CAP),
      session(154_500, CAP),
      session(39_000, CAP, { compactionCount: 1 }),
    ])
    expect(found.context?.level).toBeNull()
    expect(found.compaction?.level).toBeNull()
  })

  it('still counts as refused when the provider said so', () => {
    const lastRunError = 'context_length exceeded'
    expect(judgedAfter([session(154_500, CAP, { lastRunError })]).context).toMatchObject({
      level: 'critical',
      cause: 'context-overflow',
    })
  })

  it('is judged by its level where the cap lies beyond the refusal', () => {
    expect(judgedAfter([session(154_500, 170_000)]).context).toMatchObject({ level: 'critical' })
  })
})

describe('the cap of a session, as its gateway reports it', () => {
  const models = new Map([['fake/big', { window: 200_000, maxTokens: 32_000, api: null }]])
  const read = (contextTokens: number, compactionFloor: number | null = null) => {
    const row = parseSessionRow({
      key: 'agent:main:main',
      model: 'big',
      modelProvider: 'fake',
      totalTokens: 150_000,
      totalTokensFresh: true,
      inputTokens: 10,
      contextTokens,
    })
    if (!row) throw new Error('not a row')
    const sources = {
      models,
      defaultWindow: null,
      settings: DEFAULT_CONTEXT_SETTINGS,
      compactionFloor,
      protocol: 4,
      source: 'rpc',
      observedAt: START,
    } as const
    return factsOf(row, sources, 'main').context
  }

  it('is read from the window that OpenClaw counts by, and is not taken for the window', () => {
    expect(read(166_000)).toMatchObject({ cap: 146_000, window: { value: 200_000 } })
    expect(read(200_000).cap).toBeNull()
  })

  it('is read from the reserve of the configuration where the version heeds it', () => {
    expect(read(200_000, 54_000).cap).toBe(146_000)
    expect(read(200_000, 20_000).cap).toBeNull()
  })
})
