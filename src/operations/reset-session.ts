import { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import { findSession } from './find-session.ts'
import { defineOperation } from './operation.ts'
import { saveTranscript } from './save-transcript.ts'
import type { SessionChange, SessionPlan, SessionStep } from './session-plan.ts'
import { planSession, readAfterwards, sessionInputSchema, sessionPlanHolds } from './session-plan.ts'

const RESET_MS = 30_000

const replySchema = z.looseObject({
  ok: z.boolean().optional(),
  entry: z.looseObject({ sessionId: z.string().optional() }).optional(),
})

/**
 * Starts a session anew. Only for a key that exists: OpenClaw creates unknown ones. Done when the context reads as
 * empty, or when the conversation has a new id.
 */
export const resetSession = defineOperation<
  z.infer<typeof sessionInputSchema>,
  SessionChange,
  SessionStep,
  SessionPlan
>({
  name: 'reset-session',
  access: 'operator',
  effect: 'change',
  input: sessionInputSchema,
  nodeOf: (input) => input.node,
  plan: planSession,
  holds: sessionPlanHolds,
  async run(context, input, call, plan) {
    if (!plan) throw new OperatorError('confirmation-needed', { operation: 'reset-session' })
    const { link, session } = await findSession(context, input.node, input.session, call.signal)
    const hello = await link.hello({ deadlineMs: context.limits.statusDeadlineMs })
    call.progress({ step: 'saving' })
    const transcript = await saveTranscript(context, link, input.session)
    call.progress({ step: 'acting' })
    // Protocol 4 refuses when the conversation is no longer the one that was confirmed; 3 does not know the guard.
    const guard = hello.protocol >= 4 && session.sessionId ? { expectedSessionId: session.sessionId } : {}
    const answer = await link.rpc(
      'sessions.reset',
      { key: input.session, ...guard },
      { deadlineMs: RESET_MS },
    )
    const reply = replySchema.parse(answer.payload)
    call.progress({ step: 'verifying' })
    let renewed = reply.entry?.sessionId !== undefined && reply.entry.sessionId !== session.sessionId
    const after = await readAfterwards(context, input, (now) => {
      renewed ||= now.sessionId !== session.sessionId
      return renewed || (now.context.used.freshness === 'fresh' && now.context.used.value === 0)
    })
    const empty = after.freshness === 'fresh' && after.value === 0
    const data = {
      nodeId: input.node,
      sessionKey: input.session,
      before: plan.used,
      after,
      transcript,
      refusal: null,
    }
    return { outcome: empty || renewed ? 'done' : after.freshness === 'fresh' ? 'failed' : 'unknown', data }
  },
})
