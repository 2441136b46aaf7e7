import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { SharedStore } from '../state/shared-store.ts'
import { observe, type SessionHistory, sessionHistorySchema } from './history.ts'

/** A crash forgets at most this much of the curves; alerts do not depend on it. */
const SAVE_EVERY_MS = 60_000
/** A session that was not seen for this long has ended or was renamed. */
const FORGET_AFTER_MS = 7 * 24 * 3_600_000

export const historiesSchema = z.strictObject({
  version: z.literal(1),
  nodes: z.record(z.string(), z.record(z.string(), sessionHistorySchema)),
})
export type HistoriesFile = z.infer<typeof historiesSchema>

/** The curves of all sessions: in memory, saved now and then. */
export class Histories {
  private readonly store: SharedStore<HistoriesFile>
  private readonly clock: Clock
  private readonly nodes: Map<string, Map<string, SessionHistory>>
  private savedAt: number

  constructor(options: { store: SharedStore<HistoriesFile>; clock: Clock }) {
    this.store = options.store
    this.clock = options.clock
    this.savedAt = options.clock.monotonic()
    this.nodes = new Map(
      Object.entries(options.store.value().nodes).map(([id, sessions]) => [
        id,
        new Map(Object.entries(sessions)),
      ]),
    )
  }

  /** The curve of one session; undefined when it was never seen. */
  get(nodeId: string, sessionKey: string): SessionHistory | undefined {
    return this.nodes.get(nodeId)?.get(sessionKey)
  }

  /** Takes every session of a snapshot in. A snapshot that saw no sessions changes nothing. */
  observe(snapshot: NodeSnapshot): void {
    const { sessions } = snapshot
    if (sessions.freshness === 'unknown') return
    // A quick look keeps the sessions of an earlier one: they were counted when they were read.
    const readAt = sessions.observedAt
    const known = this.nodes.get(snapshot.nodeId) ?? new Map<string, SessionHistory>()
    this.nodes.set(snapshot.nodeId, known)
    for (const session of sessions.value)
      if (!session.archived) known.set(session.key, observe(known.get(session.key), session, readAt))
    for (const [key, history] of known) if (readAt - history.seenAt > FORGET_AFTER_MS) known.delete(key)
  }

  /** Writes the curves when the last save is old enough, or when `now` is set. */
  async save(now = false): Promise<void> {
    if (!now && this.clock.monotonic() - this.savedAt < SAVE_EVERY_MS) return
    this.savedAt = this.clock.monotonic()
    const nodes = Object.fromEntries(
      [...this.nodes].map(([id, sessions]) => [id, Object.fromEntries(sessions)]),
    )
    await this.store.update(() => ({ version: 1, nodes }))
  }
}
