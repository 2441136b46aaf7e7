import type { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import type { Reading } from '../base/reading.ts'
import { guardsReset, RESET_MS, resetSession as sendReset } from '../openclaw/methods/sessions.ts'
import { type FoundSession, findSession } from './find-session.ts'
import { definePlanned } from './operation.ts'
import { saveTranscript } from './save-transcript.ts'
import type { SessionChange, SessionPlan, SessionStep } from './session-plan.ts'
import {
  prepareSession,
  sessionActs,
  sessionInputSchema,
  sessionPlanHolds,
  sessionPlanSchema,
} from './session-plan.ts'
import { VERIFY_MS, watchSession } from './watch-session.ts'

/**
 * Starts a session anew. Only for a key that exists: OpenClaw creates unknown ones. Done when the context reads as
 * empty, or when the conversation has a new id.
 */
export const resetSession = definePlanned<
  z.infer<typeof sessionInputSchema>,
  SessionChange,
  SessionStep,
  SessionPlan,
  FoundSession
>({
  name: 'reset-session',
  access: 'operator',
  effect: 'change',
  input: sessionInputSchema,
  nodeOf: (input) => input.node,
  acts: sessionActs,
  planSchema: sessionPlanSchema,
  prepare: prepareSession,
  holds: sessionPlanHolds,
  async run(context, input, call, { plan, seen: { link, snapshot, session } }) {
    call.progress({ step: 'saving' })
    const transcript = await saveTranscript(context, link, input.session)
    const stillSame = async () => {
      const now = await findSession(context, call.node(), input.session, call.signal)
      if (now.session.sessionId !== session.sessionId)
        throw new OperatorError('plan-changed', { operation: 'reset-session' })
    }
    const version = snapshot.install.version.value
    // Saving takes up to half a minute, and most versions do not look themselves whether it is the same conversation.
    if (!guardsReset(version)) await stillSame()
    call.progress({ step: 'acting' })
    const { sessionId } = session
    const said = await sendReset(link, input.session, { sessionId, version, stillSame })
    call.progress({ step: 'verifying' })
    const answered = said.answered ? said.answer : null
    const renewed = (id: string | null) => id !== null && id !== sessionId
    const wasEmpty = plan.used.value === 0
    const { used: after, ...seen } = await watchSession(context, call.node(), input.session, {
      // An empty context proves nothing where it was empty before and no answer came.
      shows: (now) => renewed(now.sessionId) || (isEmpty(now.context.used) && (said.answered || !wasEmpty)),
      forMs: said.answered ? VERIFY_MS : RESET_MS,
    })
    const done = seen.shown || renewed(answered)
    const outcome = done ? 'done' : said.answered && after.freshness === 'fresh' ? 'failed' : 'unknown'
    const data = {
      nodeId: plan.nodeId,
      sessionKey: input.session,
      before: plan.used,
      after,
      transcript,
      refusal: null,
    }
    return { outcome, data }
  },
})

function isEmpty(used: Reading<number>): boolean {
  return used.freshness === 'fresh' && used.value === 0
}
