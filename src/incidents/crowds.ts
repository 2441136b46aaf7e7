import { SEVERITIES, type Severity } from '../monitor/conditions.ts'
import { rank, type Signal, type Subject, signalKey } from '../monitor/signal.ts'
import type { IncidentBook } from './incident-book.ts'
import type { Surroundings } from './placing.ts'

/** What one look at a node would have opened beyond what a node may have open. */
export interface Crowd {
  /** Epoch milliseconds of the look. */
  at: number
  keys: Set<string>
  worst: Severity | null
}

/** Of what is left out no more than this is counted; the rest only is more. */
const COUNTED_AT_MOST = 10_000

/** Whether looks at a node have to be followed for what they would open in excess. */
export function isCrowded({ crowds, index }: IncidentBook, nodeId: string): boolean {
  return crowds.has(nodeId) || index.crowded(nodeId).size > 0
}

/** A newer look at a crowded node counts anew. */
export function noteCrowdedLook({ crowds, crowdsMoved }: IncidentBook, nodeId: string, at: number): void {
  const known = crowds.get(nodeId)
  if (known && known.at >= at) return
  crowds.set(nodeId, { at, keys: new Set(), worst: null })
  crowdsMoved.add(nodeId)
}

/** Not every look that was bad once becomes an incident. */
const WATCHES_PER_INCIDENT = 8

/**
 * Whether a node has so much open about its sessions that one more is only counted: a broken or hostile gateway must not
 * fill the store and the channel.
 */
export function isBeyondBudget(book: IncidentBook, signal: Signal, { settings }: Surroundings): boolean {
  const { subject, seen } = signal
  if (subject.nodeId === null || subject.sessionKey === null || !seen?.level) return false
  const open = book.index.activeOn(subject.nodeId).size
  const watched = book.watchIndex.on(subject.nodeId).size
  if (open < settings.sessionsPerNode && watched < settings.sessionsPerNode * WATCHES_PER_INCIDENT)
    return false
  leaveOut(book, subject.nodeId, signal, seen.level)
  return true
}

/** A session that may not have an incident because its node has too many already. */
function leaveOut(book: IncidentBook, nodeId: string, { key, at }: Signal, level: Severity): void {
  noteCrowdedLook(book, nodeId, at)
  const crowd = book.crowds.get(nodeId)
  if (!crowd) return
  if (crowd.keys.size < COUNTED_AT_MOST) crowd.keys.add(key)
  if (rank(level) > rank(crowd.worst)) crowd.worst = level
  book.crowdsMoved.add(nodeId)
}

/**
 * The one signal of each node that stands for everything left out: how much there is, and how much of it is shown. Nodes
 * with nothing left out are forgotten.
 */
export function crowdSignals(book: IncidentBook): Signal[] {
  const signals: Signal[] = []
  for (const nodeId of book.crowdsMoved) {
    const crowd = book.crowds.get(nodeId)
    if (!crowd) continue
    const subject: Subject = { nodeId, agentId: null, sessionKey: null }
    const shown = sessionsShown(book, nodeId)
    const level = crowd.keys.size > 0 ? (crowd.worst ?? SEVERITIES[1]) : null
    signals.push({
      key: signalKey('crowd', subject),
      topic: 'crowd',
      subject,
      at: crowd.at,
      seen: {
        level,
        holdLevel: level,
        cause: 'too-many-alerts',
        params: { node: nodeId, shown, count: shown + crowd.keys.size },
      },
    })
    if (level === null) book.crowds.delete(nodeId)
  }
  book.crowdsMoved.clear()
  return signals
}

/** How many incidents about sessions of a node are open. */
function sessionsShown(book: IncidentBook, nodeId: string): number {
  return book.all(book.index.activeOn(nodeId)).filter(({ subject }) => subject.sessionKey !== null).length
}
