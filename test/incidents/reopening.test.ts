import { describe, expect, it } from 'vitest'
import { look, storm } from './storm-stage.ts'

const MINUTE = 60_000
const NOON = Date.parse('2026-11-22T12:00:00Z')

describe('an incident of a digest', () => {
  it('that comes back after its digest was put away is shown again', () => {
    const h = storm(NOON)
    const sessions = ['a', 'b', 'c', 'd']
    h.signals(...sessions.map((session) => look('context', 'warning', { session, at: h.now })))
    expect(h.state.digests).toHaveLength(1)
    for (let minute = 0; minute < 31; minute += 1) h.pass(MINUTE)
    h.signals(...sessions.map((session) => look('context', null, { session, at: h.now })))
    h.pass(MINUTE)
    expect(h.state.digests).toHaveLength(0)
    h.signals(look('context', 'critical', { session: 'd', at: h.now }))
    const back = h.state.incidents.find(({ subject }) => subject.sessionKey === 'd')
    expect(back).toMatchObject({ state: 'open', level: 'critical', place: 'own' })
    expect(h.posts).toContain(back?.id)
  })
})

describe('a digest', () => {
  it('that was deleted by hand twice takes its lines along: they are a wish, not lost', () => {
    const h = storm(NOON)
    h.signals(...['a', 'b', 'c', 'd'].map((session) => look('context', 'warning', { session, at: h.now })))
    const id = h.state.digests[0]?.id ?? ''
    const revision = h.state.digests[0]?.revision ?? 0
    h.apply({ kind: 'reposted', id })
    expect(h.state.digests[0]?.revision).toBeGreaterThan(revision)
    h.apply({ kind: 'dropped', id })
    expect(h.state.digests).toEqual([])
    expect(h.state.incidents.map(({ place }) => place).sort()).toEqual(['dropped', 'dropped', 'own', 'own'])
  })
})

describe('a clock that was set back an hour', () => {
  it('does not make a critical incident wait an hour longer for its escalation', () => {
    const h = storm(NOON)
    h.signals(look('context', 'critical', { at: h.now }))
    h.jump(-60 * MINUTE)
    for (let minute = 0; minute < 16; minute += 1) h.pass(MINUTE)
    expect(h.state.incidents[0]?.escalatedAt).not.toBeNull()
  })
})
