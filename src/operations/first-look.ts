import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { ReasonCode } from '../base/reading.ts'
import { lookThrough } from '../monitor/observe.ts'
import { isUnread } from '../openclaw/node-state.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'

/** The ways in which a node refuses a login; each is also an error with a next step of its own. */
const REFUSED = [
  'auth-failed',
  'second-factor',
  'certificate-not-valid',
  'certificate-principal',
  'certificate-refused',
  'hardware-key-unused',
] as const

/** Whether the way to a node ends at its login. */
function isRefusedLogin(code: ReasonCode): code is (typeof REFUSED)[number] {
  return (REFUSED as readonly string[]).includes(code)
}

/** Looks at a node by a record that is not saved yet, over a connection of its own. */
export async function firstLook(
  context: Context,
  record: NodeRecord,
  { signal }: { signal: AbortSignal },
): Promise<NodeSnapshot> {
  const link = context.nodes.temporary(record)
  try {
    const { statusDeadlineMs: deadlineMs } = context.limits
    return await lookThrough(link, { kind: 'asked', deadlineMs, signal })
  } finally {
    await link.close()
  }
}

/** Whether the way to a node ended before anything could be seen of it: at the machine, or at a login without commands. */
export function isUnseen(snapshot: NodeSnapshot): boolean {
  return isUnread(snapshot) || snapshot.reason?.code === 'commands-refused'
}

/**
 * Refuses to save a way to a node on which nothing was seen, or no OpenClaw.
 * @throws OperatorError auth-failed and its like, node-unreachable, openclaw-missing
 */
export function refuseUnseen(
  { id, sshUser }: Pick<NodeRecord, 'id' | 'sshUser'>,
  snapshot: NodeSnapshot,
): void {
  const code = snapshot.reason?.code ?? 'not-reported'
  if (snapshot.state === 'unreachable' && isRefusedLogin(code))
    throw new OperatorError(code, { node: id, user: sshUser })
  if (isUnseen(snapshot)) throw new OperatorError('node-unreachable', { node: id, reason: code })
  if (code === 'openclaw-not-installed') throw new OperatorError('openclaw-missing', { node: id })
}
