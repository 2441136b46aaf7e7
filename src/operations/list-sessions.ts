import { z } from 'zod'
import { type NodeRecord, nodeIdSchema } from '../../registry/schema.ts'
import type { Reason } from '../base/reading.ts'
import type { Incident } from '../incidents/incident.ts'
import type { Severity } from '../monitor/conditions.ts'
import { type Forecast, forecast } from '../monitor/forecast.ts'
import { observe, type SessionHistory } from '../monitor/history.ts'
import { signalKey } from '../monitor/signal.ts'
import type { NodeSnapshot, SessionFacts } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import { findSession, lookForSessions } from './find-session.ts'
import { judgementOf } from './judgement.ts'
import { defineOperation } from './operation.ts'
import { sessionInputSchema } from './session-plan.ts'

/** One session in a list or on its own card. */
export interface SessionView {
  session: SessionFacts
  /** How bad its context is by the rules that hold for it. */
  level: Severity | null
  forecast: Forecast | null
  /** The open incident about its context, if there is one. */
  incident: Incident | null
}

/** list-sessions: fullest first. */
export interface SessionList {
  nodeId: string
  /** Why there is nothing to show; null when the sessions were read. */
  reason: Reason | null
  sessions: SessionView[]
  /** How many sessions were taken in of a node that names more than it may have; null when that is all of them. */
  limitedTo: number | null
  observedAt: number
}

/** show-session. */
export interface SessionDetail extends SessionView {
  nodeId: string
  history: SessionHistory | null
  observedAt: number
}

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
    const node = call.node()
    const observedAt = context.clock.now()
    const { snapshot } = await lookForSessions(context, node, call.signal)
    const { sessions } = snapshot
    if (sessions.freshness === 'unknown')
      return {
        outcome: 'unknown',
        data: { nodeId: node.id, reason: sessions.reason, sessions: [], limitedTo: null, observedAt },
      }
    const shown = sessions.value
      .filter((session) => !session.archived && (input.agent === null || session.agentId === input.agent))
      .sort((a, b) => (b.context.usablePercent.value ?? -1) - (a.context.usablePercent.value ?? -1))
    const data = {
      nodeId: node.id,
      reason: null,
      sessions: shown.map((session) => viewOf(context, node, snapshot, session)),
      limitedTo: sessions.limitedTo ?? null,
      observedAt,
    }
    return { outcome: 'done', data }
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
    const { snapshot, session } = await findSession(context, call.node(), input.session, call.signal)
    const observedAt = context.clock.now()
    const known = context.histories.get(call.node().id, session.key)
    const data = {
      nodeId: call.node().id,
      ...viewOf(context, call.node(), snapshot, session),
      // The curve ends with what was read just now, also when the monitor has not been here yet.
      history: observe(known, session, observedAt),
      observedAt,
    }
    return { outcome: 'done', data }
  },
})

function viewOf(
  context: Context,
  node: NodeRecord,
  snapshot: NodeSnapshot,
  session: SessionFacts,
): SessionView {
  const history = context.histories.get(node.id, session.key)
  const key = signalKey('context', {
    nodeId: node.id,
    agentId: session.agentId,
    sessionKey: session.key,
  })
  return {
    session,
    level: judgementOf(context, node, snapshot).levels.contexts[session.key] ?? null,
    forecast: history ? forecast(history, context.clock.now()) : null,
    incident: context.incidents.openBy(key) ?? null,
  }
}
