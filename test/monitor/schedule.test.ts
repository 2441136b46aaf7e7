import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { type JobStatus, lateJobs } from '../../src/monitor/due-table.ts'
import { cronTicker, type Job, Schedule, type StartsPort } from '../../src/monitor/schedule.ts'
import { twinClock } from '../support/twin-clock.ts'

const START = Date.parse('2026-11-22T12:00:00Z')
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const zoneBefore = process.env.TZ

const open: Schedule[] = []
afterEach(async () => {
  for (const schedule of open.splice(0)) await schedule.stop()
  if (zoneBefore === undefined) delete process.env.TZ
  else process.env.TZ = zoneBefore
})

/** What outlives the schedule, as the store does. */
function memory(): StartsPort & { broken: boolean; known: Map<string, number> } {
  const known = new Map<string, number>()
  return {
    broken: false,
    known,
    lastOf: (job) => known.get(job) ?? null,
    async note(job, at) {
      if (this.broken) throw new Error('no space left on device')
      known.set(job, at)
    },
  }
}

/** A schedule of one job on a clock in the test's hands. */
function stage(
  options: {
    at?: number
    job?: Partial<Job>
    store?: ReturnType<typeof memory>
    time?: ReturnType<typeof twinClock>
  } = {},
) {
  const time = options.time ?? twinClock(options.at ?? START)
  const store = options.store ?? memory()
  const starts: { wall: number; monotonic: number }[] = []
  const { run, ...rest } = options.job ?? {}
  const job: Job = {
    name: 'sweep',
    everyMs: 30 * SECOND,
    timeLimitMs: 20 * SECOND,
    ...rest,
    async run(signal) {
      starts.push({ wall: time.clock.now(), monotonic: time.clock.monotonic() })
      await run?.(signal)
    },
  }
  const schedule = new Schedule({
    jobs: [job],
    clock: time.clock,
    log: silent,
    starts: store,
    ticker: time.ticker,
  })
  open.push(schedule)
  schedule.start()
  const gaps = () =>
    starts.slice(1).map(({ monotonic }, index) => monotonic - (starts[index]?.monotonic ?? 0))
  return { time, store, starts, schedule, gaps }
}

/** The last Sunday changes and their likes: the moment of the change in UTC. Lord Howe moves by half an hour. */
const CHANGES = [
  ['Europe/Berlin', 'spring', '2026-03-29T01:00:00Z', 60],
  ['Europe/Berlin', 'autumn', '2026-10-25T01:00:00Z', -60],
  ['America/New_York', 'spring', '2026-03-08T07:00:00Z', 60],
  ['America/New_York', 'autumn', '2026-11-01T06:00:00Z', -60],
  ['Australia/Lord_Howe', 'spring', '2026-10-03T15:30:00Z', 30],
  ['Australia/Lord_Howe', 'autumn', '2026-04-04T15:00:00Z', -30],
] as const

describe('a change to or from daylight saving time', () => {
  it.each(CHANGES)(
    'in %s in %s at %s skips no pass and repeats none',
    async (zone, _season, change, minutes) => {
      process.env.TZ = zone
      const at = Date.parse(change)
      const offset = (moment: number) => -new Date(moment).getTimezoneOffset()
      expect(offset(at) - offset(at - 1)).toBe(minutes)
      const { time, starts, gaps } = stage({ at: at - 10 * MINUTE })
      await time.settle()
      await time.pass(80 * MINUTE)
      expect(starts).toHaveLength(161)
      expect(new Set(gaps())).toEqual(new Set([30 * SECOND]))
    },
  )
})

describe('a jump of the clock', () => {
  it.each([
    ['one hour back', -HOUR],
    ['eight hours ahead', 8 * HOUR],
  ])('of %s neither stops the passes nor floods', async (_name, jump) => {
    const { time, gaps, starts } = stage()
    await time.settle()
    await time.pass(2 * MINUTE)
    time.jump(jump)
    await time.pass(2 * MINUTE)
    expect(starts).toHaveLength(9)
    expect(new Set(gaps())).toEqual(new Set([30 * SECOND]))
  })

  it('back, while the program was down, lets the first pass run at once', async () => {
    const first = stage()
    await first.time.settle()
    await first.schedule.stop()
    first.time.jump(-HOUR)
    const second = stage({ store: first.store, time: first.time })
    await second.time.settle()
    expect(second.starts).toHaveLength(1)
  })
})

describe('a busy or absent program', () => {
  it('runs late, not never, when the loop was held for 3 s across a tick', async () => {
    const { time, starts, gaps } = stage()
    await time.settle()
    await time.pass(25 * SECOND)
    time.block(8 * SECOND)
    await time.pass(5 * SECOND)
    expect(starts).toHaveLength(2)
    expect(gaps()[0]).toBe(38 * SECOND)
  })

  it('catches up once after five minutes of downtime, however many passes were missed', async () => {
    const first = stage()
    await first.time.settle()
    await first.time.pass(MINUTE)
    await first.schedule.stop()
    first.time.block(5 * MINUTE)
    const second = stage({ store: first.store, time: first.time })
    await second.time.settle()
    expect(second.starts).toHaveLength(1)
    await second.time.pass(25 * SECOND)
    expect(second.starts).toHaveLength(1)
    await second.time.pass(5 * SECOND)
    expect(second.starts).toHaveLength(2)
  })

  it('waits out what is left of an interval after a quick restart', async () => {
    const first = stage()
    await first.time.settle()
    await first.schedule.stop()
    first.time.block(10 * SECOND)
    const second = stage({ store: first.store, time: first.time })
    await second.time.pass(15 * SECOND)
    expect(second.starts).toHaveLength(0)
    await second.time.pass(5 * SECOND)
    expect(second.starts).toHaveLength(1)
  })
})

