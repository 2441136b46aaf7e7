import { z } from 'zod'
import { defineCollection, type Store, type Transaction } from '../store/store.ts'
import type { FormerFile } from '../store/take-over.ts'
import type { StartsPort } from './schedule.ts'

const starts = defineCollection({
  name: 'schedule',
  schema: z.strictObject({ lastStartedAt: z.number() }),
})

/** The starts of the jobs in the store, one job a record. */
export async function openStarts(store: Store): Promise<StartsPort> {
  const known = new Map((await store.list(starts)).map(({ key, value }) => [key, value.lastStartedAt]))
  return {
    lastOf: (job) => known.get(job) ?? null,
    async note(job, at) {
      known.set(job, at)
      await store.put(starts, job, { lastStartedAt: at })
    },
  }
}

/** The starts of the time before the store. */
export function formerStarts(store: Store): FormerFile {
  return {
    name: 'schedule.json',
    kind: 'file',
    store,
    writes(text) {
      const file = z.object({ lastStartedAt: z.record(z.string(), z.number()) }).parse(JSON.parse(text))
      return Object.entries(file.lastStartedAt).map(
        ([job, lastStartedAt]) =>
          (tx: Transaction) =>
            tx.put(starts, job, { lastStartedAt }),
      )
    },
  }
}
