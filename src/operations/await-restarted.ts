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
    if (snapshot.state === 'serving' && isNewProcess(before, snapshot)) {
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
    if (waitedMs >= limitMs) return failed(context, link, snapshot, outcomeAtDeadline(snapshot))
    call.progress({ step: 'waiting', waitedMs, limitMs, reason: snapshot.reason })
    await context.clock.sleep(Math.min(POLL_MS, limitMs - waitedMs))
  }
}

/** A pid or a boot id that changed proves a new process; a younger gateway uptime does where neither is known. */
function isNewProcess(before: NodeSnapshot, now: NodeSnapshot): boolean {
  const pids = [before.service.pid.value, now.service.pid.value]
  const boots = [before.gateway.bootId.value, now.gateway.bootId.value]
  if (boots[1] !== null && boots[0] !== boots[1]) return true
  if (pids[1] !== null && pids[0] !== pids[1]) return true
  const uptimes = [before.gateway.uptimeMs.value, now.gateway.uptimeMs.value]
  return (
    boots[1] === null &&
    pids[1] === null &&
    typeof uptimes[1] === 'number' &&
    uptimes[1] < (uptimes[0] ?? Infinity)
  )
}

function isHopeless(before: NodeSnapshot, now: NodeSnapshot): boolean {
  if (now.state !== 'service-down') return false
  if (now.reason?.code === 'config-invalid' || now.reason?.code === 'service-failed') return true
  const crashes = (now.service.restarts.value ?? 0) - (before.service.restarts.value ?? 0)
  return now.reason?.code === 'service-crash-looping' && (crashes >= CRASHES_THAT_SETTLE_IT || crashes < 0)
}

/** A node that cannot be seen, or whose old process is still ending, may yet come up: that is unknown, not failed. */
function outcomeAtDeadline(snapshot: NodeSnapshot): Outcome {
  const unseen = snapshot.state === 'unreachable' || snapshot.state === 'unknown'
  return unseen || snapshot.reason?.code === 'service-stopping' ? 'unknown' : 'failed'
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
