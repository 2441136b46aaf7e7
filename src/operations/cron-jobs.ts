import { isDeepStrictEqual } from 'node:util'
import type { CronJob } from '../openclaw/methods/cron.ts'

/**
 * Which of an agent's former jobs it lacks. One that was to run once at a time that is over is not made again: it would run
 * at once. Pure; `now` is epoch milliseconds.
 */
export function jobsLacking(
  former: readonly CronJob[],
  present: readonly CronJob[],
  agentId: string,
  now: number,
): { lacking: CronJob[]; over: CronJob[] } {
  const left = [...present]
  const missing = former.filter((job) => {
    // Two of the same are two jobs.
    const found = left.findIndex((other) => isSameJob(job, other, agentId))
    if (found !== -1) left.splice(found, 1)
    return found === -1
  })
  const over = missing.filter(({ schedule }) => isOver(schedule, now))
  return { lacking: missing.filter((job) => !over.includes(job)), over }
}

function isSameJob(job: CronJob, other: CronJob, agentId: string): boolean {
  const facts = ({ name, schedule, payload }: CronJob) => ({ name, schedule: timesOf(schedule), payload })
  return (other.agentId ?? agentId) === agentId && isDeepStrictEqual(facts(job), facts(other))
}

/** OpenClaw itself decides from when an interval counts. */
function timesOf({ anchorMs: _, ...schedule }: CronJob['schedule']) {
  return schedule
}

function isOver(schedule: CronJob['schedule'], now: number): boolean {
  if (schedule.kind !== 'at') return false
  const at = typeof schedule.at === 'string' ? Date.parse(schedule.at) : Number(schedule.atMs)
  return Number.isFinite(at) && at <= now
}
