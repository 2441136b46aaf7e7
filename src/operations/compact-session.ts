import type { z } from 'zod'
import { rememberOldCounter } from '../monitor/observe.ts'
import { COMPACTION_MS, compactSession as sendCompaction } from '../openclaw/methods/compaction.ts'
import { judgeCompaction, showsCompaction } from './compaction-verdict.ts'
import type { FoundSession } from './find-session.ts'
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

type Input = z.infer<typeof sessionInputSchema>

/**
 * Has OpenClaw summarise a session. `ok` alone says nothing: a gateway answers it also when it did nothing, so only
 * `compacted` counts, and afterwards the context is read anew. When no answer comes, the work may still go on: it is
 * looked for until its own deadline, and then nobody knows.
 */
export const compactSession = definePlanned<Input, SessionChange, SessionStep, SessionPlan, FoundSession>({
  name: 'compact-session',
  access: 'operator',
  effect: 'change',
  input: sessionInputSchema,
  nodeOf: (input) => input.node,
  acts: sessionActs,
  planSchema: sessionPlanSchema,
  prepare: prepareSession,
  holds: sessionPlanHolds,
  async run(context, input, call, { plan, seen: { link, session } }) {
    call.progress({ step: 'saving' })
    const transcript = await saveTranscript(context, link, input.session)
    call.progress({ step: 'acting' })
    const asked = context.clock.monotonic()
    const said = await sendCompaction(link, input.session, { way: plan.method, clock: context.clock })
    const { compacted, refusal } = said.answered ? said.answer : { compacted: null, refusal: null }
    call.progress({ step: 'verifying' })
    const left = Math.max(VERIFY_MS, COMPACTION_MS - (context.clock.monotonic() - asked))
    const seen = await watchSession(context, call.node(), input.session, {
      shows: (now) => showsCompaction(session, now, compacted),
      forMs: said.answered ? VERIFY_MS : left,
    })
    const { outcome, after } = judgeCompaction(session, compacted, seen)
    const outdated = after.freshness === 'stale' && after.reason.code === 'counter-before-compaction'
    if (outdated) rememberOldCounter(context, call.node().id, input.session)
    const data: SessionChange = {
      nodeId: call.node().id,
      sessionKey: input.session,
      before: plan.used,
      after,
      transcript,
      refusal,
    }
    return { outcome, data }
  },
})
