import type { z } from 'zod'
import type { Reading } from '../base/reading.ts'
import { compactSession as sendCompaction } from '../openclaw/methods/compaction.ts'
import type { FoundSession } from './find-session.ts'
import { definePlanned, type Outcome } from './operation.ts'
import { saveTranscript } from './save-transcript.ts'
import type { SessionChange, SessionPlan, SessionStep } from './session-plan.ts'
import {
  prepareSession,
  readAfterwards,
  sessionActs,
  sessionInputSchema,
  sessionPlanHolds,
  sessionPlanSchema,
} from './session-plan.ts'

type Input = z.infer<typeof sessionInputSchema>

/**
 * Has OpenClaw summarise a session. `ok` alone says nothing: a gateway answers it also when it did nothing, so only
 * `compacted` counts, and afterwards the context is read anew.
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
  async run(context, input, call, { plan, seen: { link } }) {
    call.progress({ step: 'saving' })
    const transcript = await saveTranscript(context, link, input.session)
    call.progress({ step: 'acting' })
    const said = await sendCompaction(link, input.session, { way: plan.method, clock: context.clock })
    const { compacted, refusal } = said.answered ? said.answer : { compacted: null, refusal: null }
    call.progress({ step: 'verifying' })
    const after = await readAfterwards(context, call.node(), input.session, ({ context: { used } }) =>
      showsCompaction(compacted, plan.used, used),
    )
    const data: SessionChange = {
      nodeId: call.node().id,
      sessionKey: input.session,
      before: plan.used,
      after,
      transcript,
      refusal,
    }
    return { outcome: outcomeOf(compacted, data), data }
  },
})

/**
 * Whether the counter fell. Until the next turn OpenClaw only has an estimate, which counts as stale here (both
 * versions): enough to confirm what it said itself, not enough to prove what it did not say.
 */
function showsCompaction(
  compacted: boolean | null,
  before: Reading<number>,
  after: Reading<number>,
): boolean {
  if (before.value === null || after.value === null || after.value >= before.value) return false
  return after.freshness === 'fresh' || compacted === true
}

function outcomeOf(compacted: boolean | null, { before, after }: SessionChange): Outcome {
  if (showsCompaction(compacted, before, after)) return 'done'
  if (compacted === false) return 'failed'
  // OpenClaw says that it compacted, and the counter does not show it (yet): not wrong, not proven.
  return compacted && after.freshness === 'fresh' ? 'partial' : 'unknown'
}
