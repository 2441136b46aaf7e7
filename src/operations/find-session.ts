import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { NodeSnapshot, SessionFacts } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import { lookReached } from './look-reached.ts'

/** A session as it is now, with the link to its node. */
export interface FoundSession {
  link: NodeLink
  snapshot: NodeSnapshot
  session: SessionFacts
}

/**
 * Reads a node and finds one of its sessions. The check matters: OpenClaw creates a session for a key that it does
 * not know instead of refusing a reset.
 * @throws OperatorError node-unreachable, sessions-unreadable, unknown-session
 */
export async function findSession(
  context: Context,
  node: NodeRecord,
  sessionKey: string,
  signal?: AbortSignal,
): Promise<FoundSession> {
  const { link, snapshot, sessions } = await readSessions(context, node, signal)
  const session = sessions.find((candidate) => candidate.key === sessionKey)
  if (session) return { link, snapshot, session }
  // Of too many sessions not all were taken in: that it is not among them does not say that it does not exist.
  if (snapshot.sessions.freshness !== 'unknown' && snapshot.sessions.limitedTo !== undefined)
    throw new OperatorError('sessions-unreadable', { node: snapshot.nodeId, reason: 'output-limit' })
  throw new OperatorError('unknown-session', { node: node.id, session: sessionKey })
}

/** Reads a node for its sessions. @throws OperatorError node-unreachable, sessions-unreadable */
export async function readSessions(context: Context, node: NodeRecord, signal?: AbortSignal) {
  const { link, snapshot } = await lookForSessions(context, node, signal)
  const { sessions } = snapshot
  if (sessions.freshness === 'unknown')
    throw new OperatorError('sessions-unreadable', { node: node.id, reason: sessions.reason.code })
  return { link, snapshot, sessions: sessions.value }
}

/** Looks at a node for its sessions, which may be unknown. @throws OperatorError node-unreachable */
export async function lookForSessions(
  context: Context,
  node: NodeRecord,
  signal?: AbortSignal,
): Promise<{ link: NodeLink; snapshot: NodeSnapshot }> {
  const snapshot = await lookReached(context, node, signal)
  return { link: context.nodes.link(node), snapshot }
}
