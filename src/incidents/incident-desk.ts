import type { Clock } from '../base/clock.ts'
import type { SharedStore } from '../state/shared-store.ts'
import { advance, type IncidentInput } from './engine.ts'
import type { IncidentState, Unwatched } from './incident.ts'
import type { IncidentSettings } from './settings.ts'

/** The incidents as the rest of the program sees them. */
export interface IncidentsPort {
  state(): IncidentState
  /** Takes one step; resolves with the new state once it is on disk. @throws what the store throws */
  apply(input: IncidentInput): Promise<IncidentState>
  /** Calls back after every change, also one made by another process. Returns the unsubscribe. */
  onChange(listener: () => void): () => void
}

/** The engine on its file: every step is on the disk before anybody acts on it. */
export function createIncidentDesk(options: {
  store: SharedStore<IncidentState>
  clock: Clock
  settings: IncidentSettings
  tagsOf(nodeId: string): readonly string[]
  /** The nodes that nobody looks at, as of `now`. */
  unwatchedAt(now: number): ReadonlyMap<string, Unwatched>
}): IncidentsPort {
  const { store, clock, settings, tagsOf, unwatchedAt } = options
  return {
    state: () => store.value(),
    apply: (input) =>
      store.update((before) => {
        const now = clock.now()
        const after = advance(before, input, { now, settings, tagsOf, unwatched: unwatchedAt(now) })
        return JSON.stringify(after) === JSON.stringify(before) ? before : after
      }),
    onChange: (listener) => store.onChange(listener),
  }
}
