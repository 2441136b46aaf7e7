import type { Incident, IncidentState } from '../../src/incidents/incident.ts'
import { defaultIncidentSettings } from '../../src/incidents/settings.ts'
import { judgeNode } from '../../src/monitor/judge.ts'
import type { NodeSnapshot } from '../../src/openclaw/snapshot.ts'
import { advance, emptyIncidentState } from '../incidents/whole-state.ts'
import { healthySnapshot } from '../support/snapshots.ts'

/** When the first look is taken. */
export const AT = healthySnapshot().observedAt
const LOOK = 30_000

/** A node without tags, rules of its own and history. */
export const around = {
  rules: { version: 1 as const, overrides: [] },
  tags: [],
  histories: { get: () => undefined },
}

/** The incidents that are open after each of these looks at one node. */
export function openAfterEach(looks: readonly NodeSnapshot[]): Incident[][] {
  let state: IncidentState = emptyIncidentState()
  return looks.map((snapshot, index) => {
    const now = AT + index * LOOK
    const { signals } = judgeNode({ ...snapshot, observedAt: now }, around)
    const surroundings = {
      now,
      settings: defaultIncidentSettings,
      tagsOf: () => [],
      unwatched: new Map(),
      isShown: () => false,
    }
    state = advance(state, { kind: 'signals', signals }, surroundings)
    return state.incidents.filter((incident) => incident.state !== 'resolved')
  })
}
