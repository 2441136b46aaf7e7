import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type IncidentInput, step } from '../../src/incidents/engine.ts'
import { type IncidentState, incidentStateSchema, type Unwatched } from '../../src/incidents/incident.ts'
import { isActive, isListed, mustHold, type Surroundings } from '../../src/incidents/placing.ts'
import { defaultIncidentSettings, type IncidentSettings } from '../../src/incidents/settings.ts'
import { TOPICS } from '../../src/monitor/signal.ts'
import { look } from './storm-stage.ts'
import { advance, bookOf, emptyIncidentState, stateOf } from './whole-state.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const level = fc.constantFrom('notice', 'warning', 'critical', null, undefined)
const node = fc.constantFrom('alpha', 'beta', 'gamma')
const signals = fc.record({
  kind: fc.constant('signals' as const),
  looks: fc.array(
    fc.record({ topic: fc.constantFrom(...TOPICS), level, node, session: fc.constantFrom('a', 'b', 'c') }),
    { minLength: 1, maxLength: 8 },
  ),
})
const hand = fc.record({
  kind: fc.constantFrom('acknowledge', 'snooze', 'unsnooze', 'acted', 'shown', 'reposted', 'dropped'),
  target: fc.nat(20),
})
const mute = fc.record({
  kind: fc.constantFrom('mute', 'unmute'),
  nodeId: fc.option(node),
})
const wait = fc.record({
  kind: fc.constant('wait' as const),
  ms: fc.constantFrom(10 * SECOND, MINUTE, 9 * MINUTE, 31 * MINUTE, 2 * HOUR, -HOUR, 8 * HOUR, 8 * 24 * HOUR),
})
const leave = fc.record({ kind: fc.constantFrom('leave', 'return'), nodeId: node })
const event = fc.oneof({ weight: 5, arbitrary: signals }, hand, mute, leave, { weight: 2, arbitrary: wait })
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never

/** The engine's inputs for one event; what is aimed at is chosen among what there is. */
function inputsOf(
  one: Event,
  state: IncidentState,
  now: number,
  shown: Map<string, number>,
): IncidentInput[] {
  switch (one.kind) {
    case 'wait':
    case 'leave':
    case 'return':
      return []
    case 'signals':
      return [
        {
          kind: 'signals',
          signals: one.looks.map(({ topic, level: seen, ...where }) =>
            look(topic, seen, { ...where, at: now }),
          ),
        },
      ]
    case 'mute':
    case 'unmute': {
      const scope = { nodeId: one.nodeId, agentId: null, tag: null }
      return one.kind === 'mute'
        ? [{ kind: 'mute', ...scope, forMs: HOUR, by: 'mika' }]
        : [{ kind: 'unmute', ...scope }]
    }
    default:
      return handsOn(one, state, shown)
  }
}

function handsOn(
  { kind, target }: { kind: string; target: number },
  state: IncidentState,
  shown: Map<string, number>,
): IncidentInput[] {
  const all = [...state.incidents, ...state.digests]
  const chosen = all[target % Math.max(1, all.length)]
  if (!chosen) return []
  const { id, revision } = chosen
  switch (kind) {
    case 'shown':
      shown.set(id, revision)
      return []
    case 'reposted':
    case 'dropped':
      return [{ kind, id }]
    case 'snooze':
      return [{ kind: 'snooze', incidentId: id, by: 'mika', forMs: HOUR }]
    case 'acted':
      return [{ kind: 'acted', incidentId: id, by: 'mika', params: {} }]
    case 'unsnooze':
      return [{ kind: 'unsnooze', incidentId: id, by: 'mika' }]
    default:
      return [{ kind: 'acknowledge', incidentId: id, by: 'mika' }]
  }
}

function expectSound(before: IncidentState, after: IncidentState, around: Surroundings) {
  expect(incidentStateSchema.parse(JSON.parse(JSON.stringify(after)))).toEqual(after)
  const active = after.incidents.filter(isActive)
  const book = bookOf(after, around.settings)
  expect(new Set(active.map(({ key }) => key)).size).toBe(active.length)
  const ids = [...after.incidents, ...after.digests].map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const old of [...before.incidents, ...before.digests]) {
    const same = [...after.incidents, ...after.digests].find(({ id }) => id === old.id)
    if (same) expect(same.revision).toBeGreaterThanOrEqual(old.revision)
  }
  const lasted = new Set(before.incidents.filter(isActive).map(({ id }) => id))
  for (const { subject } of after.incidents.filter((one) => lasted.has(one.id) && !isActive(one)))
    expect(around.unwatched.has(subject.nodeId ?? ''), 'resolved while nobody looked').toBe(false)
  for (const incident of active) {
    if (around.unwatched.has(incident.subject.nodeId ?? '')) expect(incident.paused).not.toBeNull()
    if (incident.place === 'digest')
      expect(isListed(book, incident), `${incident.id} is in no digest`).toBe(true)
    if (incident.place === 'held')
      expect(mustHold(book, incident, around), `${incident.id} is held for nothing`).toBe(true)
    expect(incident.timeline.length).toBeGreaterThan(0)
  }
}

/** A state without what only says how fresh a watch is, and without order. */
const recordsOf = ({ watches, digests, ...rest }: IncidentState) => ({
  ...rest,
  watches: Object.entries(watches)
    .map(([key, { at: _, ...watch }]) => [key, watch])
    .sort(),
  digests: digests.map(({ members, ...digest }) => ({ ...digest, members: [...members].sort() })),
})

/** Whether the wish of a person, who deleted the message twice, explains that something is not shown. */
const dropped = (state: IncidentState) =>
  new Set(state.incidents.filter(({ place }) => place === 'dropped').map(({ id }) => id))

describe.each([
  ['by default', {}],
  ['in quiet hours', { quietHours: { from: 20 * 60, to: 8 * 60, zone: 'Asia/Tokyo' } }],
  ['with a narrow ceiling', { burst: 1, hourly: 2 }],
] satisfies [string, Partial<IncidentSettings>][])('whatever happens, %s,', (_name, changes) => {
  it('every active incident is shown or held for a reason, one per key, with a revision that only grows', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 40 }), (events) => {
        let state = emptyIncidentState()
        const kept = bookOf(state, { ...defaultIncidentSettings, ...changes })
        let now = Date.parse('2026-11-22T12:00:00Z')
        const unwatched = new Map<string, Unwatched>()
        const shown = new Map<string, number>()
        for (const one of events) {
          if (one.kind === 'wait') now += one.ms
          if (one.kind === 'leave') unwatched.set(one.nodeId, 'maintenance')
          if (one.kind === 'return') unwatched.delete(one.nodeId)
          const around: Surroundings = {
            now,
            settings: { ...defaultIncidentSettings, ...changes },
            tagsOf: () => [],
            unwatched,
            isShown: (id, revision) => (shown.get(id) ?? 0) >= revision,
          }
          for (const input of [...inputsOf(one, state, now, shown), { kind: 'tick' } as const]) {
            const before = state
            state = advance(before, input, around)
            const revived = [...dropped(before)].filter((id) =>
              state.incidents.some((i) => i.id === id && i.place !== 'dropped'),
            )
            expect(revived).toEqual([])
            step(kept, input, around)
            kept.settle()
            expect(recordsOf(stateOf(kept)), 'a book that stays open differs').toEqual(recordsOf(state))
            if (input.kind === 'tick') expectSound(before, state, around)
          }
        }
      }),
      { numRuns: 80, seed: 20_261_122, endOnFailure: false },
    )
  })
})
