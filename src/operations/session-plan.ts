import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import type { Reading } from '../base/reading.ts'
import { readingSchema } from '../base/reading-schema.ts'
import { usableTokens } from '../monitor/rules/session-figures.ts'
import { compactionWay } from '../openclaw/methods/compaction.ts'
import type { Context } from './context.ts'
import { type FoundSession, findSession } from './find-session.ts'
import type { Call, Prepared } from './operation.ts'
import type { SavedTranscript } from './save-transcript.ts'

export const sessionPlanSchema = z.strictObject({
  nodeId: z.string(),
  sessionKey: z.string(),
  agentId: z.string(),
  sessionId: z.string().nullable(),
  used: readingSchema(z.number()),
  /** Where the provider refuses, tokens: the base of every percentage. */
  usable: z.number().nullable(),
  /** A turn is running and would be interrupted; null when the gateway does not tell (2026.2.17). */
  running: z.boolean().nullable(),
  /** `rpc`: sessions.compact; `chat`: the message /compact, the only way on old gateways. */
  method: z.enum(['rpc', 'chat']),
})
/** How a session is about to be compacted or started anew. */
export type SessionPlan = z.infer<typeof sessionPlanSchema>

export type SessionStep = { step: 'saving' } | { step: 'acting' } | { step: 'verifying' }

/** compact-session and reset-session. */
export interface SessionChange {
  nodeId: string
  sessionKey: string
  before: Reading<number>
  /** A new reading, taken afterwards. */
  after: Reading<number>
  transcript: SavedTranscript
  /** What OpenClaw said when it did nothing; untrusted. */
  refusal: string | null
}

export const sessionInputSchema = z.strictObject({
  node: nodeIdSchema,
  session: z.string().min(1).max(512),
})

type Input = z.infer<typeof sessionInputSchema>

/** What is about to happen to a session, and the session as it was found. */
export async function prepareSession(
  context: Context,
  input: Input,
  call: Call<never>,
): Promise<Prepared<SessionPlan, FoundSession>> {
  const seen = await findSession(context, call.node(), input.session, call.signal)
  const { link, snapshot, session } = seen
  const hello = await link.hello({ deadlineMs: context.limits.statusDeadlineMs, signal: call.signal })
  const plan: SessionPlan = {
    nodeId: call.node().id,
    sessionKey: session.key,
    agentId: session.agentId,
    sessionId: session.sessionId,
    used: session.context.used,
    usable: usableTokens(session.context),
    running: session.running,
    method: compactionWay(hello, snapshot.install.version.value),
  }
  return { plan, seen }
}

/** What the incidents of a session are told: its context before and after. */
export const sessionActs = {
  sessionOf: (input: Input) => input.session,
  figures: ({ before, after }: SessionChange) => ({ before: before.value, after: after.value }),
}

/** Still the same conversation, and no work in it that the confirmation did not show. */
export function sessionPlanHolds(confirmed: SessionPlan, now: SessionPlan): boolean {
  return (
    confirmed.nodeId === now.nodeId &&
    confirmed.sessionKey === now.sessionKey &&
    confirmed.sessionId === now.sessionId &&
    (confirmed.running === true || now.running !== true)
  )
}