describe('a pass', () => {
  it('that never ends is told to end at its limit, and the next one runs', async () => {
    const signals: AbortSignal[] = []
    const { time, schedule, starts } = stage({
      job: {
        run: (signal) => {
          signals.push(signal)
          return new Promise(() => {})
        },
      },
    })
    await time.settle()
    await time.pass(35 * SECOND)
    expect(signals[0]?.aborted).toBe(true)
    expect(starts).toHaveLength(2)
    await time.pass(20 * SECOND)
    expect(schedule.status()[0]).toMatchObject({ lastResult: 'timed-out', running: false })
  })

  it('never runs beside another one of its job', async () => {
    let running = 0
    let most = 0
    const time = twinClock(START)
    const { starts } = stage({
      time,
      job: {
        timeLimitMs: 10 * MINUTE,
        async run(signal) {
          running += 1
          most = Math.max(most, running)
          await time.clock.sleep(70 * SECOND, signal)
          running -= 1
        },
      },
    })
    await time.settle()
    await time.pass(5 * MINUTE)
    expect(most).toBe(1)
    expect(starts.length).toBeGreaterThanOrEqual(4)
  })

  it('that fails does not end the schedule', async () => {
    const { time, schedule, starts } = stage({ job: { run: () => Promise.reject(new Error('no')) } })
    await time.settle()
    await time.pass(MINUTE)
    expect(starts).toHaveLength(3)
    expect(schedule.status()[0]?.lastResult).toBe('failed')
  })

  it('runs although its start cannot be written down', async () => {
    const store = memory()
    store.broken = true
    const { time, schedule, starts } = stage({ store })
    await time.settle()
    await time.pass(MINUTE)
    expect(starts).toHaveLength(3)
    expect(schedule.status()[0]?.lastResult).toBe('done')
  })

  it('under way is ended by stop, after which nothing starts', async () => {
    const { time, schedule, starts } = stage({
      job: {
        run: (signal) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      },
    })
    await time.settle()
    await schedule.stop()
    await time.pass(MINUTE)
    expect(starts).toHaveLength(1)
  })
})

describe('the watchdog', () => {
  it('finds nothing late while passes end well, and says so by name when they do not', async () => {
    let good = true
    const { time, schedule } = stage({
      job: { run: () => (good ? Promise.resolve() : Promise.reject(new Error('no'))) },
    })
    await time.settle()
    await time.pass(10 * MINUTE)
    expect(lateJobs(schedule.status(), time.clock.now())).toEqual([])
    good = false
    await time.pass(90 * SECOND)
    expect(lateJobs(schedule.status(), time.clock.now())).toEqual([])
    await time.pass(10 * SECOND)
    expect(lateJobs(schedule.status(), time.clock.now())).toEqual([
      { name: 'sweep', everyMs: 30 * SECOND, ageMs: 100 * SECOND, why: 'failing' },
    ])
  })

  it('notices a schedule whose ticks have stopped', async () => {
    const { time, schedule } = stage()
    await time.settle()
    time.block(2 * MINUTE)
    expect(lateJobs(schedule.status(), time.clock.now())).toMatchObject([
      { why: 'silent', ageMs: 2 * MINUTE },
    ])
  })

  it('notices a pass that does not end', async () => {
    const untilTold = (signal: AbortSignal) =>
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    const { time, schedule } = stage({ job: { timeLimitMs: HOUR, run: untilTold } })
    await time.settle()
    await time.pass(2 * MINUTE)
    expect(lateJobs(schedule.status(), time.clock.now())).toMatchObject([{ why: 'stuck' }])
  })

  it.each([
    ['back', -HOUR],
    ['ahead', 8 * HOUR],
  ])('is not moved by a clock that is set %s', async (_name, jump) => {
    const { time, schedule } = stage()
    await time.settle()
    await time.pass(MINUTE)
    time.jump(jump)
    expect(lateJobs(schedule.status(), time.clock.now())).toEqual([])
  })

  it('judges by the wall clock what another process wrote down', () => {
    const job: JobStatus = {
      name: 'sweep',
      everyMs: 30 * SECOND,
      running: false,
      lastStartedAt: START,
      lastEndedAt: null,
      lastResult: null,
      lastDoneAt: null,
      ageMs: null,
    }
    expect(lateJobs([job], START + MINUTE)).toEqual([])
    expect(lateJobs([job], START - HOUR)).toEqual([])
    expect(lateJobs([job], START + 5 * MINUTE)).toMatchObject([{ why: 'silent', ageMs: 5 * MINUTE }])
    expect(lateJobs([{ ...job, lastStartedAt: null }], START)).toEqual([])
  })
})

describe('the real ticker', () => {
  it('of node-cron and an interval runs a job of every second again and again, and stops', async () => {
    let passes = 0
    const store = memory()
    const schedule = new Schedule({
      jobs: [
        {
          name: 'beat',
          everyMs: SECOND,
          timeLimitMs: SECOND,
          run: async () => {
            passes += 1
          },
        },
      ],
      clock: systemClock,
      log: silent,
      starts: store,
      ticker: cronTicker,
    })
    open.push(schedule)
    schedule.start()
    await expect.poll(() => passes, { timeout: 15_000, interval: 100 }).toBeGreaterThanOrEqual(2)
    await schedule.stop()
    const then = passes
    await systemClock.sleep(5_500)
    expect(passes).toBe(then)
    expect([...store.known.keys()]).toEqual(['beat'])
  })
})
