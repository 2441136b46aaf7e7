import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { forecast } from '../monitor/forecast.ts'
import { observe } from '../monitor/history.ts'
import { signalKey } from '../monitor/signal.ts'
import type { SessionFacts } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import { findSession, readSessions } from './find-session.ts'
import { defineOperation } from './operation.ts'
import { sessionInputSchema } from './session-plan.ts'
import type { SessionDetail, SessionList, SessionView } from './session-results.ts'

const listSchema = z.strictObject({
  node: nodeIdSchema,
  agent: z.string().min(1).max(128).nullable().default(null),
})

/** The live sessions of a node, fullest first, each with its forecast. */
export const listSessions = defineOperation<z.infer<typeof listSchema>, SessionList>({
  name: 'list-sessions',
  access: 'viewer',
  effect: 'read',
  input: listSchema,
  nodeOf: (input) => input.node,
  allowRetired: true,
  async run(context, input, call) {
    const observedAt = context.clock.now()
    try {
      const { sessions } = await readSessions(context, input.node, call.signal)
      const shown = sessions
        .filter((session) => !session.archived && (input.agent === null || session.agentId === input.agent))
        .sort((a, b) => (b.context.usablePercent.value ?? -1) - (a.context.usablePercent.value ?? -1))
      const data = {
        nodeId: input.node,
        reason: null,
        sessions: shown.map((session) => viewOf(context, input.node, session)),
        observedAt,
      }
      return { outcome: 'done', data }
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code !== 'sessions-unreadable') throw error
      const snapshot = context.snapshots.get(input.node)
      const reason = snapshot?.sessions.freshness === 'unknown' ? snapshot.sessions.reason : null
      return { outcome: 'unknown', data: { nodeId: input.node, reason, sessions: [], observedAt } }
    }
  },
})

/** One session with its curve. */
export const showSession = defineOperation<z.infer<typeof sessionInputSchema>, SessionDetail>({
  name: 'show-session',
  access: 'viewer',
  effect: 'read',
  input: sessionInputSchema,
  nodeOf: (input) => input.node,
  allowRetired: true,
  async run(context, input, call) {
    const { session } = await findSession(context, input.node, input.session, call.signal)
    const observedAt = context.clock.now()
    const known = context.histories.get(input.node, session.key)
    const data = {
      nodeId: input.node,
      ...viewOf(context, input.node, session),
      // The curve ends with what was read just now, also when the monitor has not been here yet.
      history: observe(known, session, observedAt),
      observedAt,
    }
    return { outcome: 'done', data }
  },
})

function viewOf(context: Context, nodeId: string, session: SessionFacts): SessionView {
  const history = context.histories.get(nodeId, session.key)
  const key = signalKey('context', { nodeId, agentId: session.agentId, sessionKey: session.key })
  const incident = context.incidents
    .state()
    .incidents.find((candidate) => candidate.key === key && candidate.state !== 'resolved')
  return {
    session,
    forecast: history ? forecast(history, context.clock.now()) : null,
    incident: incident ?? null,
  }
}
