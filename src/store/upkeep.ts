import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Records } from './records.ts'
import type { Indexed } from './store.ts'

/** Deletions are told to other processes for this long; what did not fit is kept for longer. */
const DELETIONS_MS = 24 * 3_600_000
const QUARANTINE_MS = 90 * DELETIONS_MS
const QUARANTINE_RECORDS = 1_000
/** So many records are deleted in one transaction. */
const SLICE = 200

/**
 * Deletes what is kept no longer, a few records in each transaction.
 * @param alone runs its work as one transaction; rejects when the store was closed
 */
export async function deleteOld(
  collections: readonly Indexed[],
  alone: (work: (records: Records, now: number) => number) => Promise<number>,
): Promise<void> {
  const steps = [
    (records: Records, now: number) => records.forgetDeletions(now - DELETIONS_MS, SLICE),
    ...collections.flatMap(({ name, keep }) =>
      keep === null
        ? []
        : [
            (records: Records, now: number) =>
              records.expire(name, { now, before: now - keep.forMs, most: keep.records, limit: SLICE }),
          ],
    ),
  ]
  for (const step of steps) while ((await alone(step)) > 0) await nextTurn()
  await alone((records, now) => {
    records.trimQuarantine(now - QUARANTINE_MS, QUARANTINE_RECORDS)
    return 0
  })
}
