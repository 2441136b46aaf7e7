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

/** A job as people see it. */
export interface JobStatus extends JobRun, DueJob {
  running: boolean
  /** When a pass last ended well, on the wall clock; null when none did since the program started. */
  lastDoneAt: number | null
  /**
   * Milliseconds since a pass last ended well, or since the schedule began, by a clock that no time change moves; null
   * outside the process that runs the job.
   */
  ageMs: number | null
}

/** A job whose last good pass is too old. */
export interface LateJob {
  name: string
  everyMs: number
  ageMs: number
  /** `stuck`: a pass is running; `failing`: passes run and fail; `silent`: no pass ran. */
  why: 'stuck' | 'failing' | 'silent'
}

/** One missed pass can be chance; so many in a row cannot. */
const LATE_AFTER_PASSES = 3

/**
 * The watchdog: jobs whose last good pass is older than three of their intervals. Pure. `now` (epoch milliseconds) is
 * used only where the status comes from another process; a clock that was set back then never makes a job late.
 */
export function lateJobs(status: readonly JobStatus[], now: number): LateJob[] {
  return status.flatMap((job) => {
    const seen = job.lastDoneAt ?? job.lastStartedAt
    const ageMs = job.ageMs ?? (seen === null ? null : Math.max(0, now - seen))
    if (ageMs === null || ageMs <= job.everyMs * LATE_AFTER_PASSES) return []
    const failed = job.lastResult === 'failed' || job.lastResult === 'timed-out'
    const why = job.running ? 'stuck' : failed ? 'failing' : 'silent'
    return [{ name: job.name, everyMs: job.everyMs, ageMs, why }]
  })
}
