import { createHash } from 'node:crypto'
import { OperatorError } from '../base/errors.ts'
import { itemsOf } from '../base/reading.ts'
import type { Context } from '../operations/context.ts'

/** Long enough that two sessions of a node never share one, short enough for a control beside the longest node id. */
const TAG_LENGTH = 12
const AGENT_TAG_LENGTH = 6

/** A session in the id of a control: keys may be far longer than Discord lets an id be. */
export function sessionTag(sessionKey: string): string {
  return createHash('sha256').update(sessionKey).digest('base64url').slice(0, TAG_LENGTH)
}

/** An agent in the id of a list's control, which holds a page number as well. */
export function agentTag(agentId: string): string {
  return sessionTag(agentId).slice(0, AGENT_TAG_LENGTH)
}

/**
 * The session that a control speaks of, from what was last seen of its node.
 * @throws OperatorError unknown-session
 */
export function sessionByTag(context: Context, nodeId: string, tag: string): string {
  const seen = context.snapshots.get(nodeId)?.sessions
  const sessions = seen === undefined ? [] : itemsOf(seen)
  const found = sessions.find(({ key }) => sessionTag(key) === tag)
  if (!found) throw new OperatorError('unknown-session', { node: nodeId })
  return found.key
}
