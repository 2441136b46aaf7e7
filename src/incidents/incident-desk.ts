import type { Clock } from '../base/clock.ts'
import type { SharedStore } from '../state/shared-store.ts'
import { type IncidentInput, step } from './engine.ts'
import type { Incident, IncidentState, Unwatched } from './incident.ts'
import { bookOf } from './incident-book.ts'
import { explainedBy } from './placing.ts'
import type { IncidentSettings } from './settings.ts'

/** The incidents as the rest of the program sees them. */
export interface IncidentsPort {
  state(): IncidentState
  /** The open incidents that this one explains: its node is away, or the bot itself sees nothing. */
  explainedBy(incident: Incident): Incident[]
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
  let known = store.value()
  let book = bookOf(known, settings)
  const openOn = (state: IncidentState) => {
    if (state === known) return
    known = state
    book = bookOf(state, settings)
  }
  return {
    state: () => store.value(),
    explainedBy(incident) {
      openOn(store.value())
      return explainedBy(book, incident)
    },
    apply: (input) =>
      store.update((before) => {
        openOn(before)
        const now = clock.now()
        step(book, input, { now, settings, tagsOf, unwatched: unwatchedAt(now) })
        if (!book.changed) return before
        const after = book.state()
        // What is written counts, not what was to be written: the next step begins with what the store then holds.
        book.revert()
        return after
      }),
    onChange: (listener) => store.onChange(listener),
  }
}
