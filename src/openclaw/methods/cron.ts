import { z } from 'zod'
import { OperatorError } from '../../base/errors.ts'
import type { CallLimits } from '../../ssh/call.ts'
import type { NodeLink } from '../ports.ts'
import { type Answered, answerToWrite } from './answered.ts'

const ADD_MS = 30_000
/** A node with more has more than a person can look through. */
const MOST_JOBS = 2_000
/** Pages of a gateway that gives its jobs page by page. */
const MOST_PAGES = 20

/**
 * What makes a job, as `cron.add` takes it: what it says of itself besides (state, revision, times) is OpenClaw's.
 * Source: `CronAddParamsSchema` of 2026.2.17 and 2026.9.6; the last four came after 2026.2.17.
 */
const jobSchema = z.object({
  name: z.string().min(1).max(500),
  agentId: z.string().max(128).nullable().optional(),
  sessionKey: z.string().max(1_000).nullable().optional(),
  description: z.string().max(10_000).optional(),
  enabled: z.boolean().optional(),
  deleteAfterRun: z.boolean().optional(),
  schedule: z.looseObject({ kind: z.string() }),
  sessionTarget: z.string(),
  wakeMode: z.string(),
  payload: z.looseObject({ kind: z.string() }),
  delivery: z.record(z.string(), z.unknown()).optional(),
  displayName: z.string().max(500).optional(),
  pacing: z.record(z.string(), z.unknown()).optional(),
  trigger: z.record(z.string(), z.unknown()).optional(),
  failureAlert: z.union([z.literal(false), z.record(z.string(), z.unknown())]).optional(),
})
/** A job that somebody made, by what `cron.add` takes. Texts are untrusted. */
export type CronJob = z.infer<typeof jobSchema>
export const cronJobSchema = jobSchema

const listedSchema = z.looseObject({
  /** Jobs that OpenClaw itself declares and makes again whenever they are missing. */
  declarationKey: z.string().optional().catch(undefined),
  /** Whose it is where it names nobody (2026.9.6). */
  effectiveAgentId: z.string().optional().catch(undefined),
})
const pageSchema = z.looseObject({
  jobs: z.array(z.unknown()),
  hasMore: z.boolean().optional().catch(undefined),
  nextOffset: z.int().min(1).nullish().catch(undefined),
})

/**
 * The jobs that people and agents made, also those that are switched off; each with its agent. What OpenClaw declares
 * itself is left out: heartbeats, memory, reviews.
 * @throws OperatorError as {@link NodeLink.rpc}, gateway-protocol
 */
export async function listCronJobs(
  link: Pick<NodeLink, 'rpc' | 'nodeId'>,
  limits: CallLimits,
): Promise<CronJob[]> {
  const jobs: CronJob[] = []
  let offset: number | null = null
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const params = { includeDisabled: true, ...(offset === null ? {} : { offset }) }
    const parsed = pageSchema.safeParse((await link.rpc('cron.list', params, limits)).payload)
    if (!parsed.success) throw new OperatorError('gateway-protocol', { node: link.nodeId })
    for (const value of parsed.data.jobs) {
      const about = listedSchema.safeParse(value).data
      const job = jobSchema.safeParse(value)
      if (about?.declarationKey !== undefined) continue
      // A job that could not be made again must not be lost without a word.
      if (!job.success || jobs.length >= MOST_JOBS)
        throw new OperatorError('gateway-protocol', { node: link.nodeId })
      const agentId = job.data.agentId ?? about?.effectiveAgentId
      jobs.push({ ...job.data, ...(agentId === undefined ? {} : { agentId }) })
    }
    const { hasMore, nextOffset } = parsed.data
    if (hasMore !== true || typeof nextOffset !== 'number') return jobs
    offset = nextOffset
  }
  throw new OperatorError('gateway-protocol', { node: link.nodeId })
}

/** Makes a job anew; it gets another id. @throws OperatorError when nothing was sent or the gateway refused */
export function addCronJob(link: Pick<NodeLink, 'rpc'>, job: CronJob): Promise<Answered<true>> {
  return answerToWrite(link.rpc('cron.add', job, { deadlineMs: ADD_MS }).then(() => true as const))
}
