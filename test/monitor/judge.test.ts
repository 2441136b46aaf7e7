import { describe, expect, it } from 'vitest'
import { fresh, stale, unknown } from '../../src/base/reading.ts'
import { anomaliesOf, judgeInTurns, judgeNode } from '../../src/monitor/judge.ts'
import { restartRemarks, versionRemarks } from '../../src/monitor/rules/service.ts'
import type { RulesFile } from '../../src/monitor/thresholds.ts'
import type { NodeSnapshot } from '../../src/openclaw/snapshot.ts'
import { healthySnapshot, sessionFacts } from '../support/snapshots.ts'

const noRules: RulesFile = { version: 1, overrides: [] }
const around = { rules: noRules, tags: [], histories: { get: () => undefined } }
const found = (snapshot: NodeSnapshot) => anomaliesOf(judgeNode(snapshot, around))
const codes = (snapshot: NodeSnapshot) => found(snapshot).map(({ code }) => code)
const graded = (snapshot: NodeSnapshot) => found(snapshot).map(({ code, severity }) => [code, severity])
const AT = healthySnapshot().observedAt

describe('judging a node', () => {
  it('finds nothing wrong with a healthy node', () => {
    expect(codes(healthySnapshot())).toEqual([])
  })

  it.each([
    [64, []],
    [66, [['context-level', 'notice']]],
    [81, [['context-level', 'warning']]],
    [91, [['context-level', 'critical']]],
    [101, [['context-full', 'critical']]],
  ] as const)('grades a session at %i %% of the usable window', (percent, expected) => {
    const used = Math.round((165_952 * percent) / 100)
    expect(graded(healthySnapshot({ sessions: fresh([sessionFacts(used)], 'rpc', AT) }))).toEqual(expected)
  })

  it('says that 171,498 used with 34,048 reserved no longer fits into 200,000', () => {
    const [first] = found(healthySnapshot({ sessions: fresh([sessionFacts(171_498)], 'rpc', AT) }))
    expect(first).toMatchObject({
      code: 'context-full',
      severity: 'critical',
      params: { headroom: -5_546 },
    })
  })

  it('never raises a level for a counter that is not fresh, and says that it is blind', () => {
    const old = stale(171_498, 'rpc', AT, { code: 'counter-stale' })
    expect(codes(healthySnapshot({ sessions: fresh([sessionFacts(old)], 'rpc', AT) }))).toEqual([
      'counters-unknown',
    ])
  })

  it('leaves archived sessions out', () => {
    const archived = sessionFacts(171_498, { archived: true })
    expect(codes(healthySnapshot({ sessions: fresh([archived], 'rpc', AT) }))).toEqual([])
  })

  it.each([
    [84, []],
    [85, [['disk-full', 'warning']]],
    [95, [['disk-full', 'critical']]],
  ] as const)('grades a disk that is %i %% full', (usedPercent, expected) => {
    const host = healthySnapshot().host
    const disk = fresh(
      { path: '/', totalBytes: 100, availableBytes: 100 - usedPercent, usedPercent },
      'probe',
      AT,
    )
    expect(graded(healthySnapshot({ host: { ...host, disk } }))).toEqual(expected)
  })

  it('keeps the reason with the state and puts the worst first', () => {
    const host = healthySnapshot().host
    const wrong = found(
      healthySnapshot({
        state: 'not-serving',
        reason: { code: 'port-silent' },
        host: { ...host, clockSkewMs: fresh(6_000, 'probe', AT) },
        sessions: unknown({ code: 'gateway-offline' }, AT),
      }),
    )
    expect(wrong.map(({ code, severity }) => [code, severity])).toEqual([
      ['port-silent', 'critical'],
      ['clock-skew', 'notice'],
    ])
    expect(wrong[0]?.reason).toEqual({ code: 'port-silent' })
  })

  it('notices restarts that rise between two looks, not a high count that stays', () => {
    const before = healthySnapshot({
      service: { ...healthySnapshot().service, restarts: fresh(7, 'probe', AT) },
    })
    const after = healthySnapshot({
      service: { ...healthySnapshot().service, restarts: fresh(9, 'probe', AT) },
    })
    expect(restartRemarks(before, before)).toEqual([])
    expect(restartRemarks(after, before)[0]).toMatchObject({
      cause: 'restarts-rising',
      params: { before: 7, now: 9 },
    })
  })

  it('compares versions as numbers, not as text', () => {
    const node = healthySnapshot({
      install: { ...healthySnapshot().install, version: fresh('2026.9.6', 'probe', AT) },
    })
    expect(versionRemarks(node, ['2026.10.1'])).toMatchObject([{ cause: 'version-behind', level: 'notice' }])
    expect(versionRemarks(node, ['2026.2.17'])).toEqual([])
  })
})

describe('judging a node with many sessions', () => {
  const crowded = () => {
    const sessions = Array.from({ length: 950 }, (_, index) =>
      sessionFacts(index % 2 === 0 ? 150_000 : 1_000, { key: `agent:main:${index}`, sessionId: `s${index}` }),
    )
    return healthySnapshot({ sessions: fresh(sessions, 'rpc', AT) })
  }

  it('gives others a turn in between, and says the same as in one piece', async () => {
    let turns = 0
    let over = false
    const others = () => {
      turns += 1
      if (!over) setImmediate(others)
    }
    setImmediate(others)
    const judgement = await judgeInTurns(crowded(), around)
    over = true
    expect(turns).toBeGreaterThanOrEqual(9)
    expect(judgement).toEqual(judgeNode(crowded(), around))
  })

  it('is done once for everybody', async () => {
    const snapshot = crowded()
    expect(judgeNode(snapshot, around)).toBe(await judgeInTurns(snapshot, around))
  })
})
