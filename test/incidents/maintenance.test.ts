import { describe, expect, it } from 'vitest'
import type { Severity } from '../../src/monitor/conditions.ts'
import { type Signal, signalKey, type Topic } from '../../src/monitor/signal.ts'
import { incidentEngine, START } from '../support/incident-engine.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

function signal(topic: Topic, level: Severity | null, node = 'alpha', session: string | null = null): Signal {
  const subject = { nodeId: node, agentId: null, sessionKey: session }
  const cause = topic === 'context' ? 'context-level' : 'node-unreachable'
  const seen = { level, holdLevel: level, cause, params: {} } as const
  return { key: signalKey(topic, subject), topic, subject, at: START, seen }
}

const unseen = (topic: Topic): Signal => ({ ...signal(topic, null), seen: null })

describe('an incident on a node that nobody looks at', () => {
  it('says that it is put aside, once, and stays open however long that lasts', () => {
    const h = incidentEngine()
    h.signals(signal('context', 'critical'))
    h.unwatched.set('alpha', 'maintenance')
    for (let hour = 0; hour < 48; hour += 1) h.pass(HOUR)
    expect(h.only()).toMatchObject({ state: 'open', level: 'critical', place: 'own' })
    expect(h.only().paused?.why).toBe('maintenance')
    expect(h.kinds()).toEqual(['opened', 'paused'])
  })

  it('calls nobody: no escalation, no end of a snooze', () => {
    const h = incidentEngine()
    h.signals(signal('context', 'critical'), signal('context', 'critical', 'alpha', 'two'))
    h.apply({ kind: 'snooze', incidentId: 'I-1', by: 'mika', forMs: HOUR })
    h.unwatched.set('alpha', 'maintenance')
    h.pass(MINUTE)
    const pings = h.pings()
    h.pass(3 * HOUR)
    expect(h.pings()).toBe(pings)
    expect(h.kinds()).not.toContain('escalated')
    expect(h.kinds()).not.toContain('woken')
  })

  it('is not ended by a quiet time in which nobody looked', () => {
    const h = incidentEngine()
    for (const level of ['critical', null, 'critical', null, 'critical', null] as const)
      h.signals(signal('context', level))
    expect(h.only()).toMatchObject({ flapping: true, state: 'open' })
    h.unwatched.set('alpha', 'maintenance')
    h.pass(5 * HOUR)
    expect(h.only()).toMatchObject({ flapping: true, state: 'open' })
  })

  it('is not moved by a look that was under way, and neither is a new one opened', () => {
    const h = incidentEngine()
    h.signals(signal('context', 'warning'))
    h.unwatched.set('alpha', 'maintenance')
    h.signals(signal('context', 'critical'), signal('context', 'critical', 'alpha', 'two'))
    expect(h.only().level).toBe('warning')
    h.signals(signal('context', null))
    expect(h.only().state).toBe('open')
  })

  it('waits with what was held back until its node has been looked at', () => {
    const h = incidentEngine()
    h.apply({ kind: 'mute', nodeId: 'alpha', agentId: null, tag: null, forMs: HOUR, by: 'mika' })
    h.signals(signal('context', 'critical'))
    h.unwatched.set('alpha', 'maintenance')
    h.pass(2 * HOUR)
    expect(h.only().place).toBe('held')
    h.unwatched.clear()
    h.pass(MINUTE)
    expect(h.only().place).toBe('held')
    h.signals(signal('context', 'critical'))
    expect(h.only().place).toBe('own')
  })

  it('leaves the other nodes alone', () => {
    const h = incidentEngine()
    h.signals(signal('context', 'critical'), signal('context', 'critical', 'beta'))
    h.unwatched.set('alpha', 'maintenance')
    h.pass(20 * MINUTE)
    const [alpha, beta] = h.state.incidents
    expect(alpha).toMatchObject({ subject: { nodeId: 'alpha' }, escalatedAt: null })
    expect(beta).toMatchObject({ paused: null, escalatedAt: h.now })
  })
})

describe('an incident whose node is looked at again', () => {
  const away = () => {
    const h = incidentEngine()
    h.signals(signal('context', 'critical'))
    h.unwatched.set('alpha', 'maintenance')
    h.pass(3 * HOUR)
    h.unwatched.clear()
    return h
  }

  it('stays put aside until the first look', () => {
    const h = away()
    h.pass(30 * MINUTE)
    expect(h.only().paused).not.toBeNull()
    h.signals(signal('context', 'critical', 'beta'))
    expect(h.state.incidents[0]?.paused).not.toBeNull()
  })

  it('is resolved by the look that says so', () => {
    const h = away()
    h.signals(signal('context', null))
    expect(h.only()).toMatchObject({ state: 'resolved', paused: null })
    expect(h.kinds().slice(-2)).toEqual(['resumed', 'resolved'])
  })

  it('goes on when it still lasts, and calls for help only after the full time', () => {
    const h = away()
    h.signals(signal('context', 'critical'))
    expect(h.only()).toMatchObject({ state: 'open', paused: null, escalatedAt: null })
    h.pass(14 * MINUTE)
    expect(h.only().escalatedAt).toBeNull()
    h.pass(MINUTE)
    expect(h.only().escalatedAt).toBe(h.now)
  })

  it('is unseen, not recovered, when the look saw nothing', () => {
    const h = away()
    h.signals(unseen('context'))
    expect(h.only()).toMatchObject({ state: 'open', paused: null, unseenSince: h.now })
  })

  it('comes back with a vanished session too: a look at its node is enough', () => {
    const h = away()
    h.signals(signal('availability', null))
    expect(h.only()).toMatchObject({ state: 'open', paused: null })
  })

  it('is not confirmed by looks from before', () => {
    const h = incidentEngine()
    h.signals(signal('availability', 'critical'))
    h.unwatched.set('alpha', 'maintenance')
    h.pass(HOUR)
    h.unwatched.clear()
    h.signals(signal('availability', 'critical'))
    expect(h.state.incidents).toHaveLength(0)
    h.signals(signal('availability', 'critical'))
    expect(h.only().level).toBe('critical')
  })
})
