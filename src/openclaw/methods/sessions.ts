import { z } from 'zod'
import { OperatorError } from '../../base/errors.ts'
import type { CallLimits } from '../../ssh/call.ts'
import type { GatewayEvent, NodeLink } from '../ports.ts'
import { type Answered, answerTo } from './answered.ts'
import { callMethod, takesParam } from './call-method.ts'

/** How long a reset may take. */
export const RESET_MS = 30_000

const resetReplySchema = z.looseObject({
  ok: z.boolean().optional(),
  entry: z.looseObject({ sessionId: z.string().optional() }).optional(),
})

/** Whether the gateway itself refuses a reset of a conversation that is no longer the expected one. */
export function guardsReset(version: string | null): boolean {
  return takesParam(version, 'sessions.reset', 'expectedSessionId')
}

/**
 * Starts a session anew. An unknown key is created, not refused (every version), so the caller has looked for it.
 * @param options.sessionId the conversation that is meant; gateways that know the guard refuse any other
 * @param options.stillSame rejects when the session is no longer that conversation; asked before an unguarded retry
 * @returns the id of the conversation afterwards; null when the gateway does not tell. Versions before 2026.8.1 give a
 * new one, later ones keep it (run).
 * @throws OperatorError plan-changed when the conversation has changed, and when nothing was sent or the gateway refused
 */
export async function resetSession(
  link: Pick<NodeLink, 'rpc'>,
  key: string,
  options: { sessionId: string | null; version: string | null; stillSame: () => Promise<void> },
): Promise<Answered<string | null>> {
  const { sessionId, version, stillSame } = options
  const params = { always: { key }, optional: { expectedSessionId: sessionId ?? undefined } }
  const limits = { deadlineMs: RESET_MS, version, beforeAgain: stillSame }
  const answer = callMethod(link, 'sessions.reset', params, limits).catch((error: unknown) => {
    if (error instanceof OperatorError && error.params.reason === 'session-changed')
      throw new OperatorError('plan-changed', { operation: 'reset-session' }, { cause: error })
    throw error
  })
  return await answerTo(
    answer.then(({ payload }) => resetReplySchema.safeParse(payload).data?.entry?.sessionId ?? null),
  )
}

const historySchema = z.looseObject({ messages: z.array(z.unknown()) })

/** What was said in a session, newest last, through `chat.history` (every version; at most 1,000 messages). */
export async function readHistory(
  link: Pick<NodeLink, 'rpc'>,
  key: string,
  { limit, deadlineMs }: { limit: number; deadlineMs: number },
): Promise<unknown[]> {
  const answer = await link.rpc('chat.history', { sessionKey: key, limit }, { deadlineMs })
  return historySchema.parse(answer.payload).messages
}

/**
 * Asks the gateway to push `sessions.changed` on this connection (from 2026.3.31 on). Without parameters no version answers
 * with rows, which nobody would look at.
 * @returns false when it cannot
 */
export async function subscribeToSessions(
  link: Pick<NodeLink, 'rpc' | 'hello'>,
  limits: CallLimits,
): Promise<boolean> {
  const hello = await link.hello(limits)
  if (!hello.methods.has('sessions.subscribe')) return false
  await link.rpc('sessions.subscribe', {}, limits)
  return true
}

const changedSchema = z.looseObject({ phase: z.string().optional(), reason: z.string().optional() })
/** Reasons of `sessions.changed` that move a counter; the others announce work that has just begun. */
const COUNTED = new Set(['reset', 'compact', 'delete', 'create'])
const ENDED = new Set(['end', 'error'])

/** Whether an event says that the counter of a session has moved. */
export function movesCounter({ event, payload }: GatewayEvent): boolean {
  if (event !== 'sessions.changed') return false
  const { phase = '', reason = '' } = changedSchema.safeParse(payload).data ?? {}
  return ENDED.has(phase) || COUNTED.has(reason)
}
