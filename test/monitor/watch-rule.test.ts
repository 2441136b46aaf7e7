import { describe, expect, it } from 'vitest'
import { fresh, type Reason, unknown } from '../../src/base/reading.ts'
import type { IncidentState } from '../../src/incidents/incident.ts'
import { defaultIncidentSettings } from '../../src/incidents/settings.ts'
import { anomaliesOf, judgeNode } from '../../src/monitor/judge.ts'
import type { NodeSnapshot } from '../../src/openclaw/snapshot.ts'
import { advance, emptyIncidentState } from '../incidents/whole-state.ts'
import { healthySnapshot, sessionFacts } from '../support/snapshots.ts'

const AT = healthySnapshot().observedAt
const LOOK = 30_000
const around = {
  rules: { version: 1 as const, overrides: [] },
  tags: [],
  histories: { get: () => undefined },
}

/** A gateway that serves and whose sessions could not be read. */
function unreadable(reason: Reason, changes: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return healthySnapshot({ reason, sessions: unknown(reason, AT, 'rpc'), ...changes })
}

/** What is open after these looks. */
function open(looks: readonly NodeSnapshot[]) {
  const state = looks.reduce<IncidentState>((before, snapshot, index) => {
    const now = AT + index * LOOK
    const { signals } = judgeNode({ ...snapshot, observedAt: now }, around)
    const surroundings = {
      now,
      settings: defaultIncidentSettings,
      tagsOf: () => [],
      unwatched: new Map(),
      isShown: () => false,
    }
    return advance(before, { kind: 'signals', signals }, surroundings)
  }, emptyIncidentState())
  return state.incidents.filter((incident) => incident.state !== 'resolved')
}

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
