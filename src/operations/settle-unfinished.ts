import type { Audit } from './audit.ts'
import type { Context } from './context.ts'
import { approvalMark } from './second-person.ts'

/**
 * Closes the books on changes that a previous process began and never ended: nobody saw how they ended, so that is
 * what the audit says. Returns how many there were.
 */
export async function settleUnfinished(
  context: Pick<Context, 'approvals' | 'journal' | 'clock' | 'log'> & { audit: Audit },
): Promise<number> {
  const jobs = context.journal.unfinished()
  for (const job of jobs) {
    const used = context.approvals.usedBy(job.operationId)
    context.log.warn({ ...job }, 'a previous run ended in the middle of this: its result is unknown')
    await context.audit.append({
      at: new Date(context.clock.now()).toISOString(),
      operationId: job.operationId,
      operation: job.operation,
      face: 'recovery',
      actorId: job.actorId,
      actorName: job.actorId,
      nodeId: job.nodeId,
      input: {},
      reason: null,
      ...(used ? { approval: approvalMark(used) } : {}),
      result: 'unknown',
      errorCode: null,
      durationMs: Math.max(0, context.clock.now() - Date.parse(job.startedAt)),
    })
    await context.journal.end(job.operationId)
  }
  return jobs.length
}
