import { OVER, onAbort } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { CallLimits } from '../ssh/call.ts'
import { createDeadlines, type Deadlines } from '../ssh/deadlines.ts'

/** All calls share the timer of their clock. */
const shared = new WeakMap<Clock, Deadlines>()

/** What work gets to end with. */
export interface Ending {
  /**
   * Ends when the deadline passes, the caller gives up or the work is over, so that nothing it started stays behind. Made
   * when first asked for: most calls need none.
   */
  readonly signal: AbortSignal
}

/**
 * Runs `work` within its limits.
 * @throws OperatorError deadline {node, ms}, cancelled {node}, and whatever `work` throws
 */
export async function withDeadline<T>(
  clock: Clock,
  nodeId: string,
  limits: CallLimits,
  work: (ending: Ending) => Promise<T>,
): Promise<T> {
  if (limits.signal?.aborted) throw new OperatorError('cancelled', { node: nodeId })
  let controller: AbortController | null = null
  let isOver = false
  const ending: Ending = {
    get signal() {
      controller ??= new AbortController()
      if (isOver) controller.abort(OVER)
      return controller.signal
    },
  }
  let stop = () => {}
  const givenUp = new Promise<never>((_, reject) => {
    const unsubscribe = onAbort(limits.signal, () => reject(new OperatorError('cancelled', { node: nodeId })))
    const remove = deadlinesOf(clock).add(limits.deadlineMs, () =>
      reject(new OperatorError('deadline', { node: nodeId, ms: limits.deadlineMs })),
    )
    stop = () => {
      unsubscribe()
      remove()
    }
  })
  try {
    return await Promise.race([work(ending), givenUp])
  } finally {
    stop()
    isOver = true
    ;(controller as AbortController | null)?.abort(OVER)
  }
}

function deadlinesOf(clock: Clock): Deadlines {
  const known = shared.get(clock)
  if (known !== undefined) return known
  const made = createDeadlines(clock)
  shared.set(clock, made)
  return made
}
