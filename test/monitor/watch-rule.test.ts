import { describe, expect, it } from 'vitest'
import { fresh, type Reason, unknown } from '../../src/base/reading.ts'
import { anomaliesOf, judgeNode } from '../../src/monitor/judge.ts'
import type { NodeSnapshot } from '../../src/openclaw/snapshot.ts'
import { healthySnapshot, sessionFacts } from '../support/snapshots.ts'
import { AT, around, openAfterEach } from './looks.ts'

/** A gateway that serves and whose sessions could not be read. */
function unreadable(reason: Reason, changes: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return healthySnapshot({ reason, sessions: unknown(reason, AT, 'rpc'), ...changes })
}

/** What is open after these looks. */
const open = (looks: readonly NodeSnapshot[]) => openAfterEach(looks).at(-1) ?? []

describe('a gateway that serves and whose sessions cannot be read', () => {
  it.each([
    ['gateway-auth-failed', 'not-watched'],
    ['gateway-token-missing', 'not-watched'],
    ['gateway-protocol', 'not-watched'],
    ['output-limit', 'not-watched'],
    ['deadline', 'watch-timed-out'],
    ['gateway-hung', 'watch-timed-out'],
  ] as const)('needs attention, with the reason: %s is %s', (code, expected) => {
    const [first, ...more] = anomaliesOf(judgeNode(unreadable({ code }), around))
    expect(first).toMatchObject({ code: expected, severity: 'warning', reason: { code } })
    expect(more).toEqual([])
  })

  it('is an incident after two looks, and over after two that could read them', () => {
    const blind = unreadable({ code: 'gateway-auth-failed' })
    expect(open([blind])).toEqual([])
    expect(open([blind, blind])).toMatchObject([{ topic: 'watch', cause: 'not-watched', level: 'warning' }])
    expect(open([blind, blind, healthySnapshot()])).toHaveLength(1)
    expect(open([blind, blind, healthySnapshot(), healthySnapshot()])).toEqual([])
  })

  it('is not confused with one that goes down: that is a condition of its own, and no recovery of this one', () => {
    const blind = unreadable({ code: 'gateway-auth-failed' })
    const down = unreadable({ code: 'service-inactive' }, { state: 'service-down' })
    expect(
      open([blind, blind, down, down])
        .map(({ topic }) => topic)
        .sort(),
    ).toEqual(['availability', 'watch'])
    expect(anomaliesOf(judgeNode(down, around)).map(({ code }) => code)).toEqual(['service-down'])
  })

  it('is nothing where the reading was only stopped', () => {
    expect(anomaliesOf(judgeNode(unreadable({ code: 'cancelled' }), around))).toEqual([])
  })

  it('is not said of one whose sessions are read while it reports that it is not ready', () => {
    const reason = { code: 'gateway-not-ready', params: { failing: 'discord' } } as const
    const sessions = fresh([sessionFacts(30_000)], 'rpc', AT)
    expect(anomaliesOf(judgeNode(healthySnapshot({ reason, sessions }), around))).toMatchObject([
      { code: 'gateway-unhealthy', severity: 'warning', reason },
    ])
  })
})
