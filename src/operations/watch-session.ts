import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { type Reading, unknown } from '../base/reading.ts'
import { reasonOfError } from '../openclaw/reasons.ts'
import type { SessionFacts } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import { findSession } from './find-session.ts'

/** OpenClaw writes counters up to a second after it answered. */
export const VERIFY_MS = 8_000
const POLL_MS = 500
/** Whoever waits for minutes need not ask twice a second. */
const SLOW_POLL_MS = 5_000

/** What was seen of a session after a change. */
export interface SeenAfterwards {
  /** The last row that could be read; null when none could. */
  session: SessionFacts | null
  /** Its context as read last; unknown with the reason when that reading failed. */
  used: Reading<number>
  /** Whether the change was seen. */
  shown: boolean
}

/**
 * Looks at a session until it shows the effect of a change, or until the time is over. A look that fails is no answer:
 * a gateway that works hard may not say anything for a while.
 */
export async function watchSession(
  context: Context,
  node: NodeRecord,
  sessionKey: string,
  watch: { shows: (session: SessionFacts) => boolean; forMs: number },
): Promise<SeenAfterwards> {
  const started = context.clock.monotonic()
  const seen: SeenAfterwards = {
    session: null,
    used: unknown({ code: 'not-read-yet' }, context.clock.now()),
    shown: false,
  }
  for (;;) {
    try {
      const { session } = await findSession(context, node, sessionKey)
      seen.session = session
      seen.used = session.context.used
      if (watch.shows(session)) return { ...seen, shown: true }
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      seen.used = unknown(reasonOfError(error), context.clock.now())
    }
    const waitedMs = context.clock.monotonic() - started
    if (waitedMs >= watch.forMs) return seen
    await context.clock.sleep(waitedMs < VERIFY_MS ? POLL_MS : SLOW_POLL_MS)
  }
}
