import { z } from 'zod'
import type { NodeSnapshot, SessionFacts } from '../openclaw/snapshot.ts'

/** How the contexts developed. */
export interface HistoriesPort {
  get(nodeId: string, sessionKey: string): SessionHistory | undefined
  /** The same object as long as {@link get} would tell the same but for the time of the last look. */
  stateOf?(nodeId: string, sessionKey: string): object | undefined
  /** Reads the curves of many nodes together, where that costs less. Never rejects; without it each is read when asked for. */
  prepare(nodeIds: readonly string[]): Promise<void>
  /** Takes every session of a snapshot in. A snapshot that saw no sessions changes nothing. */
  observe(snapshot: NodeSnapshot): void
}

/** A reset or a compaction shows as a fall of the counter of at least this share. */
const FALL_SHARE = 0.1
const MAX_POINTS = 120
const MAX_COMPACTIONS = 20

/** One session's context over time. Times are epoch milliseconds, counts are tokens. */
export const sessionHistorySchema = z.strictObject({
  sessionId: z.string().nullable(),
  /** Every change of the counter; `cut` marks the first one after a reset or a compaction. */
  points: z.array(z.strictObject({ at: z.number(), used: z.number(), cut: z.boolean() })),
  compactions: z.array(z.strictObject({ at: z.number(), before: z.number(), after: z.number() })),
  compactionCount: z.int().nullable(),
  /** When the counter was last read, changed or not. */
  seenAt: z.number(),
  window: z.number().nullable(),
  reserve: z.number(),
  /** The cap that OpenClaw has been compacting by, and since when it is known. */
  cap: z.strictObject({ tokens: z.number(), since: z.number() }).nullable().optional(),
})

export type SessionHistory = z.infer<typeof sessionHistorySchema>

/** Takes one look at a session into its history. Only a fresh counter is a point; pure. */
export function observe(
  before: SessionHistory | undefined,
  session: SessionFacts,
  now: number,
): SessionHistory {
  const base: SessionHistory = before ?? {
    sessionId: session.sessionId,
    points: [],
    compactions: [],
    compactionCount: session.compactionCount,
    seenAt: now,
    window: null,
    reserve: session.context.reserve,
  }
  const { used, window, reserve, cap } = session.context
  const since = base.cap?.tokens === cap ? base.cap : null
  const frame = {
    ...base,
    seenAt: now,
    window: window.value ?? base.window,
    reserve,
    cap: cap === null ? null : (since ?? { tokens: cap, since: now }),
  }
  if (used.freshness !== 'fresh') return frame
  const last = base.points.at(-1)
  const renewed = base.sessionId !== session.sessionId
  const compacted = (session.compactionCount ?? 0) > (base.compactionCount ?? 0)
  const fell = last !== undefined && used.value < last.used * (1 - FALL_SHARE)
  const cut = last !== undefined && (renewed || compacted || fell)
  if (last && !cut && last.used === used.value) return frame
  const shrunk = last !== undefined && cut && !renewed && used.value > 0
  return {
    ...frame,
    sessionId: session.sessionId,
    compactionCount: session.compactionCount ?? base.compactionCount,
    points: [...base.points, { at: now, used: used.value, cut }].slice(-MAX_POINTS),
    compactions: shrunk
      ? [...base.compactions, { at: now, before: last.used, after: used.value }].slice(-MAX_COMPACTIONS)
      : base.compactions,
  }
}
