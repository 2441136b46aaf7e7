import { expect } from 'vitest'
import type { IncidentInput } from '../../src/incidents/engine.ts'
import type { Incident, IncidentState, Unwatched } from '../../src/incidents/incident.ts'
import { defaultIncidentSettings, type IncidentSettings } from '../../src/incidents/settings.ts'
import type { Signal } from '../../src/monitor/signal.ts'
import { advance, emptyIncidentState } from '../incidents/whole-state.ts'

/** When the engine of {@link incidentEngine} begins. */
export const START = Date.parse('2026-11-22T12:00:00Z')

/** The engine with a clock and a memory that can be lost at any moment: each step goes through JSON. */
export function incidentEngine(settings: Partial<IncidentSettings> = {}) {
  let state: IncidentState = emptyIncidentState()
  let now = START
  const shown = new Map<string, number>()
  const unwatched = new Map<string, Unwatched>()
  const around = () => ({
    now,
    settings: { ...defaultIncidentSettings, ...settings },
    tagsOf: () => ['prod'],
    unwatched,
    isShown: (id: string, revision: number) => (shown.get(id) ?? 0) >= revision,
  })
  const apply = (input: IncidentInput) => {
    state = JSON.parse(JSON.stringify(advance(state, input, around())))
  }
  return {
    apply,
    /** What a channel has shown of each incident: its revision. */
    shown,
    /** Nodes that are taken out of the watch, and why. */
    unwatched,
    pass(ms: number) {
      now += ms
      apply({ kind: 'tick' })
    },
    signals: (...signals: Signal[]) => apply({ kind: 'signals', signals }),
    get now() {
      return now
    },
    get state() {
      return state
    },
    only(): Incident {
      expect(state.incidents).toHaveLength(1)
      return state.incidents[0] as Incident
    },
    /** Channel messages that this state asks for: incidents with their own message, and digests. */
    messages: () => state.incidents.filter((i) => i.place === 'own').length + state.digests.length,
    kinds: () => state.incidents.flatMap(({ timeline }) => timeline.map(({ kind }) => kind)),
    pings: () => state.incidents.flatMap(({ timeline }) => timeline.filter(({ ping }) => ping)).length,
  }
}
