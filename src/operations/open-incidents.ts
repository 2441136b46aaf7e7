import type { Incident } from '../incidents/incident.ts'
import type { IncidentsView } from '../incidents/incident-desk.ts'
import { isActive } from '../incidents/placing.ts'
import type { Severity } from '../monitor/conditions.ts'
import { rank } from '../monitor/signal.ts'

/** An incident as a list names it. */
export interface OpenIncident {
  id: string
  level: Severity
}

/** What is open, found without searching. */
export interface OpenIncidents {
  /** Of a node and its sessions, worst first, then the older one. */
  ofNode(nodeId: string): readonly OpenIncident[]
  /** By the key of its topic and subject. */
  byKey(key: string): Incident | null
}

const NONE: readonly OpenIncident[] = []
/** A state never changes once it is made. */
const known = new WeakMap<IncidentsView, OpenIncidents>()

/** Indexes the open incidents of a state; once for each state. */
export function openIncidents(state: IncidentsView): OpenIncidents {
  const last = known.get(state)
  if (last !== undefined) return last
  const nodes = new Map<string, Incident[]>()
  const keys = new Map<string, Incident>()
  for (const incident of state.incidents) {
    if (!isActive(incident)) continue
    keys.set(incident.key, incident)
    const { nodeId } = incident.subject
    if (nodeId === null) continue
    const there = nodes.get(nodeId)
    if (there === undefined) nodes.set(nodeId, [incident])
    else there.push(incident)
  }
  const named = new Map<string, readonly OpenIncident[]>()
  for (const [nodeId, incidents] of nodes) {
    incidents.sort((a, b) => rank(b.level) - rank(a.level) || a.openedAt - b.openedAt)
    named.set(
      nodeId,
      incidents.map(({ id, level }) => ({ id, level })),
    )
  }
  const made: OpenIncidents = {
    ofNode: (nodeId) => named.get(nodeId) ?? NONE,
    byKey: (key) => keys.get(key) ?? null,
  }
  known.set(state, made)
  return made
}
