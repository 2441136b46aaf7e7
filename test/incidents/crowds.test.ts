import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { incidentSchema } from '../../src/incidents/incident.ts'
import { translateCoded } from '../../src/text/translate.ts'
import { look, storm } from './storm-stage.ts'

const MINUTE = 60_000
const NOON = Date.parse('2026-11-22T12:00:00Z')
const BUDGET = 100

type Stage = ReturnType<typeof storm>
const crowd = (h: Stage, count: number, from = 0) =>
  h.signals(
    ...Array.from({ length: count }, (_, index) =>
      look('context', 'critical', { session: `agent:main:${from + index}`, at: h.now }),
    ),
  )
const about = (h: Stage) => h.state.incidents.find(({ topic }) => topic === 'crowd')
const ofSessions = (h: Stage) => h.state.incidents.filter(({ topic }) => topic !== 'crowd')

describe('a node with more to tell than it may', () => {
  it('has as many incidents as it may, and one that says how many there are and how many are shown', () => {
    const h = storm(NOON)
    crowd(h, 13_000)
    expect(ofSessions(h)).toHaveLength(BUDGET)
    expect(about(h)).toMatchObject({ level: 'critical', state: 'open', cause: 'too-many-alerts' })
    expect(about(h)?.params).toMatchObject({ shown: BUDGET })
    expect(about(h)?.params.count).toBeGreaterThan(10_000)
    for (const locale of LOCALES)
      expect(translateCoded(locale, 'condition.too-many-alerts', about(h)?.params)).toMatch(/10,100.*100/)
  })

  it('gets no more of them by new sessions at every look, and leaves the other nodes alone', () => {
    const h = storm(NOON)
    for (let pass = 0; pass < 20; pass += 1) {
      h.pass(MINUTE)
      crowd(h, 120, pass * 120)
    }
    expect(ofSessions(h)).toHaveLength(BUDGET)
    expect(about(h)?.params).toMatchObject({ shown: BUDGET, count: BUDGET + 120 })
    h.signals(look('context', 'warning', { node: 'beta', session: 'a', at: h.now }))
    expect(ofSessions(h)).toHaveLength(BUDGET + 1)
  })

  it('is well again when the looks say so, also after a restart', () => {
    const h = storm(NOON)
    crowd(h, 120)
    expect(about(h)?.state).toBe('open')
    h.restart(MINUTE)
    h.signals(
      look('availability', null, { at: h.now }),
      ...Array.from({ length: 120 }, (_, index) =>
        look('context', null, { session: `agent:main:${index}`, at: h.now }),
      ),
    )
    expect(h.state.incidents.filter(({ state }) => state !== 'resolved')).toEqual([])
  })

  it('still says that it is away or full', () => {
    const h = storm(NOON)
    crowd(h, 120)
    for (let pass = 0; pass < 2; pass += 1) h.signals(look('disk', 'critical', { at: h.now }))
    expect(h.state.incidents.some(({ topic }) => topic === 'disk')).toBe(true)
  })
})

describe('texts without an end', () => {
  it('are cut before they are written, so that every record can be read back', () => {
    const h = storm(NOON)
    const endless = 'x'.repeat(2_000_000)
    const signal = look('context', 'critical', { session: 'a', at: h.now })
    for (let pass = 0; pass < 300; pass += 1) {
      h.pass(MINUTE)
      const level = pass % 2 ? 'critical' : 'warning'
      const seen = { ...signal.seen, level, holdLevel: level, params: { model: endless, pass } }
      h.signals({ ...signal, at: h.now, seen } as never)
    }
    h.apply({ kind: 'acknowledge', incidentId: 'I-1', by: endless })
    const text = JSON.stringify(h.state.incidents[0])
    expect(text.length).toBeLessThan(1_000_000)
    expect(incidentSchema.safeParse(JSON.parse(text)).success).toBe(true)
  })
})
