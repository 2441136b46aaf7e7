import { setMaxListeners } from 'node:events'
import { setInterval as every } from 'node:timers'
import cron from 'node-cron'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { type DueJob, firstDelay, isDue, type JobRun, type JobStatus } from './due-table.ts'

/** Often enough for the shortest interval, rare enough that a jump of the clock cannot flood. */
const TICK = '*/5 * * * * *'
const TICK_MS = 5_000
/** A tick that a busy loop delayed still counts; node-cron drops it after one second otherwise. */
const TOLERANCE_MS = 10 * 60_000

/** When each job was last started, across restarts of the program. Epoch milliseconds. */
export interface StartsPort {
  lastOf(job: string): number | null
  /** @throws when it cannot be written down */
  note(job: string, at: number): Promise<void>
}

/** A job of the schedule. `run` has to end when its signal aborts. */
export interface Job extends DueJob {
  timeLimitMs: number
  run(signal: AbortSignal): Promise<void>
}

/** Something that calls back about every five seconds; returns its end. */
export type Ticker = (tick: () => void) => () => void

/**
 * node-cron in UTC, and beside it a plain interval: node-cron falls silent while the wall clock is set back, and skips
 * slots at a daylight saving change. Both only ask the table of due times, so being asked twice does nothing.
 */
export const cronTicker: Ticker = (tick) => {
  const task = cron.schedule(TICK, tick, {
    timezone: 'UTC',
    missedExecutionTolerance: TOLERANCE_MS,
    // The interval has asked meanwhile, and node-cron warns on the console.
    suppressMissedWarning: true,
  })
  const interval = every(tick, TICK_MS)
  return () => {
    clearInterval(interval)
    void task.destroy()
  }
}

/** Runs jobs at their due times: never two of one job at once, each within its time limit, late rather than never. */
export class Schedule {
  private readonly jobs: readonly Job[]
  private readonly clock: Clock
  private readonly log: Log
  private readonly starts: StartsPort
  private readonly ticker: Ticker
  private readonly runs = new Map<string, JobRun>()
  /** Monotonic time of each job's last start, or of the start that it is pretended to have had. */
  private readonly began = new Map<string, number | null>()
  /** Monotonic and wall time of the last pass that ended well; until then, monotonic time of the schedule's start. */
  private readonly done = new Map<string, { monotonic: number; wall: number | null }>()
  private readonly running = new Map<string, { ended: Promise<void>; abort: AbortController }>()
  private stopTicker: (() => void) | null = null

  constructor(options: {
    jobs: readonly Job[]
    clock: Clock
    log: Log
    starts: StartsPort
    ticker?: Ticker
  }) {
    this.jobs = options.jobs
    this.clock = options.clock
    this.log = options.log
    this.starts = options.starts
    this.ticker = options.ticker ?? cronTicker
  }

  /** Begins; a job that was missed while the program was down runs once, now. */
  start(): void {
    for (const job of this.jobs) {
      const last = this.starts.lastOf(job.name)
      const delay = firstDelay(job, last, this.clock.now())
      this.began.set(job.name, this.clock.monotonic() - job.everyMs + delay)
      this.runs.set(job.name, { lastStartedAt: last, lastEndedAt: null, lastResult: null })
      this.done.set(job.name, { monotonic: this.clock.monotonic(), wall: null })
    }
    this.stopTicker = this.ticker(() => this.tick())
    this.tick()
  }

  /** Starts what is due. Called by the ticker; calling it more often does no harm. */
  tick(): void {
    for (const job of this.jobs) {
      const due = isDue(job, this.began.get(job.name) ?? null, this.clock.monotonic())
      if (due && !this.running.has(job.name)) this.begin(job)
    }
  }

  /** Every job with its last run; `lateJobs` judges it. */
  status(): JobStatus[] {
    return this.jobs.map(({ name, everyMs }) => {
      const done = this.done.get(name)
      return {
        name,
        everyMs,
        running: this.running.has(name),
        ...(this.runs.get(name) ?? { lastStartedAt: null, lastEndedAt: null, lastResult: null }),
        lastDoneAt: done?.wall ?? null,
        ageMs: done ? this.clock.monotonic() - done.monotonic : null,
      }
    })
  }

  /** No more starts; waits for what runs, after telling it to end. */
  async stop(): Promise<void> {
    this.stopTicker?.()
    this.stopTicker = null
    const running = [...this.running.values()]
    for (const { abort } of running) abort.abort()
    await Promise.all(running.map(({ ended }) => ended))
  }

  private begin(job: Job): void {
    const abort = new AbortController()
    // A pass over a fleet waits on this one signal at many places at once.
    setMaxListeners(0, abort.signal)
    this.began.set(job.name, this.clock.monotonic())
    const ended = this.runOnce(job, abort).finally(() => this.running.delete(job.name))
    this.running.set(job.name, { ended, abort })
  }

  private async runOnce(job: Job, abort: AbortController): Promise<void> {
    const startedAt = this.clock.now()
    const run: JobRun = { lastStartedAt: startedAt, lastEndedAt: null, lastResult: null }
    this.runs.set(job.name, run)
    const timer = new AbortController()
    try {
      await this.writeDown(job, startedAt)
      const limit = this.clock.sleep(job.timeLimitMs, timer.signal).then(
        () => 'timed-out' as const,
        () => 'done' as const,
      )
      // A job that does not end although it was told to must not block its schedule for ever.
      run.lastResult = await Promise.race([job.run(abort.signal).then(() => 'done' as const), limit])
      if (run.lastResult === 'timed-out') abort.abort()
      else this.done.set(job.name, { monotonic: this.clock.monotonic(), wall: this.clock.now() })
    } catch (error) {
      run.lastResult = 'failed'
      if (!abort.signal.aborted) this.log.error({ err: error, job: job.name }, 'a scheduled pass failed')
    } finally {
      timer.abort()
      run.lastEndedAt = this.clock.now()
    }
  }

  /** For the next start of the program. A full disk must not blind the monitor: then the pass runs all the same. */
  private async writeDown(job: Job, startedAt: number): Promise<void> {
    try {
      await this.starts.note(job.name, startedAt)
    } catch (error) {
      this.log.error({ err: error, job: job.name }, 'the start of a pass could not be written down')
    }
  }
}
