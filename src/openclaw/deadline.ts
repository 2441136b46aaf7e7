import { onAbort } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { CallLimits } from '../ssh/call.ts'

/** Why the signal of finished work ends. A constant: making an error with its stack for every call costs more than the call. */
const OVER = 'over'

/**
 * Runs `work` within its limits. The signal it gets ends when the deadline passes, the caller gives up or the work is
 * over, so that nothing it started stays behind.
 * @throws OperatorError deadline {node, ms}, cancelled {node}, and whatever `work` throws
 */
export async function withDeadline<T>(
  clock: Clock,
  nodeId: string,
  limits: CallLimits,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (limits.signal?.aborted) throw new OperatorError('cancelled', { node: nodeId })
  const controller = new AbortController()
  let unsubscribe = () => {}
  const cancelled = new Promise<never>((_, reject) => {
    unsubscribe = onAbort(limits.signal, () => reject(new OperatorError('cancelled', { node: nodeId })))
  })
  const expired = clock.sleep(limits.deadlineMs, controller.signal).then(() => {
    throw new OperatorError('deadline', { node: nodeId, ms: limits.deadlineMs })
  })
  try {
    return await Promise.race([work(controller.signal), expired, cancelled])
  } finally {
    unsubscribe()
    expired.catch(() => undefined)
    controller.abort(OVER)
  }
}
