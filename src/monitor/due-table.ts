/** One recurring job as the table knows it. Times are epoch milliseconds except where said. */
export interface DueJob {
  name: string
  everyMs: number
}

/** What is remembered of a job. */
export interface JobRun {
  /** Wall clock, for people and for the next start of the program. */
  lastStartedAt: number | null
  lastEndedAt: number | null
  lastResult: 'done' | 'failed' | 'timed-out' | null
}

/**
 * Whether a job is due inside this process: by a clock that only grows, so neither a time change nor daylight saving
 * moves it, and a late look finds it due instead of missed.
 */
export function isDue(job: DueJob, startedAtMonotonic: number | null, nowMonotonic: number): boolean {
  return startedAtMonotonic === null || nowMonotonic - startedAtMonotonic >= job.everyMs
}

/**
 * How long a freshly started program waits before a job's first run: not at all when a run was missed while it was
 * down (once, however many were missed), else what is left of the interval. A last run in the future means that the
 * clock was set back: then the job runs now.
 */
export function firstDelay(job: DueJob, lastStartedAt: number | null, now: number): number {
  if (lastStartedAt === null || lastStartedAt > now) return 0
  return Math.max(0, lastStartedAt + job.everyMs - now)
}
