import { type IncidentInput, step } from '../../src/incidents/engine.ts'
import type { IncidentState } from '../../src/incidents/incident.ts'
import { COUNTERS, IncidentBook, muteKey } from '../../src/incidents/incident-book.ts'
import { numberOf } from '../../src/incidents/incident-index.ts'
import type { Surroundings } from '../../src/incidents/placing.ts'
import type { IncidentSettings } from '../../src/incidents/settings.ts'

/** Nothing seen, nothing open. */
export function emptyIncidentState(): IncidentState {
  return {
    version: 1,
    nextNumber: 1,
    incidents: [],
    watches: {},
    digests: [],
    posts: [],
    steppedAt: null,
    mutes: [],
  }
}

/** Opens a book on a state in one piece. */
export function bookOf(state: IncidentState, settings: IncidentSettings): IncidentBook {
  const book = new IncidentBook(settings)
  for (const incident of [...state.incidents].sort((a, b) => numberOf(a.id) - numberOf(b.id)))
    book.incidents.load(incident.id, incident)
  for (const { members: _, ...digest } of state.digests) book.digests.load(digest.id, digest)
  for (const [key, watch] of Object.entries(state.watches)) book.watches.load(key, watch)
  for (const mute of state.mutes) book.mutes.load(muteKey(mute), mute)
  const { nextNumber, posts, steppedAt } = state
  book.counters.load(COUNTERS, { nextNumber, posts, steppedAt })
  return book
}

/** Everything that a book holds. */
export function stateOf(book: IncidentBook): IncidentState {
  const { nextNumber, posts, steppedAt } = book.counted
  return {
    version: 1,
    nextNumber,
    incidents: [...book.incidents.values()],
    watches: Object.fromEntries(book.watches.entries()),
    digests: [...book.digests.values()].map((digest) => ({
      ...digest,
      members: [...book.index.members(digest.id)],
    })),
    posts: [...posts],
    steppedAt,
    mutes: [...book.mutes.values()],
  }
}

/** One step on a state in one piece, which stays as it is. */
export function advance(before: IncidentState, input: IncidentInput, around: Surroundings): IncidentState {
  const book = bookOf(before, around.settings)
  step(book, input, around)
  return stateOf(book)
}
