import type { Reason } from '../base/reading.ts'
import { observeNode } from '../monitor/observe.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import { readLogTail } from './log-tail.ts'
import type { Call, Outcome } from './operation.ts'
import type { RestartStep } from './restart-node.ts'

const POLL_MS = 700
/** Automatic restarts after ours that make it a crash loop rather than a slow start. */
const CRASHES_THAT_SETTLE_IT = 3
const TAIL_LINES = 20

/** Reasons of a service that is not started again by itself. */
export const SETTLED: ReadonlySet<Reason['code']> = new Set([
  'config-invalid',
  'agent-deleted',
  'service-failed',
])

/** How a restart ended. */
export interface Restarted {
  outcome: Outcome
  snapshot: NodeSnapshot
  secondsToServe: number | null
  reason: Reason | null
  logTail: string[]
}

/**
 * Watches a node after a restart command until a new gateway serves, until it is certain that none will, or until
 * the budget is spent. `startedAt` is the monotonic time of the command.
 */
export async function awaitRestarted(
  context: Context,
  link: NodeLink,
  before: NodeSnapshot,
  startedAt: number,
  call: Call<RestartStep>,
): Promise<Restarted> {
  const { restartDeadlineMs: limitMs, statusDeadlineMs: deadlineMs } = context.limits
  const node = call.node()
  for (;;) {
    const snapshot = await observeNode(context, node, { kind: 'whole', deadlineMs })
    const waitedMs = Math.round(context.clock.monotonic() - startedAt)
    if (snapshot.state === 'serving' && isNewProcess(before, snapshot, waitedMs)) {
      call.progress({ step: 'verified' })
      return {
        outcome: 'done',
        snapshot,
        secondsToServe: waitedMs / 1000,
        reason: snapshot.reason,
        logTail: [],
      }
    }
    if (isHopeless(before, snapshot)) return failed(context, link, snapshot, 'failed')
    if (waitedMs >= limitMs) return failed(context, link, snapshot, outcomeAtDeadline(before, snapshot))
    call.progress({ step: 'waiting', waitedMs, limitMs, reason: snapshot.reason })
    await context.clock.sleep(Math.min(POLL_MS, limitMs - waitedMs))
  }
}

/**
 * Whether another process serves than before the restart. A value that was not read before proves nothing: the old
 * process may have it. What then does is a gateway that is younger than the command.
 */
function isNewProcess(before: NodeSnapshot, now: NodeSnapshot, sinceCommandMs: number): boolean {
  const [boot, pid] = [now.gateway.bootId.value, now.service.pid.value]
  const [oldBoot, oldPid] = [before.gateway.bootId.value, before.service.pid.value]
  if (boot !== null && oldBoot !== null) return boot !== oldBoot
  if (pid !== null && oldPid !== null && pid !== oldPid) return true
  if (before.state === 'service-down') return true
  const uptimeMs = now.gateway.uptimeMs.value
  return uptimeMs !== null && uptimeMs < sinceCommandMs
}

/** Whether the look before the restart told enough to recognise the old process. */
function knewProcess(before: NodeSnapshot): boolean {
  return before.gateway.bootId.value !== null || before.service.pid.value !== null
}

function isHopeless(before: NodeSnapshot, now: NodeSnapshot): boolean {
  if (now.state !== 'service-down') return false
  if (now.reason !== null && SETTLED.has(now.reason.code)) return true
  const [restarts, restartsBefore] = [now.service.restarts.value, before.service.restarts.value]
  if (now.reason?.code !== 'service-crash-looping' || restarts === null) return false
  // The counter begins anew with our own restart, so one that was not read before stands for zero at best.
  const crashes = restarts - (restartsBefore ?? restarts)
  return crashes >= CRASHES_THAT_SETTLE_IT || crashes < 0
}

/** A node that cannot be seen, or whose old process is still ending, may yet come up: that is unknown, not failed. */
function outcomeAtDeadline(before: NodeSnapshot, snapshot: NodeSnapshot): Outcome {
  const unseen = snapshot.state === 'unreachable' || snapshot.state === 'unknown'
  const unrecognised = snapshot.state === 'serving' && !knewProcess(before)
  return unseen || unrecognised || snapshot.reason?.code === 'service-stopping' ? 'unknown' : 'failed'
}

async function failed(
  context: Context,
  link: NodeLink,
  snapshot: NodeSnapshot,
  outcome: Outcome,
): Promise<Restarted> {
  const logTail = await readLogTail(context, link, snapshot, TAIL_LINES)
  return { outcome, snapshot, secondsToServe: null, reason: snapshot.reason, logTail }
}
