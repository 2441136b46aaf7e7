import { describe, expect, it } from 'vitest'
import type { Severity } from '../../src/monitor/conditions.ts'
import { type Signal, signalKey, type Topic } from '../../src/monitor/signal.ts'
import { incidentEngine, START } from '../support/incident-engine.ts'

const MINUTE = 60_000

function signal(
  topic: Topic,
  level: Severity | null,
  options: {
    node?: string
    session?: string
    hold?: Severity | null
    at?: number
    percent?: number
    immediate?: boolean
  } = {},
): Signal {
  const subject = { nodeId: options.node ?? 'alpha', agentId: null, sessionKey: options.session ?? null }
  return {
    key: signalKey(topic, subject),
    topic,
    subject,
    at: options.at ?? START,
    seen: {
      level,
      holdLevel: options.hold === undefined ? level : options.hold,
      cause: topic === 'context' ? 'context-level' : 'node-unreachable',
      params: { percent: options.percent ?? 0 },
      ...(options.immediate ? { immediate: true } : {}),
    },
  }
}

const unseen = (topic: Topic, node = 'alpha'): Signal => ({ ...signal(topic, null, { node }), seen: null })

describe('one incident', () => {
  it('opens on one fresh counter and resolves when the value leaves the re-arm band', () => {
    const h = incidentEngine()
    h.signals(signal('context', 'warning'))
    expect(h.only()).toMatchObject({ state: 'open', level: 'warning', place: 'own' })
    h.signals(signal('context', null, { hold: 'warning' }))
    expect(h.only().state).toBe('open')
    h.signals(signal('context', null))
    expect(h.only()).toMatchObject({ state: 'resolved', resolvedAt: h.now })
  })

  it('needs two of three looks before a sampled condition opens', () => {
    const h = incidentEngine()
    h.signals(signal('availability', 'critical'))
    expect(h.state.incidents).toHaveLength(0)
    h.signals(signal('availability', null))
    h.signals(signal('availability', 'critical'))
    expect(h.only().level).toBe('critical')
  })

  it('never takes absence for recovery', () => {
    const h = incidentEngine()
    h.signals(signal('context', 'critical'))
    for (let look = 0; look < 50; look += 1) {
      h.pass(MINUTE)
      h.signals(unseen('context'))
    }
    expect(h.only().state).toBe('open')
    expect(h.only().unseenSince).not.toBeNull()
    expect(h.only().timeline.filter((entry) => entry.kind === 'unseen')).toHaveLength(1)
  })

  it('announces a rise once, not every crossing of the same line', () => {
    const h = incidentEngine()
    h.signals(signal('context', 'warning'))
    for (let crossing = 0; crossing < 90; crossing += 1) {
      h.pass(6_000)
      h.signals(signal('context', crossing % 2 ? 'warning' : 'critical', { percent: crossing }))
    }
    expect(h.messages()).toBe(1)
    expect(h.pings()).toBeLessThanOrEqual(2)
  })

  it('stays quiet while acknowledged and speaks again when it gets worse', () => {
    const h = incidentEngine()
    h.signals(signal('context', 'notice'))
    h.apply({ kind: 'acknowledge', incidentId: h.only().id, by: 'mika' })
    h.pass(60 * MINUTE)
    h.signals(signal('context', 'notice', { percent: 70 }))
    expect(h.only().state).toBe('acknowledged')
    expect(h.pings()).toBe(0)
    h.signals(signal('context', 'critical'))
    expect(h.only().state).toBe('open')
    expect(h.pings()).toBe(1)
  })

  it('sleeps while snoozed, wakes by itself, and wakes early for a higher level', () => {
    const h = incidentEngine()
    h.signals(signal('context', 'warning'))
    h.apply({ kind: 'snooze', incidentId: h.only().id, by: 'mika', forMs: 60 * MINUTE })
    h.pass(59 * MINUTE)
    expect(h.only().state).toBe('snoozed')
    h.pass(2 * MINUTE)
    expect(h.only().state).toBe('open')
    h.apply({ kind: 'snooze', incidentId: h.only().id, by: 'mika', forMs: 60 * MINUTE })
    h.signals(signal('context', 'critical'))
    expect(h.only().state).toBe('open')
  })

  it('escalates a critical one that nobody took, once', () => {
    const h = incidentEngine()
    h.signals(signal('context', 'critical'))
    h.pass(14 * MINUTE)
    expect(h.only().escalatedAt).toBeNull()
    h.pass(2 * MINUTE)
    h.pass(60 * MINUTE)
    expect(h.only().timeline.filter((entry) => entry.kind === 'escalated')).toHaveLength(1)
  })

  it('does not escalate what was acknowledged', () => {
    const h = incidentEngine()
    h.signals(signal('context', 'critical'))
    h.apply({ kind: 'acknowledge', incidentId: h.only().id, by: 'mika' })
    h.pass(60 * MINUTE)
    expect(h.only().escalatedAt).toBeNull()
  })

  it('comes back once when its message is deleted, and takes a second deletion as a wish', () => {
    const h = incidentEngine()
    h.signals(signal('context', 'critical'))
    const { id } = h.only()
    const { revision } = h.only()
    h.apply({ kind: 'reposted', id })
    expect(h.only()).toMatchObject({ place: 'own', revision: revision + 1 })
    expect(h.only().timeline.at(-1)?.kind).toBe('reposted')
    h.apply({ kind: 'dropped', id })
    expect(h.only().place).toBe('dropped')
  })
})

