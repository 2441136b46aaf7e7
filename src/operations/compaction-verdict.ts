import { type Reading, stale, unknown } from '../base/reading.ts'
import type { SessionFacts } from '../openclaw/snapshot.ts'
import type { Outcome } from './operation.ts'
import type { SeenAfterwards } from './watch-session.ts'

/**
 * Whether a session shows that it was compacted: its count of compactions has risen, or its counter fell. Until the next
 * turn OpenClaw only has an estimate, which is stale, or no counter at all: enough to confirm what it said itself, not
 * enough to prove what it did not say.
 * @param said what OpenClaw said; null when it did not
 */
export function showsCompaction(before: SessionFacts, now: SessionFacts, said: boolean | null): boolean {
  if (countRose(before, now)) return true
  const [from, to] = [before.context.used, now.context.used]
  if (to.value === null) return said === true && from.value !== null
  const fell = from.value !== null && to.value < from.value
  return fell && (to.freshness === 'fresh' || said === true)
}

function countRose(before: SessionFacts, now: SessionFacts): boolean {
  return (now.compactionCount ?? 0) > (before.compactionCount ?? 0)
}

/**
 * How a compaction ended, and what may be said of the context since. That OpenClaw says it compacted is proof; how large
 * the context is now, some versions only know after the next turn.
 */
export function judgeCompaction(
  before: SessionFacts,
  said: boolean | null,
  seen: SeenAfterwards,
): { outcome: Outcome; after: Reading<number> } {
  const { used, session, shown } = seen
  if (said === true) {
    if (used.freshness !== 'unknown' && keepsOldCounter(before, seen))
      return { outcome: 'done', after: stale(used.value, used.source, used.observedAt, OLD) }
    const grew = used.freshness === 'fresh' && used.value >= (before.context.used.value ?? Infinity)
    return { outcome: grew ? 'partial' : 'done', after: session === null ? used : uncounted(used) }
  }
  if (shown) return { outcome: 'done', after: uncounted(used) }
  return { outcome: said === false ? 'failed' : 'unknown', after: used }
}

const OLD = { code: 'counter-before-compaction' } as const

/** Some versions change nothing in the row when the model did not say how large the summary is (2026.3.31). */
function keepsOldCounter(before: SessionFacts, { session, used }: SeenAfterwards): boolean {
  if (session === null || used.freshness !== 'fresh' || countRose(before, session)) return false
  return used.value === before.context.used.value
}

/** After a compaction a missing counter means that nothing was counted since, not that nothing ever was. */
function uncounted(used: Reading<number>): Reading<number> {
  return used.freshness === 'unknown' && used.reason.code === 'counter-missing'
    ? unknown({ code: 'counter-after-compaction' }, used.observedAt, used.source)
    : used
}
