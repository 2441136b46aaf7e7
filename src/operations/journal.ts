import { z } from 'zod'
import { mayLive, thisProcess } from '../state/file-lock.ts'
import { defineCollection, type Store, type Transaction } from '../store/store.ts'
import type { FormerFile } from '../store/take-over.ts'

const jobSchema = z.strictObject({
  operationId: z.string(),
  operation: z.string(),
  nodeId: z.string().nullable(),
  actorId: z.string(),
  startedAt: z.string(),
})

/** A change that was begun. */
export type Job = z.infer<typeof jobSchema>

/** Changes that are under way, under their operation's id, each with the process that makes it. */
export const jobs = defineCollection({
  name: 'job',
  schema: z.strictObject({
    job: jobSchema,
    owner: z.strictObject({ pid: z.int(), realm: z.string(), started: z.string().nullable() }),
  }),
})

/** Work that a crash must not forget: written before the first step, closed after the last. */
export interface JournalPort {
  /** On the disk when it resolves. @throws what the store throws */
  begin(job: Job): Promise<void>
  end(operationId: string): Promise<void>
  /** Jobs that a previous process began and never ended: their result is unknown. */
  unfinished(): readonly Job[]
  /** What is under way now, in every process, the oldest first. @throws what the store throws */
  underWay(): Promise<Job[]>
}

/**
 * The journal in the store. `unfinished()` is what was found at this moment: jobs of processes that are gone. `end`
 * also removes one of those, once someone was told.
 */
export async function openJournal(store: Store): Promise<JournalPort> {
  const owner = await thisProcess()
  const left = new Map<string, Job>()
  for (const { key, value } of await store.list(jobs)) {
    // A job of a process that cannot be asked (another host, before a reboot) has no one left to end it here either.
    if (!(await mayLive(value.owner))) left.set(key, value.job)
  }
  return {
    begin: (job) => store.put(jobs, job.operationId, { job, owner }),
    async end(operationId) {
      left.delete(operationId)
      await store.delete(jobs, operationId)
    },
    unfinished: () => [...left.values()].sort(byStart),
    async underWay() {
      const all = await store.list(jobs)
      const alive = await Promise.all(all.map(async ({ value }) => mayLive(value.owner)))
      return all
        .filter((_, index) => alive[index])
        .map(({ value }) => value.job)
        .sort(byStart)
    },
  }
}

function byStart(a: Job, b: Job): number {
  return a.startedAt.localeCompare(b.startedAt)
}

/** The journal of the time before the store. */
export function formerJournal(store: Store): FormerFile {
  return {
    name: 'jobs',
    kind: 'folder',
    store,
    writes(text) {
      const value = jobs.schema.parse(JSON.parse(text))
      return [(tx: Transaction) => tx.put(jobs, value.job.operationId, value)]
    },
  }
}
