import { describe, expect, it } from 'vitest'
import type { ConditionCode, Severity } from '../../src/monitor/conditions.ts'
import { type Signal, signalKey } from '../../src/monitor/signal.ts'
import { look, storm } from './storm-stage.ts'

const MINUTE = 60_000
const NOON = Date.parse('2026-11-22T12:00:00Z')

function seen(at: number, cause: ConditionCode, level: Severity | null, used: number): Signal {
  const subject = { nodeId: 'alpha', agentId: 'main', sessionKey: 'agent:main:main' }
  const params = { agent: 'main', used, percent: Math.round(used / 1680) }
  const immediate = cause === 'context-overflow' ? { immediate: true } : {}
  return {
    key: signalKey('context', subject),
    topic: 'context',
    subject,
    at,
    seen: { level, holdLevel: level, cause, params, ...immediate },
  }
}

const only = (h: ReturnType<typeof storm>) => {
  expect(h.state.incidents).toHaveLength(1)
  return h.state.incidents[0] as (typeof h.state.incidents)[number]
}
const causesTold = (h: ReturnType<typeof storm>) =>
  only(h)
    .timeline.filter(({ kind }) => kind === 'cause')
    .map(({ params, ping }) => [params.cause, ping])

describe('an incident whose cause changes at the same level', () => {
  it('shows that the provider refuses now although the counter stands still, tells it and calls once', () => {
    const h = storm(NOON)
    h.signals(seen(h.now, 'context-level', 'critical', 166_000))
    const before = only(h).revision
    for (let turn = 0; turn < 20; turn += 1) {
      h.pass(MINUTE)
      h.signals(seen(h.now, 'context-overflow', 'critical', 166_000))
    }
    expect(only(h)).toMatchObject({ level: 'critical', cause: 'context-overflow', state: 'open' })
    expect(only(h).revision).toBeGreaterThan(before)
    expect(causesTold(h)).toEqual([['context-overflow', true]])
  })

  it('speaks again when it was acknowledged or snoozed for less than a refusal', () => {
    for (const kind of ['acknowledge', 'snooze'] as const) {
      const h = storm(NOON)
      h.signals(seen(h.now, 'context-level', 'critical', 166_000))
      h.apply({ kind, incidentId: only(h).id, by: 'mika', forMs: 8 * 60 * MINUTE } as never)
      h.pass(MINUTE)
      h.signals(seen(h.now, 'context-overflow', 'critical', 166_000))
      expect(only(h)).toMatchObject({ state: 'open', acknowledged: null, snoozed: null })
      expect(causesTold(h)).toEqual([['context-overflow', true]])
    }
  })

  it('is not talked out of a refusal by a counter that has not moved since', () => {
    const h = storm(NOON)
    h.signals(seen(h.now, 'context-overflow', 'critical', 140_000))
    h.pass(MINUTE)
    h.signals(seen(h.now, 'context-level', 'warning', 140_000))
    expect(only(h)).toMatchObject({ level: 'critical', cause: 'context-overflow' })
    h.pass(MINUTE)
    h.signals(seen(h.now, 'context-level', 'warning', 141_000))
    expect(only(h)).toMatchObject({ level: 'warning', cause: 'context-level' })
    h.pass(MINUTE)
    h.signals(seen(h.now, 'context-level', null, 20_000))
    expect(only(h).state).toBe('resolved')
  })

  it('names a cause together with the rise that it brings', () => {
    const h = storm(NOON)
    h.signals(seen(h.now, 'context-level', 'warning', 140_000))
    h.pass(MINUTE)
    h.signals(seen(h.now, 'context-overflow', 'critical', 140_000))
    expect(only(h).timeline.map(({ kind, ping }) => [kind, ping])).toEqual([
      ['opened', false],
      ['worse', true],
      ['cause', false],
    ])
  })

  it('tells each cause once, however often they take turns, and anew when it comes back', () => {
    const h = storm(NOON)
    const causes = ['context-level', 'headroom-short', 'time-left'] as const
    for (let round = 0; round < 30; round += 1) {
      h.pass(6_000)
      h.signals(seen(h.now, causes[round % 3] ?? 'time-left', 'warning', 130_000 + round))
    }
    expect(causesTold(h).map(([cause]) => cause)).toEqual(['headroom-short', 'time-left'])
    expect(only(h).cause).toBe('time-left')
    h.signals(seen(h.now, 'context-level', null, 20_000))
    h.signals(seen(h.now, 'time-left', 'warning', 130_000))
    h.signals(seen(h.now, 'headroom-short', 'warning', 130_000))
    expect(causesTold(h).map(([cause]) => cause)).toEqual(['headroom-short', 'time-left', 'headroom-short'])
  })

  it('says what is wrong with a node now, not what was wrong first', () => {
    const h = storm(NOON)
    const down = (cause: ConditionCode) => {
      const signal = look('availability', 'critical', { at: h.now })
      return { ...signal, seen: signal.seen && { ...signal.seen, cause } }
    }
    for (let pass = 0; pass < 2; pass += 1) h.signals(down('node-unreachable'))
    h.pass(20 * MINUTE)
    h.signals(down('crash-looping'))
    expect(only(h)).toMatchObject({ level: 'critical', cause: 'crash-looping' })
    expect(causesTold(h)).toEqual([['crash-looping', true]])
  })
})