describe('a storm', () => {
  it('of 90 sessions crossing within ten minutes makes at most three messages and loses none', () => {
    const h = incidentEngine()
    for (let session = 0; session < 90; session += 1) {
      h.pass(6_000)
      h.signals(signal('context', 'warning', { session: `s${session}` }))
    }
    expect(h.state.incidents).toHaveLength(90)
    expect(h.messages()).toBeLessThanOrEqual(3)
    const shown = new Set(h.state.digests.flatMap((digest) => digest.members))
    for (const incident of h.state.incidents)
      expect(incident.place === 'own' || shown.has(incident.id)).toBe(true)
  })

  it('of a node that flaps every 20 s for an hour makes one message and at most three notifications', () => {
    const h = incidentEngine()
    for (let second = 0; second < 3_600; second += 10) {
      h.pass(10_000)
      h.signals(signal('availability', Math.floor(second / 20) % 2 ? 'critical' : null))
    }
    expect(h.state.incidents).toHaveLength(1)
    expect(h.messages()).toBe(1)
    expect(h.pings()).toBeLessThanOrEqual(3)
    for (let look = 0; look < 25; look += 1) {
      h.pass(30_000)
      h.signals(signal('availability', null))
    }
    expect(h.only().state).toBe('resolved')
  })

  it('of 50 nodes lost at once makes at most three messages', () => {
    const h = incidentEngine()
    const lost = Array.from({ length: 50 }, (_, node) =>
      signal('availability', 'critical', { node: `n${node}` }),
    )
    for (let look = 0; look < 4; look += 1) {
      h.pass(30_000)
      h.signals(...lost)
    }
    expect(h.state.incidents).toHaveLength(50)
    expect(h.messages()).toBeLessThanOrEqual(3)
  })

  it('in which the bot itself sees nothing is one incident about the bot', () => {
    const h = incidentEngine()
    const blind: Signal = {
      ...signal('blind', 'critical'),
      key: signalKey('blind', { nodeId: null, agentId: null, sessionKey: null }),
      subject: { nodeId: null, agentId: null, sessionKey: null },
    }
    const lost = Array.from({ length: 50 }, (_, node) =>
      signal('availability', 'critical', { node: `n${node}` }),
    )
    h.signals(...lost, blind)
    h.signals(...lost, blind)
    expect(h.messages()).toBe(1)
    expect(h.state.incidents.filter((incident) => incident.place === 'held')).toHaveLength(50)
  })
})

describe('keeping still', () => {
  it('holds what a lost node explains and shows it when only that is left', () => {
    const h = incidentEngine()
    h.signals(signal('availability', 'critical'))
    h.signals(signal('availability', 'critical'), signal('disk', 'warning'))
    h.signals(signal('disk', 'warning'))
    const disk = () => h.state.incidents.find((incident) => incident.topic === 'disk')
    expect(disk()?.place).toBe('held')
    h.signals(signal('availability', null), signal('disk', 'warning'))
    h.signals(signal('availability', null), signal('disk', 'warning'))
    expect(disk()?.place).toBe('own')
  })

  it('posts only critical incidents in quiet hours and the rest in the morning', () => {
    const h = incidentEngine({ quietHours: { from: 11 * 60, to: 13 * 60, zone: 'UTC' } })
    h.signals(signal('context', 'warning', { session: 'a' }), signal('context', 'critical', { session: 'b' }))
    expect(h.state.incidents.map(({ place }) => place).sort()).toEqual(['held', 'own'])
    h.pass(61 * MINUTE)
    expect(h.state.incidents.map(({ place }) => place)).toEqual(['own', 'own'])
  })

  it('keeps a muted node silent until the mute ends', () => {
    const h = incidentEngine()
    h.apply({ kind: 'mute', nodeId: 'alpha', agentId: null, tag: null, forMs: 30 * MINUTE, by: 'mika' })
    h.signals(signal('context', 'critical'))
    h.pass(10 * MINUTE)
    expect(h.messages()).toBe(0)
    h.pass(21 * MINUTE)
    expect(h.only().place).toBe('own')
  })

  it('forgets resolved incidents after a week, once their message says so', () => {
    const h = incidentEngine()
    h.signals(signal('context', 'warning'))
    const { id } = h.only()
    h.signals(signal('context', null))
    h.pass(8 * 24 * 60 * MINUTE)
    expect(h.state.incidents).toHaveLength(1)
    h.shown.set(id, h.only().revision)
    h.pass(MINUTE)
    expect(h.state.incidents).toHaveLength(0)
  })

  it('reopens the same incident when the condition returns within ten minutes', () => {
    const h = incidentEngine()
    h.signals(signal('context', 'warning'))
    h.signals(signal('context', null))
    h.pass(9 * MINUTE)
    h.signals(signal('context', 'warning'))
    expect(h.only()).toMatchObject({ state: 'open', reopenedAt: [h.now] })
  })
})
