import type { Reason } from '../base/reading.ts'
import { readHistory } from '../openclaw/methods/sessions.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import { reasonOfError } from '../openclaw/reasons.ts'
import { errorCode } from '../state/atomic-file.ts'
import type { Context } from './context.ts'

/** What became of the transcript before the session was changed. */
export type SavedTranscript = { saved: true; name: string; bytes: number } | { saved: false; reason: Reason }

const DEADLINE_MS = 30_000
const MESSAGES = 1_000

/**
 * Keeps what was said in a session before it is changed, through `chat.history` (both versions). OpenClaw keeps its
 * own copy through a reset and a compaction, so a failure here is told and does not stop the change.
 */
export async function saveTranscript(
  context: Context,
  link: NodeLink,
  sessionKey: string,
): Promise<SavedTranscript> {
  const failed = (error: unknown, reason: Reason): SavedTranscript => {
    context.log.warn({ err: error, node: link.nodeId }, 'a transcript could not be saved')
    return { saved: false, reason }
  }
  let messages: unknown[]
  try {
    messages = await readHistory(link, sessionKey, { limit: MESSAGES, deadlineMs: DEADLINE_MS })
  } catch (error) {
    return failed(error, reasonOfError(error))
  }
  try {
    const at = context.clock.now()
    const kept = await context.transcripts.save({ nodeId: link.nodeId, sessionKey, at, messages })
    return { saved: true, ...kept }
  } catch (error) {
    return failed(error, { code: 'write-failed', params: { problem: errorCode(error) } })
  }
}
